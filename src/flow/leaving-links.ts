import { refusedTarget } from '../domain/link-target.ts';
import type { Problem } from '../domain/problem.ts';
import { type Project, settingsFiles } from '../domain/project.ts';
import { isWithin, type RepoPath } from '../domain/repo-path.ts';
import type { Git, TreeEntry } from '../git/port.ts';

/** A link of a tree that leads out of it. */
export interface LeavingLink {
  readonly path: string;
  readonly target: string;
  /** A phrase after "its target". */
  readonly why: string;
}

/** No path is longer; a link of more bytes leads nowhere. */
const longest = 4096;

/** Reads every link of a tree; costs nothing where there is none. */
export const leavingLinks = async (
  { git }: { readonly git: Pick<Git, 'blobs'> },
  repositoryId: number,
  entries: readonly TreeEntry[],
): Promise<readonly LeavingLink[]> => {
  const links = entries.filter((entry) => entry.kind === 'link');
  const found: LeavingLink[] = [];
  // Not always all of them at once: what is loaded at a time is bounded.
  for (let left = links; left.length > 0; ) {
    const blobs = await git.blobs(repositoryId, [...new Set(left.map((link) => link.id))]);
    const read = left.filter((link) => blobs.has(link.id));
    for (const { path, id } of read) {
      const target = blobs.get(id)?.toString('utf8') ?? '';
      const why = target.length > longest ? 'it is too long' : refusedTarget(path, target);
      if (why !== null) found.push({ path, target: target.slice(0, 200), why });
    }
    left = left.filter((link) => !blobs.has(link.id));
    if (read.length > 0) continue;
    for (const { path } of left) found.push({ path, target: '', why: 'it cannot be read' });
    break;
  }
  return found;
};

/**
 * Refuses a project whose tool would follow such a link by what is written down for it: in its folder, in a module that it uses,
 * or on the way to a file that its settings name.
 */
export const leavingProblem = (
  links: readonly LeavingLink[],
  project: Project,
  modules: readonly RepoPath[],
): Problem | null => {
  const { dir, name } = project;
  const folders = [dir, ...modules];
  const named = settingsFiles(project);
  const link = links.find(
    ({ path }) =>
      folders.some((folder) => isWithin(path, folder)) ||
      [...folders, ...named].some((place) => place === path || place.startsWith(`${path}/`)),
  );
  return link === undefined
    ? null
    : {
        code: 'path-refused',
        sentence: `Project \`${name}\`: \`${link.path}\` is a symbolic link to ${JSON.stringify(link.target)}, and ${link.why}.`,
        advice:
          'Let it lead to a place in the repository, `..` only at its beginning, or commit the file itself.',
      };
};
