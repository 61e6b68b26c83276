import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../../domain/problem.ts';
import type { RepoPath } from '../../../domain/repo-path.ts';

/**
 * The project's folder, absolute and free of links. A link in a branch could name any folder of this machine, and what is
 * mounted or given away follows it. Throws UserError `path-refused`, or an Error where there is no such folder.
 */
export const realFolder = async (checkout: string, dir: RepoPath): Promise<string> => {
  let at = await realpath(checkout);
  for (const name of dir === '.' ? [] : dir.split('/')) {
    at = join(at, name);
    const facts = await lstat(at);
    if (!facts.isDirectory())
      throw new UserError({
        code: 'path-refused',
        sentence: `\`${dir}\` is not a folder of the repository, or there is a link on the way to it.`,
        advice: 'A project has to be in a folder of its own; remove the link from the branch.',
      });
  }
  return at;
};
