import { matchesGlob } from '../../config/globs.ts';
import { isEverything, type Selector } from '../../domain/command.ts';
import type { ProjectKey } from '../../domain/ids.ts';
import { type Problem, UserError } from '../../domain/problem.ts';
import type { Project } from '../../domain/project.ts';
import type { Pull } from '../../domain/pull.ts';
import { select } from '../../domain/selector.ts';
import { keyOf } from '../admit.ts';
import { tipOf, type UsedPorts } from '../consumers/used.ts';
import { projectsOf } from '../pushed.ts';
import { taggedProjects } from '../tags/projects.ts';

export type WhichPorts = UsedPorts;

/**
 * What a selector can name: the projects of the base branch, as it is now, with those that follow tags where it is the default one, and
 * those that only this pull request has. A head that calls something by another name changes nothing of what a name means. Where the file of the base branch
 * cannot be read, what is known of its projects is enough: nothing may be in the way of whoever stops what goes wrong.
 */
const selectable = async (
  ports: WhichPorts,
  pull: Pull,
  more: readonly Project[],
): Promise<{ readonly all: readonly Project[]; readonly own: readonly Project[] }> => {
  const { ref, base } = pull;
  const batch = await ports.store.batches.latest(keyOf(pull), 'plan');
  const own = batch?.affected ?? [];
  const inBase = await baseProjects(ports, ref.repo, base).catch((error: unknown) => {
    if (error instanceof UserError) return [];
    throw error;
  });
  const all = new Map<ProjectKey, Project>();
  for (const project of [...inBase, ...own, ...more])
    if (!all.has(project.key)) all.set(project.key, project);
  return { all: [...all.values()], own: own.map((project) => all.get(project.key) ?? project) };
};

const baseProjects = async (
  ports: WhichPorts,
  repo: Pull['ref']['repo'],
  { ref: branch, isDefault }: Pull['base'],
): Promise<readonly Project[]> => {
  const { snapshot } = await tipOf(ports, repo, branch);
  const tagged = isDefault ? taggedProjects(ports, repo, snapshot, snapshot) : [];
  return [...projectsOf(ports, repo, branch, snapshot), ...tagged.map(({ project }) => project)];
};

/** @param more projects that may be meant besides; one that is still there counts as it is now */
export const whichOf = async (
  ports: WhichPorts,
  pull: Pull,
  selector: Selector,
  more: readonly Project[] = [],
): Promise<{ readonly chosen: readonly Project[] } | { readonly problem: Problem }> => {
  const { all, own } = await selectable(ports, pull, more);
  return isEverything(selector) ? { chosen: own } : select(all, selector, matchesGlob);
};
