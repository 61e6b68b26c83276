import { execa } from 'execa';
import { UserError } from '../../domain/problem.ts';

const least = [2, 38] as const;

/**
 * The version, when it is new enough: `merge-tree --write-tree` came with 2.38.
 * @throws UserError `tool-missing` for an older or unreadable version
 */
export const requireGitVersion = (printed: string): string => {
  const match = /(\d+)\.(\d+)[.\w-]*/.exec(printed);
  const major = Number(match?.[1] ?? Number.NaN);
  const minor = Number(match?.[2] ?? Number.NaN);
  if (match !== null && (major > least[0] || (major === least[0] && minor >= least[1]))) return match[0];
  throw new UserError({
    code: 'tool-missing',
    sentence: `Tidegate needs git ${least.join('.')} or newer, and this machine has \`${printed.trim().slice(0, 80) || 'none'}\`.`,
    advice: `Install git ${least.join('.')} or newer and start Tidegate again.`,
  });
};

/**
 * Asks the git on this machine for its version. To be called once at start.
 * @param path PATH to look for git in
 * @throws UserError `tool-missing` when there is none, or it is older than 2.38
 */
export const gitVersion = async (path: string = standardPath): Promise<string> => {
  const result = await execa('git', ['--version'], {
    env: { PATH: path, LC_ALL: 'C.UTF-8' },
    extendEnv: false,
    reject: false,
    timeout: 10_000,
  });
  return requireGitVersion(result.exitCode === 0 ? result.stdout : '');
};

export const standardPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
