import type { Batch } from './batch.ts';
import { inOrder } from './graph.ts';
import type { ProjectKey, Sha } from './ids.ts';
import type { Problem } from './problem.ts';
import type { Project } from './project.ts';
import type { Run } from './run.ts';

/** What is planned of a pull request now, and what of it may stay as it was. */
export interface Part {
  readonly headSha: Sha;
  /** What the change affects. */
  readonly affected: readonly Project[];
  /** What is planned now: part of it, or named by hand. */
  readonly chosen: readonly Project[];
  /** Every project there is. */
  readonly projects: readonly Project[];
  /** What this pull request applied, or is applying: it is in the world, whatever is planned. */
  readonly applied: readonly Project[];
  /** Somebody's bare `/plan`: what was named by hand before is forgotten. */
  readonly startsOver: boolean;
}

type Before = Pick<Batch, 'headSha' | 'affected'> | null;

/** Projects that were named by hand at this commit stay when another one is planned, while they exist. */
const namedBefore = ({ headSha, projects, startsOver }: Part, before: Before): readonly Project[] => {
  if (startsOver || before?.headSha !== headSha) return [];
  const keys = new Set(before.affected.map(({ key }) => key));
  return projects.filter(({ key }) => keys.has(key));
};

/** What the comment shows from now on, each once. */
export const shownNow = (part: Part, before: Before): readonly Project[] => {
  const shown = new Map([...part.affected, ...part.chosen].map((project) => [project.key, project]));
  for (const project of [...namedBefore(part, before), ...part.applied])
    if (!shown.has(project.key)) shown.set(project.key, project);
  // Whoever is applied has those before it that it depends on, wherever each comes from.
  return inOrder([...shown.values()]);
};

/**
 * Does this plan stay as it is? A newer commit voids every older one, finished or not; a plan asked again replaces the one before,
 * and nothing else goes but what the pull request does not show any more.
 */
export const staysPlanned = (
  { headSha, project }: Pick<Run, 'headSha'> & { readonly project: Pick<Project, 'key'> },
  now: {
    readonly headSha: Sha;
    /** Planned now. */
    readonly chosen: ReadonlySet<ProjectKey>;
    /** Must have no say for now, as what waits for trust. */
    readonly stopped: ReadonlySet<ProjectKey>;
    readonly shown: ReadonlySet<ProjectKey>;
    /** Nothing at all is planned, so that nobody knows what is affected. */
    readonly nothing: boolean;
  },
): boolean =>
  headSha === now.headSha &&
  !now.chosen.has(project.key) &&
  !now.stopped.has(project.key) &&
  (now.nothing || now.shown.has(project.key));

/** How many projects one pull request may have planned; people with a word for it may go beyond. */
export interface Limit {
  readonly most: number;
  /** Planned at this commit already, or waiting for a lock: nothing of that is new. */
  readonly planned: ReadonlySet<ProjectKey>;
}

const listed = 50;

/** Would this be more than the pull request may have planned without a word for it? Null: it would not. */
export const beyondLimit = (chosen: readonly Project[], { most, planned }: Limit): Problem | null => {
  const more = chosen.filter(({ key }) => !planned.has(key));
  const all = planned.size + more.length;
  if (more.length === 0 || all <= most) return null;
  const names = more.slice(0, listed).map(({ name }) => name);
  if (more.length > listed) names.push(`and ${more.length - listed} more`);
  return {
    code: 'too-many-projects',
    sentence: `${more.length === 1 ? 'One project is' : `${more.length} projects are`} to be planned${planned.size === 0 ? '' : ` besides ${planned.size} that ${planned.size === 1 ? 'is' : 'are'} planned already`}, and a pull request may have ${most} planned at once.`,
    advice: `None of ${more.length === 1 ? 'it' : 'them'} was planned, and the checks stay open until all are. If so many are meant, \`/plan --no-limit\` plans them all; \`/plan -d DIR\` plans a part. If not, look at which shared file the change touches.`,
    details: names.join('\n'),
  };
};
