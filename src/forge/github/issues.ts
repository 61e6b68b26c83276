import type { PullRef, RepoRef } from '../../domain/pull.ts';
import { type Forge, ForgeError, type Issue, type IssueUpsert } from '../port.ts';
import { orGone } from './comments.ts';
import type { Connection } from './connection.ts';
import { namesOf } from './fields.ts';
import { pages } from './pages.ts';
import { isNotPermitted } from './permitted.ts';

/** `https://…/repos/acme/infra`, as every issue names where it is. */
const repositoryUrl = /\/repos\/([^/]+\/[^/]+)$/;

/**
 * Issues of our own. https://docs.github.com/en/rest/issues/issues
 *
 * One is looked for by its marker whenever its number is not known: a create whose answer was lost may have had its effect. Only what
 * our own App's account opened counts, since anybody can copy the marker.
 */
export const createIssues = (connection: Connection): Pick<Forge, 'issue' | 'upsertIssue'> => {
  const at = (repo: RepoRef) => ({ owner: repo.owner, repo: repo.name });
  let own: Promise<string> | null = null;

  /** The account of our App; it never changes while the App is called the same, and the server is started anew where that changes. */
  const ownLogin = async (): Promise<string> => {
    own ??= connection.app.rest.apps.getAuthenticated().then(({ data }) => `${data?.slug}[bot]`);
    try {
      return await own;
    } catch (error) {
      own = null;
      throw error;
    }
  };

  const isBy = (user: { readonly login: string; readonly type?: string } | null, login: string): boolean =>
    user?.login === login && user.type === 'Bot';

  const find = async (repo: RepoRef, marker: string): Promise<number | null> => {
    const login = await ownLogin();
    const api = connection.api(repo);
    const list = (page: number) =>
      api.rest.issues.listForRepo({
        ...at(repo),
        state: 'all',
        creator: login,
        sort: 'created',
        direction: 'asc',
        per_page: 100,
        page,
      });
    for await (const issues of pages(list)) {
      const found = issues.find(
        (one) =>
          one.pull_request === undefined && isBy(one.user, login) && one.body?.includes(marker) === true,
      );
      if (found !== undefined) return found.number;
    }
    return null;
  };

  const change = async (repo: RepoRef, number: number, wish: IssueUpsert): Promise<number | null> => {
    const { title, body, state } = wish;
    const call = connection.api(repo).rest.issues.update({
      ...{ ...at(repo), issue_number: number, title, body, state },
      ...(state === 'closed' ? { state_reason: 'completed' as const } : {}),
    });
    return (await orGone(call)) === null ? null : number;
  };

  const create = async (repo: RepoRef, { title, body }: IssueUpsert): Promise<number | 'not-permitted'> => {
    const made = await orGone(connection.api(repo).rest.issues.create({ ...at(repo), title, body }));
    // The repository has no issues (410).
    return made === null ? 'not-permitted' : made.data.number;
  };

  return {
    async issue({ repo, number }: PullRef): Promise<Issue | null> {
      const answer = await orGone(
        connection.api(repo).rest.issues.get({ ...at(repo), issue_number: number }),
      );
      if (answer === null || answer.data.pull_request !== undefined) return null;
      const { title, html_url, state, user, repository_url } = answer.data;
      const names = namesOf(repositoryUrl.exec(repository_url)?.[1]);
      if (names === null)
        throw new ForgeError('unavailable', 'GitHub answered without the repository of an issue');
      return {
        ref: { repo: { ...repo, ...names }, number },
        title,
        url: html_url,
        state: state === 'open' ? 'open' : 'closed',
        isOurs: isBy(user, await ownLogin()),
      };
    },
    async upsertIssue(repo, wish) {
      if (wish.marker === '' || !wish.body.includes(wish.marker))
        throw new TypeError('the issue does not hold its marker');
      try {
        const stored = wish.number === null ? null : await change(repo, wish.number, wish);
        if (stored !== null) return stored;
        const found = await find(repo, wish.marker);
        if (found !== null) return (await change(repo, found, wish)) ?? 'none';
        return wish.state === 'closed' ? 'none' : await create(repo, wish);
      } catch (error) {
        if (isNotPermitted(error)) return 'not-permitted';
        throw error;
      }
    },
  };
};
