import { compileAutomaton } from './glob-automaton.ts';

/** Who owns a file. Logins and teams in small letters. */
export type Owner =
  | { readonly kind: 'user'; readonly login: string }
  /** `ORGANISATION/SLUG`. */
  | { readonly kind: 'team'; readonly team: string }
  | { readonly kind: 'email'; readonly email: string };

export interface CodeOwners {
  /** Of a path in the repository. Empty: a line says that it has none. Null: no line speaks of it. */
  ownersOf(path: string): readonly Owner[] | null;
}

/** Where GitHub looks, the first one that exists counts. */
export const codeOwnersPlaces = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'] as const;

/** A larger one is not read, as on GitHub. Bytes. */
const largestCodeOwners = 3 * 1024 * 1024;

/** Every line is held against every changed file. */
const mostLines = 20_000;
const longestPattern = 1_024;

const ownerOf = (text: string): Owner | null => {
  const team = /^@([A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9_.-]+)$/.exec(text)?.[1];
  if (team !== undefined) return { kind: 'team', team: team.toLowerCase() };
  const login = /^@([A-Za-z0-9][A-Za-z0-9_-]*)$/.exec(text)?.[1];
  if (login !== undefined) return { kind: 'user', login: login.toLowerCase() };
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? { kind: 'email', email: text.toLowerCase() } : null;
};

/** What means something in our globs and nothing here stands for itself under another name, in patterns and paths. */
const plain = '{}[]*?';
const disguised = (char: string): string => {
  const at = plain.indexOf(char);
  return at < 0 ? char : String.fromCharCode(0xe000 + at);
};
const disguise = (path: string): string => path.replace(/[{}[\]*?]/g, disguised);

/** A pattern as our globs: `*`, `?` and `**` mean the same, and everything else is plain text. */
const globOf = (pattern: string): string =>
  pattern
    .replace(/\\(.)|[{}[\]]/gs, (char, escaped?: string) => disguised(escaped ?? char))
    .split('/')
    .map((name) => (name === '**' ? name : name.replace(/\*+/g, '*')))
    .join('/');

type Matches = (path: string) => boolean;

/** Of thousands of lines few are near to any file of a pull request. */
const lazily = (glob: string): Matches => {
  let matches: Matches | null = null;
  return (path) => {
    matches ??= compileAutomaton(glob);
    return matches(path);
  };
};

/** Null for a pattern that GitHub passes over. */
const compilePattern = (pattern: string): Matches | null => {
  // `!` and `[ ]` are of `.gitignore` only, and so is a `#` that is escaped.
  if (/^!|^\\#|[[\]]/.test(pattern) || pattern.length > longestPattern) return null;
  const body = pattern.replace(/^\/|\/$/g, '');
  if (body === '') return null;
  const isAnchored = pattern.slice(0, -1).includes('/');
  const own = globOf(body);
  const glob = `${isAnchored ? '' : '**/'}${own}`;
  const below = lazily(`${glob}/**/*`);
  const itself = lazily(glob);
  const begins = own.replace(/[*?].*$/s, '');
  const isNear: Matches = (path) => (isAnchored ? path.startsWith(begins) : path.includes(begins));
  if (pattern.endsWith('/')) return (path) => isNear(path) && below(path);
  // Unlike in `.gitignore`, what lies deeper in `docs/*` is not meant.
  if (isAnchored && body.endsWith('/*')) return (path) => isNear(path) && itself(path);
  return (path) => isNear(path) && (itself(path) || below(path));
};

interface Line {
  readonly matches: Matches;
  readonly owners: readonly Owner[];
}

const lineOf = (text: string): Line | null => {
  const words = text.match(/(?:\\.|[^\s\\])+/g) ?? [];
  const [pattern, ...rest] = words;
  if (pattern === undefined || pattern.startsWith('#')) return null;
  const end = rest.findIndex((word) => word.startsWith('#'));
  const owners = (end < 0 ? rest : rest.slice(0, end)).map(ownerOf);
  const known = owners.filter((owner) => owner !== null);
  const matches = compilePattern(pattern);
  // A line that is wrong is passed over, as on GitHub.
  return matches === null || known.length < owners.length ? null : { matches, owners: known };
};

/**
 * Reads CODEOWNERS as GitHub does: the last line that matches counts. Null for one that is too large to be read, of which
 * nobody knows what it says.
 * https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 */
export const parseCodeOwners = (text: string): CodeOwners | null => {
  if (Buffer.byteLength(text) > largestCodeOwners) return null;
  const texts = text.split(/\r?\n/);
  if (texts.length > mostLines) return null;
  const lines = texts.map(lineOf).filter((line) => line !== null);
  return {
    ownersOf: (path) => {
      const disguisedPath = disguise(path);
      return lines.findLast(({ matches }) => matches(disguisedPath))?.owners ?? null;
    },
  };
};
