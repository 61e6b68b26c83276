import type { Octokit } from '@octokit/rest';
import { type Sha, sha } from '../../domain/ids.ts';
import type { OpenAnswer, OpenWish } from '../../domain/own-pull.ts';
import type { RepoRef } from '../../domain/pull.ts';
import { type Forge, ForgeError } from '../port.ts';
import { orGone } from './comments.ts';
import type { Connection } from './connection.ts';
import { isNotPermitted, orNotPermitted } from './permitted.ts';
import { actorFrom } from './read.ts';

/** What GitHub says of a branch, or of a pull request, that is there already. */
const exists = /already exists/i;

/**
 * Pull requests of our own. Git data: https://docs.github.com/en/rest/git, opening one:
 * https://docs.github.com/en/rest/pulls/pulls#create-a-pull-request. See the port for what it costs and what it needs.
 */
export const createOpening = (
  connection: Connection,
): Pick<Forge, 'emptyCommit' | 'openPull' | 'changePull' | 'dropBranch'> => {
  const at = (repo: RepoRef) => ({ owner: repo.owner, repo: repo.name });

  const tipOf = async (api: Octokit, repo: RepoRef, branch: string): Promise<Sha | null> => {
    const answer = await orGone(api.rest.git.getRef({ ...at(repo), ref: `heads/${branch}` }));
    return answer === null ? null : sha(answer.data.object.sha);
  };

  /** False: it is somebody else's. */
  const makeBranch = async (api: Octokit, repo: RepoRef, { branch, commit }: OpenWish): Promise<boolean> => {
    try {
      await api.rest.git.createRef({ ...at(repo), ref: `refs/heads/${branch}`, sha: commit });
      return true;
    } catch (error) {
      if (!isRefused(error) || !exists.test(error.message)) throw error;
      return (await tipOf(api, repo, branch)) === commit;
    }
  };

  /** The open one of that branch, if it is a bot's with our commit: we may have made it and not have heard so. */
  const find = async (
    api: Octokit,
    repo: RepoRef,
    { branch, base, commit }: OpenWish,
  ): Promise<number | null> => {
    const head = `${repo.owner}:${branch}`;
    const { data } = await api.rest.pulls.list({ ...at(repo), state: 'open', head, base, per_page: 100 });
    const own = data.find((one) => one.head.sha === commit && actorFrom(one.user).kind === 'bot');
    return own?.number ?? null;
  };

  /** What was made for nothing. It may have got more commits meanwhile, and those are somebody's. */
  const dropBranch = async (
    api: Octokit,
    repo: RepoRef,
    { branch, commit }: Pick<OpenWish, 'branch' | 'commit'>,
  ): Promise<void> => {
    if ((await tipOf(api, repo, branch)) !== commit) return;
    await orGone(api.rest.git.deleteRef({ ...at(repo), ref: `heads/${branch}` }));
  };

  const make = async (api: Octokit, repo: RepoRef, wish: OpenWish): Promise<OpenAnswer> => {
    const { branch: head, base, title, body } = wish;
    try {
      const { data } = await api.rest.pulls.create({ ...at(repo), head, base, title, body });
      return { kind: 'opened', number: data.number };
    } catch (error) {
      if (!isRefused(error)) throw error;
      const known = exists.test(error.message) ? await find(api, repo, wish) : null;
      if (known !== null) return { kind: 'opened', number: known };
      await dropBranch(api, repo, wish);
      return isNotPermitted(error)
        ? { kind: 'not-permitted' }
        : { kind: 'refused', reason: error.words ?? error.message };
    }
  };

  return {
    async emptyCommit(repo, { onto, message }) {
      const api = connection.api(repo);
      const tip = await tipOf(api, repo, onto);
      if (tip === null) throw new ForgeError('gone', `there is no branch ${onto}`);
      const { data: parent } = await api.rest.git.getCommit({ ...at(repo), commit_sha: tip });
      const made = await orNotPermitted(
        // Without an author it is the App's own, and GitHub signs it.
        api.rest.git.createCommit({ ...at(repo), message, tree: parent.tree.sha, parents: [tip] }),
      );
      return made === 'not-permitted' ? made : sha(made.data.sha);
    },

    async openPull(repo, wish) {
      const api = connection.api(repo);
      const branch = await orNotPermitted(makeBranch(api, repo, wish));
      if (branch === 'not-permitted') return { kind: 'not-permitted' };
      return branch ? make(api, repo, wish) : { kind: 'taken' };
    },

    async dropBranch(repo, wish) {
      await orNotPermitted(dropBranch(connection.api(repo), repo, wish));
    },

    async changePull({ repo, number }, { title, body, state }) {
      const call = connection.api(repo).rest.pulls.update({
        ...{ ...at(repo), pull_number: number, title, body },
        // To say that it is open would open one that somebody has closed meanwhile.
        ...(state === 'closed' ? { state } : {}),
      });
      const changed = await orNotPermitted(orGone(call));
      return changed !== null && changed !== 'not-permitted';
    },
  };
};

const isRefused = (error: unknown): error is ForgeError =>
  error instanceof ForgeError && error.failure === 'refused';
