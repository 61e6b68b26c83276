import { z } from 'zod';
import type { Project } from '../domain/project.ts';
import { isWithin, root } from '../domain/repo-path.ts';
import { globProblem } from './globs.ts';
import { anyGlob } from './rules.ts';
import { listOf } from './schema-parts.ts';

/** As paths of a tree are written; another would match nothing, and nobody would know why. */
const pathProblem = (glob: string): string | null => {
  const why = globProblem(glob);
  if (why !== null) return `a glob; this one ${why}`;
  if (glob.startsWith('/') || glob.endsWith('/'))
    return 'a path from the root of the repository without `/` around it';
  return glob.split('/').some((name) => name === '.' || name === '..') ? 'a path without `.` and `..`' : null;
};

const pathGlob = z.string({ error: 'a glob' }).check((context) => {
  const message = pathProblem(context.value);
  if (message !== null) context.issues.push({ code: 'custom', message, input: context.value });
});

export const readsSchema = listOf(
  pathGlob,
  'a list of globs of paths, for example `[modules, "shared/*.tfvars"]`',
)
  .optional()
  .describe(
    'Files and folders, as globs from the root of the repository, that the tools of these projects may read besides their own `dir`: nothing else is laid out for them. A folder stands for all that is in it. `[]`: nothing but `dir`. Of several rules that say it the last one counts. Absent: the whole repository.',
  );

/**
 * Which files are laid out for a project: those of its own dir, and what each list of its `reads` has a glob for, by its own path or that of a
 * folder that it is in. Null: all of them.
 */
export const laidOutFor = ({
  dir,
  settings,
}: Pick<Project, 'dir' | 'settings'>): ((path: string) => boolean) | null => {
  if (settings.reads.length === 0 || dir === root) return null;
  const lists = settings.reads.map((globs) => {
    const matches = anyGlob(globs);
    const folders = new Map<string, boolean>();
    const isTaken = (path: string): boolean => {
      if (matches(path)) return true;
      const slash = path.lastIndexOf('/');
      if (slash < 0) return false;
      const folder = path.slice(0, slash);
      const known = folders.get(folder) ?? isTaken(folder);
      folders.set(folder, known);
      return known;
    };
    return isTaken;
  });
  return (path) => isWithin(path, dir) || lists.every((isTaken) => isTaken(path));
};
