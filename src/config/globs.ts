import picomatch from 'picomatch';

/*
 * What a glob is here, the same everywhere: `*` and `?` within one name, `**` as a whole name for any
 * number of folders, `[abc]` (as in a shell, also itself), `[!abc]`, `{a,b}`. Everything else is itself: no extended globs, no
 * negation, no groups, no backslash. Names that start with a dot are names like others (`dot: true`):
 * a rule for `**` that skipped `.github/` would be a hole.
 *
 * Globs and the paths they are tried on can both come from strangers, and picomatch makes a regular
 * expression that backtracks. The limits below keep the worst case measured at about a millisecond.
 */
const longestGlob = 256;
const longestText = 1024;
const longestName = 255;
const starsInName = 2;
const foldersInGlob = 2;
const alternatives = 64;
const brackets = 8;

const options = { dot: true, nonegate: true, noextglob: true } as const;
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/u;
// Stands for the root folder, so that `*` and `**` match `.` but no letter does. Refused in globs.
const rootName = '\ue000';

/** Why a glob is refused, as a phrase after "it "; null for a good one. */
export const globProblem = (glob: string): string | null => {
  if (glob === '') return 'is empty';
  if (glob.length > longestGlob) return `is longer than ${longestGlob} characters`;
  if (unprintable.test(glob)) return 'holds control, text-direction or private characters';
  if (glob.includes('\\')) return 'holds a backslash';
  const names = glob.split('/');
  const folders = names.slice(0, -1).filter((name) => name === '**').length;
  if (folders > foldersInGlob) return `holds more than ${foldersInGlob} \`**/\``;
  for (const name of names) {
    if (name === '**') continue;
    if (name.includes('**'))
      return 'has `**` beside other text; `**` stands for whole folders, alone between slashes';
    if (name.split('*').length - 1 > starsInName) return `has more than ${starsInName} \`*\` in one name`;
  }
  if (/\{[^}]*\{/.test(glob)) return 'has braces inside braces';
  // `{a,aa}{a,aa}...` reads one text in as many ways as the alternatives multiply to.
  const ways = [...glob.matchAll(/\{[^}]*\}/g)].reduce(
    (product, [braces]) => product * braces.split(',').length,
    1,
  );
  if (ways > alternatives) return `has more than ${alternatives} alternatives`;
  if (glob.split('[').length - 1 > brackets) return `has more than ${brackets} \`[\``;
  if (/\{[^},]*\.\.[^}]*\}/.test(glob)) return 'has a range in braces; list the alternatives';
  return null;
};

// picomatch reads `[!a]` as "! or a" under `nonegate`, and passes groups, `$`, `|` and POSIX classes
// on to the regular expression.
const asPattern = (glob: string): string =>
  glob
    .replaceAll('[!', '[^')
    .replaceAll('[:', '[\\:')
    .replace(/[()|+$@"'&;<>`~#%=]/g, '\\$&')
    .replace(/(?<!\[)\^/g, '\\^');

/**
 * A predicate for one glob. It gives false for a glob that `globProblem` refuses and for texts over
 * 1,024 characters or with a name over 255.
 */
export const compileGlob = (glob: string): ((text: string) => boolean) => {
  if (globProblem(glob) !== null) return () => false;
  const match = picomatch(asPattern(glob), options);
  return (text) => {
    if (text === '.') return glob === '.' || match(text) || match(rootName);
    if (text.length > longestText || text.split('/').some((name) => name.length > longestName)) return false;
    return match(text);
  };
};

/** Does the glob match the whole text? For the few texts of a selector; `compileGlob` is for many. */
export const matchesGlob = (glob: string, text: string): boolean => compileGlob(glob)(text);
