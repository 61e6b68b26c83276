import { quoted } from '../quote.ts';
import { isWithin, parseRepoPath, type RepoPath } from '../repo-path.ts';

/** What is at a path after a tool wrote down what is there, against what Git has. Null: no file. */
export interface Codified {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** A pull request that nobody could read would be approved unread. */
export const mostFiles = 50;
export const mostFileBytes = 1024 * 1024;
const mostBytes = 4 * 1024 * 1024;

/** Files that say what Tidegate, Git or the host do with the repository, wherever they lie, in small letters. */
const steering = new Set([
  'tidegate.yaml',
  'tidegate.yml',
  'atlantis.yaml',
  'atlantis.yml',
  'codeowners',
  'renovate.json',
  'dependabot.yml',
]);

/**
 * Why what a tool wrote there is not put into Git, the end of "…, which …"; null: nothing. A tool writes down what the world is like, and
 * who changed that may be a stranger: it has no word in what is done with the repository.
 */
export const refusedPath = (path: string, own: RepoPath): string | null => {
  const parsed = parseRepoPath(path);
  if ('refused' in parsed) return `is no path that goes into Git: ${parsed.refused}`;
  if (!isWithin(path, own)) return "is outside the project's own folder";
  const names = path.toLowerCase().split('/');
  // .git, .github, .gitattributes, .gitmodules, .gitlab-ci.yml
  if (names.some((name) => name.startsWith('.git') || name === '.circleci' || name === '.azure-pipelines'))
    return 'says what Git or its host do with the repository';
  if (steering.has(names.at(-1) ?? '')) return 'says what is done with the repository';
  return null;
};

/** The text, where it is one that people can read; null for anything else. */
export const readable = (bytes: Uint8Array): string | null => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return unreadable.test(text) ? null : text;
  } catch {
    return null;
  }
};

// Control characters but for tab and line ends, and marks that show a text in another order than it is read in.
const unreadable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/u;

/**
 * Is there a secret in it that Git does not have already? By the lines that are new, and by the whole, for one that goes over several.
 *
 * @param hide takes secrets out of a text
 */
export const bringsSecret = (
  { before, after }: Pick<Codified, 'before' | 'after'>,
  hide: (text: string) => string,
): boolean => {
  if (after === null) return false;
  const isHiding = (text: string): boolean => hide(text) !== text;
  const known = new Set((before ?? '').split('\n'));
  const brought = after
    .split('\n')
    .filter((line) => !known.has(line))
    .join('\n');
  return isHiding(brought) || (isHiding(after) && !isHiding(before ?? ''));
};

/** Why all of it together is not put into Git, a sentence; null: nothing. */
export const tooMuch = (files: readonly Codified[]): string | null => {
  if (files.length > mostFiles)
    return `It changes ${files.length} files, and more than ${mostFiles} are for people to change.`;
  const bytes = files.reduce((sum, { after }) => sum + (after === null ? 0 : Buffer.byteLength(after)), 0);
  return bytes > mostBytes ? `What it wrote is larger than ${mostBytes / (1024 * 1024)} MB together.` : null;
};

/** The sentence about one path. */
export const notIntoGit = (path: string, why: string): string => `It wrote ${quoted(path)}, which ${why}.`;
