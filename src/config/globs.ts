import { compileAutomaton } from './glob-automaton.ts';

/*
 * What a glob is here, the same everywhere: `*` and `?` within one name, `**` as a whole name for any
 * number of folders, `[abc]` (as in a shell, also itself), `[!abc]`, `{a,b}`. Everything else is itself: no extended globs, no
 * negation, no groups, no backslash. Names that start with a dot are names like others (`dot: true`):
 * a rule for `**` that skipped `.github/` would be a hole.
 *
 * Globs and the paths they are tried on can both come from strangers: the limits bound both, and `glob-automaton.ts` takes no
 * longer than the length of the one times that of the other.
 */
const longestGlob = 256;
const longestText = 1024;
const longestName = 255;
const starsInName = 2;
const foldersInGlob = 2;
const alternatives = 64;
const brackets = 8;

const unprintable = /[\p{C}\p{Zl}\p{Zp}]/u;

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
  const ways = [...glob.matchAll(/\{[^}]*\}/g)].reduce(
    (product, [braces]) => product * braces.split(',').length,
    1,
  );
  if (ways > alternatives) return `has more than ${alternatives} alternatives`;
  if (glob.split('[').length - 1 > brackets) return `has more than ${brackets} \`[\``;
  if (/\{[^},]*\.\.[^}]*\}/.test(glob)) return 'has a range in braces; list the alternatives';
  return null;
};

/**
 * A predicate for one glob. It gives false for a glob that `globProblem` refuses and for texts over
 * 1,024 characters or with a name over 255.
 */
export const compileGlob = (glob: string): ((text: string) => boolean) => {
  if (globProblem(glob) !== null) return () => false;
  const match = compileAutomaton(glob);
  return (text) => {
    if (text.length > longestText) return false;
    // What has no name is no path: `a/*` is nothing to `a/`.
    if (text.split('/').some((name) => name === '' || name.length > longestName)) return false;
    return match(text);
  };
};

/** Does the glob match the whole text? For the few texts of a selector; `compileGlob` is for many. */
export const matchesGlob = (glob: string, text: string): boolean => compileGlob(glob)(text);
