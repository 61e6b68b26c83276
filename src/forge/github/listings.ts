import type { Clock } from '../../clock/port.ts';
import { sha } from '../../domain/ids.ts';
import type { RepoRef } from '../../domain/pull.ts';
import { type Forge, ForgeError, type ListedComment, type Listing } from '../port.ts';
import type { Connection } from './connection.ts';
import { nextPage } from './pages.ts';
import { actorFrom, answeredAt } from './read.ts';

interface Answer<T> {
  /** Typed by Octokit as if it were always there; null where nothing was modified. */
  readonly data: readonly T[] | null;
  readonly headers: {
    readonly etag?: string | undefined;
    readonly link?: string | undefined;
    readonly date?: string | undefined;
  };
}
type Ask<T> = (page: number, headers: Record<string, string>) => Promise<Answer<T>>;

/** Where a list is longer, its oldest entries are left out: it would eat up the budget of everybody else. */
const mostPages = 30;

/**
 * A whole list, by pages, each asked for with the tag of the last time. Nothing has changed only if no page has: where one
 * has, all are asked for. The lists have their newest entry first, so that whatever comes in changes the first page.
 * https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
 */
const listing = async <T, U>(
  ask: Ask<T>,
  read: (entry: T) => U | null,
  clock: Pick<Clock, 'now'>,
  seen: string | null,
): Promise<Listing<U>> => {
  const tags = seen === null || seen === '' ? [] : seen.split('\n');
  let at: number | null = null;
  let spent = 0;
  let changed = tags.length === 0;
  for (const [index, tag] of tags.entries()) {
    const answer = await ask(index + 1, { 'if-none-match': tag });
    at ??= answeredAt(answer.headers, clock);
    if (answer.data === null) continue;
    spent += 1;
    changed = true;
    break;
  }
  if (!changed) return { items: null, seen: tags.join('\n'), spent, at: at ?? clock.now() };
  const items: U[] = [];
  const fresh: string[] = [];
  for (let page: number | null = 1; page !== null && page <= mostPages; ) {
    const { data, headers }: Answer<T> = await ask(page, {});
    at ??= answeredAt(headers, clock);
    spent += 1;
    fresh.push(headers.etag ?? '-');
    for (const entry of data ?? []) {
      const item = read(entry);
      if (item !== null) items.push(item);
    }
    const next = nextPage(headers.link);
    if (next !== null && next <= page)
      throw new ForgeError('unavailable', 'the list of pages goes in a circle');
    page = next;
  }
  return { items, seen: fresh.join('\n'), spent, at: at ?? clock.now() };
};

/** `https://HOST/OWNER/NAME/pull/3#issuecomment-7`; a comment on an issue says `issues` instead. */
const placeOf = (address: string): Pick<ListedComment, 'pullNumber' | 'isOnIssue'> | null => {
  const [, kind, number] = /\/(pull|issues)\/(\d{1,9})(?:[#?/]|$)/.exec(address) ?? [];
  return number === undefined ? null : { pullNumber: Number(number), isOnIssue: kind === 'issues' };
};

/** What is compared with our journal, repository by repository. */
export const createListings = (
  connection: Connection,
  clock: Pick<Clock, 'now'>,
): Pick<Forge, 'openPulls' | 'comments'> => {
  const at = (repo: RepoRef) => ({ owner: repo.owner, repo: repo.name, per_page: 100 });
  return {
    // https://docs.github.com/en/rest/pulls/pulls#list-pull-requests
    openPulls(repo, seen = null) {
      const { list } = connection.api(repo).rest.pulls;
      return listing(
        (page, headers) => list({ ...at(repo), state: 'open', page, headers }),
        (pull) => {
          if (pull.base.repo.id !== repo.id)
            throw new ForgeError('gone', `${repo.owner}/${repo.name} is another repository by now`);
          return {
            number: pull.number,
            state: 'open' as const,
            headSha: sha(pull.head.sha),
            baseRef: pull.base.ref,
            draft: pull.draft ?? false,
          };
        },
        clock,
        seen,
      );
    },
    // https://docs.github.com/en/rest/issues/comments#list-issue-comments-for-a-repository
    comments(repo, since, seen = null) {
      const list = connection.api(repo).rest.issues.listCommentsForRepo;
      const wish = { sort: 'updated', direction: 'desc', since: new Date(since).toISOString() } as const;
      return listing(
        (page, headers) => list({ ...at(repo), ...wish, page, headers }),
        (comment): ListedComment | null => {
          const place = placeOf(comment.html_url);
          if (place === null) return null;
          return {
            id: comment.id,
            ...place,
            author: actorFrom(comment.user),
            body: comment.body ?? '',
            viaAppId: comment.performed_via_github_app?.id ?? null,
            createdAt: Date.parse(comment.created_at),
            updatedAt: Date.parse(comment.updated_at),
          };
        },
        clock,
        seen,
      );
    },
  };
};
