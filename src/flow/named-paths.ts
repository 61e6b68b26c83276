import { type Links, through } from '../domain/modules.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { quoted } from '../domain/quote.ts';
import { resolveFrom, root } from '../domain/repo-path.ts';
import type { TreeEntry } from '../git/port.ts';

/** What lies at each path of a tree. */
export type Kinds = ReadonlyMap<string, TreeEntry['kind']>;

/** Why what a project's settings (`with`) name is not there in a tree, or is something else, if so. */
export const namedPathsProblem = (
  kinds: Kinds,
  links: Links,
  { name, dir, settings }: Project,
): Problem | null => {
  for (const { setting, text, kind } of settings.withPaths) {
    const path = resolveFrom(dir, text);
    const real = path === null ? null : through(links, path).real;
    const found = real === null ? undefined : real === root ? 'folder' : kinds.get(real);
    if (found === kind) continue;
    const what =
      real === null
        ? 'leads out of the repository, or nowhere'
        : found === undefined
          ? `is not there: ${quoted(real)} would be it`
          : `is no ${kind}, but a ${found}`;
    return {
      code: 'path-refused',
      sentence: `Project ${quoted(name)}: ${quoted(text)} of ${quoted(`with.${setting}`)} ${what}.`,
      advice: `Correct it, or add the ${kind}; paths are relative to ${quoted(dir)}.`,
    };
  }
  return null;
};

/** Why a variable or backend file of a project is not there in a tree, if so. A workflow may write its project's. */
export const namedFilesProblem = (
  kinds: Kinds,
  links: Links,
  { name, dir, settings }: Project,
): Problem | null => {
  if (settings.workflow !== null) return null;
  for (const text of [...settings.varFiles, ...settings.backendFiles]) {
    const path = resolveFrom(dir, text);
    const real = path === null ? null : through(links, path).real;
    // What leads out of the repository is refused by the name of the link.
    if (path === null || real === null || kinds.get(real) === 'file') continue;
    return {
      code: 'path-refused',
      sentence: `Project ${quoted(name)}: there is no file ${quoted(path)} in the repository.`,
      advice: 'Paths are relative to `dir`.',
    };
  }
  return null;
};
