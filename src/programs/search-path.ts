import { basename, delimiter, dirname, normalize } from 'node:path';

/** PATH where the environment has none that can be used: where an administrator's programs are. */
export const standardPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** `npm run` puts `node_modules/.bin` of every folder from the checkout up to the root first, and a folder of its own. */
const isOfNpm = (folder: string): boolean =>
  basename(folder) === 'node-gyp-bin' ||
  (basename(folder) === '.bin' && basename(dirname(folder)) === 'node_modules');

/**
 * The PATH that the operator set: `path` without the entries of npm. An entry that is empty or relative means the current folder,
 * or one below it, and goes as well. `standardPath` when nothing is left: an empty PATH means the current folder, too.
 *
 * It does not matter who put a `node_modules/.bin` there: a folder of packages never says what `terraform` or `git` is.
 */
export const operatorPath = (path: string | undefined): string => {
  const folders = (path ?? '')
    .split(delimiter)
    .filter((folder) => folder.startsWith('/') && !isOfNpm(normalize(folder)));
  return folders.length === 0 ? standardPath : folders.join(delimiter);
};
