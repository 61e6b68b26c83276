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

/** A git that is new enough. */
export interface GitProgram {
  /** Absolute. */
  readonly file: string;
  readonly version: string;
}

/**
 * Asks git for its version. To be called once at start.
 * @param file absolute, as `findServerPrograms` found it; null where there is none
 * @param path PATH of that process
 * @throws UserError `tool-missing` when there is none, or it is older than 2.38
 */
export const gitProgram = async (file: string | null, path: string): Promise<GitProgram> => {
  if (file === null) return { file: '', version: requireGitVersion('') };
  const result = await execa(file, ['--version'], {
    env: { PATH: path, LC_ALL: 'C.UTF-8' },
    extendEnv: false,
    reject: false,
    timeout: 10_000,
  });
  return { file, version: requireGitVersion(result.exitCode === 0 ? result.stdout : '') };
};

/** The first release of each line without holes that a repository could use, the newest CVE-2025-48384 (July 2025). */
const mended = [
  [2, 43, 7],
  [2, 44, 4],
  [2, 45, 4],
  [2, 46, 4],
  [2, 47, 3],
  [2, 48, 2],
  [2, 49, 1],
  [2, 50, 1],
] as const;

/**
 * The release that a git with known holes should be replaced by; null for one without. A distribution may have mended
 * its older one without a word in the version, so this is no proof.
 * @param version as `requireGitVersion` returns it
 */
export const releaseWithoutHoles = (version: string): string | null => {
  const [major = 0, minor = 0, point = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  if (major !== mended[0][0]) return null;
  // Nothing was mended in lines older than the oldest of these.
  const line = mended.find((release) => release[1] === minor) ?? (minor < mended[0][1] ? mended[0] : null);
  return line === null || (line[1] === minor && point >= line[2]) ? null : line.join('.');
};
