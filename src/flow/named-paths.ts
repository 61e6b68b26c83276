import { through } from '../domain/modules.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { quoted } from '../domain/quote.ts';
import { resolveFrom, root } from '../domain/repo-path.ts';
import type { Snapshot } from './snapshot.ts';

/** Why what a project's settings (`with`) name is not there in a tree, or is something else, if so. */
export const namedPathsProblem = (
  { entries, links }: Pick<Snapshot, 'entries' | 'links'>,
  { name, dir, settings }: Project,
): Problem | null => {
  for (const { setting, text, kind } of settings.withPaths) {
    const path = resolveFrom(dir, text);
    const real = path === null ? null : through(links, path).real;
    const found = real === root ? 'folder' : entries.find((entry) => entry.path === real)?.kind;
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
