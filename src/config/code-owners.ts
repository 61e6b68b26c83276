import { compileAutomaton } from './glob-automaton.ts';

/** Who owns a file. Logins and teams in small letters. */
export type Owner =
  | { readonly kind: 'user'; readonly login: string }
  /** `ORGANISATION/SLUG`. */
  | { readonly kind: 'team'; readonly team: string }
  | { readonly kind: 'email'; readonly email: string };

/** A line that nobody can read. GitHub passes it over, which hands its files to the line before. */
export interface UnreadLine {
  /** From 1. */
  readonly line: number;
  /** What is wrong with it: a phrase for people. */
  readonly reason: string;
}

export interface CodeOwners {
  /**
   * Of a path in the repository. Empty: a line says that it has none. Null: no line speaks of it. An `UnreadLine`: that line may
   * speak of it, so its owners are not known.
   */
  ownersOf(path: string): readonly Owner[] | UnreadLine | null;
  /** In the order of the file. */
  readonly unread: readonly UnreadLine[];
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
  return /^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/.test(text) ? { kind: 'email', email: text.toLowerCase() } : null;
};

/**
 * What means something in our globs and nothing here stands for itself under another name, in patterns and paths. These names are
 * characters of private use; where a path has one of them, it stands under yet another name.
 */
const plain = '{}[]*?';
const disguised = (char: string): string => String.fromCharCode(0xe000 + plain.indexOf(char));
const disguise = (text: string): string =>
  text.replace(/[\ue000-\ue005]/g, '\ue006').replace(/[{}[\]*?]/g, disguised);

/** A pattern as our globs: `*`, `?` and `**` mean the same, and everything else is plain text. */
const globOf = (pattern: string): string =>
  pattern
    .replace(/\\(.)|[^*?]/gsu, (char, escaped?: string) => disguise(escaped ?? char))
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

/** A backslash makes the next character plain. Before a letter, a digit or `/` it was most likely meant otherwise. */
const escaped = /\\[^\p{L}\p{N}/]/gu;

/** What does not belong into a text, and what stands for bytes that are no UTF-8. */
const noText = /[\p{Cc}\ufffd]/u;

/** Why a pattern cannot be read: a phrase for people. Null: it can. */
const wrongWith = (pattern: string): string | null => {
  if (pattern.length > longestPattern) return `its pattern is longer than ${longestPattern} characters`;
  if (noText.test(pattern)) return 'its pattern has a character that is not text';
  if (pattern.startsWith('!')) return 'a pattern cannot begin with `!`';
  if (/^\\[#!]/.test(pattern)) return 'a pattern cannot begin with an escaped `#` or `!`';
  const bare = pattern.replace(escaped, '_');
  if (bare.includes('\\')) return 'a backslash stands before a letter, a digit, `/` or nothing';
  if (/[[\]]/.test(bare)) return 'each `[` and `]` needs a backslash before it';
  if (bare.includes('***')) return 'its pattern has three `*` in a row';
  if (/\/\/|(?:^|\/)\.{1,2}(?:\/|$)/.test(bare)) return 'its pattern has an empty name, `.` or `..` in it';
  return null;
};

const compilePattern = (pattern: string): Matches => {
  const body = pattern.replace(/^\/|\/$/g, '');
  // As in `.gitignore`: a slash alone matches nothing.
  if (body === '') return () => false;
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

/**
 * Every file that a pattern may be about which cannot be read, however it was meant: those whose path begins with its plain
 * beginning, or holds it where the pattern does not begin at the root.
 */
const mayBeAbout = (pattern: string): Matches => {
  const meant = pattern.replace(/^\\?[!#]/, '');
  const isFromRoot = /^\.{0,2}\//.test(meant);
  const [readable = ''] =
    /^(?:\\[^\p{L}\p{N}/]|[^\\*?[\]\p{Cc}\ufffd])*/u.exec(meant.replace(/^(?:\.{0,2}\/)+/, '')) ?? [];
  const begins = disguise(readable.replace(/\\(.)/gsu, '$1').replace(/\/\.{0,2}(?:\/.*)?$/s, ''));
  return (path) => (isFromRoot ? path.startsWith(begins) : path.includes(begins));
};

interface Line {
  readonly matches: Matches;
  readonly says: readonly Owner[] | UnreadLine;
}

const lineOf = (text: string, index: number): Line | null => {
  const [pattern, ...rest] = text.match(/(?:\\.|\S)+/gs) ?? [];
  if (pattern === undefined || pattern.startsWith('#')) return null;
  const unread = (reason: string): UnreadLine => ({ line: index + 1, reason });
  const wrong = wrongWith(pattern);
  if (wrong !== null) return { matches: mayBeAbout(pattern), says: unread(wrong) };
  const matches = compilePattern(pattern);
  const end = rest.findIndex((word) => word.startsWith('#'));
  const owners = (end < 0 ? rest : rest.slice(0, end)).map(ownerOf);
  const known = owners.filter((owner) => owner !== null);
  if (known.length === owners.length) return { matches, says: known };
  const says = unread('an owner is neither `@user` nor `@organisation/team` nor a mail address');
  // The rest of a path with a space in it, most likely.
  const isMorePath = owners[0] === null && rest[0]?.startsWith('@') !== true;
  if (!isMorePath) return { matches, says };
  const near = mayBeAbout(pattern);
  return { matches: (path) => matches(path) || near(path), says };
};

/**
 * Reads CODEOWNERS: the last line that matches counts. Where GitHub would pass a line over, the answer for its files names that
 * line. Null for one that is too large to be read, of which nobody knows what it says.
 * https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 */
export const parseCodeOwners = (text: string): CodeOwners | null => {
  if (Buffer.byteLength(text) > largestCodeOwners) return null;
  const texts = text.split(/\r?\n/);
  if (texts.length > mostLines) return null;
  const lines = texts.map(lineOf).filter((line) => line !== null);
  return {
    unread: lines.flatMap(({ says }) => ('reason' in says ? [says] : [])),
    ownersOf: (path) => {
      const disguisedPath = disguise(path);
      return lines.findLast(({ matches }) => matches(disguisedPath))?.says ?? null;
    },
  };
};
