import type { RepoRef } from '../../domain/pull.ts';
import type { Log } from '../../observe/log.ts';
import { type Forge, ForgeError } from '../port.ts';
import type { Connection } from './connection.ts';

const ours = /^refs\/(tidegate\/.+)$/;

/** GitHub's words for one that is to be moved and is not there. */
const absent = /Reference does not exist|Reference not found/i;

/**
 * Refs of our own: https://docs.github.com/en/rest/git/refs. An installation that says no is not asked again by this process: it would
 * say so after each apply.
 */
export const createRefs = (connection: Connection, log: Pick<Log, 'warn'>): Pick<Forge, 'putRef'> => {
  const refused = new Set<number>();

  const put = async (repo: RepoRef, name: string, sha: string): Promise<void> => {
    const { git } = connection.api(repo).rest;
    const at = { owner: repo.owner, repo: repo.name };
    try {
      await git.updateRef({ ...at, ref: name, sha, force: true });
    } catch (error) {
      const isNew = error instanceof ForgeError && (error.failure === 'gone' || absent.test(error.message));
      if (!isNew) throw error;
      await git.createRef({ ...at, ref: `refs/${name}`, sha });
    }
  };

  return {
    async putRef(repo, { ref, sha }) {
      const name = ours.exec(ref)?.[1];
      // Whatever is asked for: no branch and no tag of anybody is ever forced.
      if (name === undefined) throw new TypeError(`not a ref of ours: ${ref}`);
      if (refused.has(repo.id)) return false;
      try {
        await put(repo, name, sha);
        return true;
      } catch (error) {
        if (!(error instanceof ForgeError) || (error.failure !== 'refused' && error.failure !== 'gone'))
          throw error;
        refused.add(repo.id);
        log.warn('no refs are written of what was applied: that takes `contents: write`', {
          repository: `${repo.owner}/${repo.name}`,
          ref,
          error,
        });
        return false;
      }
    },
  };
};
