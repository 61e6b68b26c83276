import { matchesGlob } from '../config/globs.ts';
import type { Batch } from '../domain/batch.ts';
import { isEverything } from '../domain/command.ts';
import { nearest } from '../domain/nearest.ts';
import type { Problem } from '../domain/problem.ts';
import type { Progress } from '../domain/progress.ts';
import type { Project } from '../domain/project.ts';
import { quoted } from '../domain/quote.ts';
import { select } from '../domain/selector.ts';
import { keyOf } from './admit.ts';
import type { Discovery } from './discovery.ts';
import { openDues } from './dues.ts';
import type { FlowPorts } from './ports.ts';
import { nextAfter } from './stages.ts';
import type { Wish } from './wish.ts';

type PlanWish = Extract<Wish, { kind: 'plan' }>;

export type Picked = { readonly chosen: readonly Project[] } | { readonly problem: Problem };

/** After the merge only what it asks to be applied is planned. */
export const pick = async (
  { store }: FlowPorts,
  discovery: Discovery,
  wish: PlanWish,
  before: Batch | null,
  progress: Progress,
): Promise<Picked> => {
  const picked =
    wish.after === undefined
      ? pickOpen(discovery, wish, before)
      : { chosen: nextAfter(progress, wish.after) };
  if (wish.pull.state === 'open' || 'problem' in picked) return picked;
  const dues = await openDues(store, keyOf(wish.pull));
  return { chosen: picked.chosen.filter(({ key }) => dues.some(({ project }) => project === key)) };
};

const pickOpen = (discovery: Discovery, wish: PlanWish, before: Batch | null): Picked => {
  if (wish.only !== null) {
    // One that was named by hand at this commit is not among the affected, and has its turn all the same.
    const named = before?.headSha === discovery.headSha ? before.affected.map(({ key }) => key) : [];
    const known = new Set([...discovery.affected.map(({ key }) => key), ...named]);
    const isMeant = ({ key }: Project) => key === wish.only && known.has(key);
    return { chosen: discovery.projects.filter(isMeant) };
  }
  if (wish.scope?.kind === 'all') return pickAll(discovery, wish.scope.environment);
  // Naming a project plans it even where nothing of it changed; a bare plan takes what is affected.
  if (isEverything(wish.selector) || discovery.tree === null || discovery.problem !== null)
    return { chosen: discovery.affected };
  return select(discovery.projects, wish.selector, matchesGlob);
};

/** Every project there is, or every one of an environment. */
export const pickAll = (
  { problem, projects, endings }: Pick<Discovery, 'problem' | 'projects' | 'endings'>,
  environment: string | null,
): Picked => {
  // What is wrong with the commit is said in the place of its plans.
  if (problem !== null) return { chosen: [] };
  // What the pull request takes away is no project any more: its end is planned as what the change affects, and not as all of it.
  const there = projects.filter(({ key }) => !endings.has(key));
  const chosen = there.filter(({ settings }) => environment === null || settings.environment === environment);
  return chosen.length > 0 ? { chosen } : { problem: nothingThere(there, environment) };
};

const nothingThere = (projects: readonly Project[], environment: string | null): Problem => {
  if (environment === null)
    return {
      code: 'no-such-project',
      sentence: 'This repository has no projects.',
      advice: '`/help` says how projects are found.',
    };
  const known = [...new Set(projects.flatMap(({ settings }) => settings.environment ?? []))].sort();
  const meant = nearest(environment, known);
  return {
    code: 'no-such-project',
    sentence: `No project of this repository has the environment ${quoted(environment)}.`,
    advice: `${meant === null ? '' : `Did you mean ${quoted(meant)}? `}${
      known.length === 0
        ? 'None has an environment: `environment` of a project or a rule gives it one.'
        : `There are: ${known.slice(0, 50).map(quoted).join(', ')}.`
    }`,
  };
};
