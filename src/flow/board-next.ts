import { notAppliedBefore } from '../domain/depends-on.ts';
import type { Due } from '../domain/due.ts';
import { leftOf } from '../domain/followup.ts';
import { short } from '../domain/ids.ts';
import type { Problem } from '../domain/problem.ts';
import { newestRun } from '../domain/progress.ts';
import type { Project } from '../domain/project.ts';
import { quotedList } from '../domain/quote.ts';
import { isAgreed, mergeDiffers } from '../domain/rules/apply-conditions.ts';
import type { Run } from '../domain/run.ts';
import {
  lacksPlan,
  notPlannedYet,
  plannedAfter,
  stoppedBy,
  usesAny,
  waitsThrough,
} from '../domain/stages.ts';
import type { BoardRow } from '../render/view.ts';
import type { BoardFacts } from './board.ts';
import { wasStopped } from './dues.ts';
import { progressOf } from './stages.ts';

/** What is to be done next with a plan that stands, before the merge and after it. */
export const applyNext = (
  facts: BoardFacts,
  project: Project,
  plan: Run,
): Pick<BoardRow, 'next' | 'afterMerge' | 'byItself' | 'unmet' | 'after'> => {
  if (facts.noApply != null) return { next: 'nothing here: it is not applied' };
  const missing = facts.missing?.get(project.key);
  const rules = [
    ...(facts.pull.draft ? ['somebody to mark it as ready for review'] : []),
    ...(missing === undefined ? [] : [missing]),
  ];
  const after = waitsForOthers(facts, project);
  const wants = [...rules, ...(after.length === 0 ? [] : [`${quotedList(after)} to be applied`])];
  const asked = {
    ...(rules.length === 0 ? {} : { unmet: true as const }),
    ...(after.length === 0 ? {} : { after }),
  };
  if (facts.pull.state === 'open' && project.settings.apply.kind === 'merge')
    return {
      ...asked,
      next: [...wants, 'the merge, which applies it'].join(', then '),
      afterMerge: wants.length === 0 ? 'ready' : 'waits',
    };
  const due = dueOf(facts, project);
  const byMerge = project.settings.apply.kind === 'merge' && due !== undefined;
  const byItself = byMerge
    ? isAgreed(due, plan.plan?.digest)
    : due === undefined && facts.byRule?.has(project.key);
  if (byItself === true && !wasStopped(facts.runs, plan))
    return {
      ...asked,
      next: [...wants, 'its apply, which begins by itself'].join(', then '),
      byItself: true,
    };
  return { ...asked, next: [...wants, command('apply', project)].join(', then ') };
};

/** Names of the projects that have to be applied before it. Of two that the merge applies, it is the merge that is waited for. */
export const waitsForOthers = (facts: BoardFacts, project: Project): readonly string[] => {
  const { batch, runs, dues = [], pull } = facts;
  const isByMerge = ({ settings }: Project): boolean =>
    pull.state === 'open' && settings.apply.kind === 'merge';
  return notAppliedBefore(progressOf(batch, { runs, dues }), project)
    .filter((other) => !(isByMerge(project) && isByMerge(other) && isPlanned(runs, other)))
    .map(({ name }) => name);
};

/**
 * A project that is planned by itself when others were applied, or right now; null: it may be planned, or it is not open any more.
 * What only the merge applies is waited for by the merge.
 */
export const stageOf = (
  facts: BoardFacts,
  project: Project,
): Pick<BoardRow, 'next' | 'after' | 'afterMerge' | 'problem'> | null => {
  const { batch, runs, dues = [], pull } = facts;
  const progress = progressOf(batch, { runs, dues });
  if (!isOpen(facts, project) || !lacksPlan(progress, project)) return null;
  const before = plannedAfter(progress, project);
  const after = before.map(({ name }) => name);
  if (after.length === 0) {
    const hasTurn =
      usesAny(progress, project) &&
      newestRun(progress, project, 'plan')?.headSha !== progress.head &&
      batch?.left.some((one) => one.project === project.name) === false;
    return hasTurn ? { next: 'its turn; it is planned by itself now', after, problem: null } : null;
  }
  const [stop] = stoppedBy(progress, project);
  const problem = stop === undefined ? null : notPlannedYet(progress, project);
  if (pull.state === 'open' && [project, ...before].every(({ settings }) => settings.apply.kind === 'merge'))
    return {
      next: `the merge, which applies ${quotedList(after)}; it is planned by itself after that`,
      after,
      afterMerge: problem === null ? 'ready' : 'waits',
      problem,
    };
  if (waitsThrough(project, before))
    return {
      next: `${quotedList(after)} to be planned, which may change what it uses; it is planned by itself when that is settled`,
      after,
      problem,
    };
  return {
    next: `${quotedList(after)} to be applied${toBeKnown(project, after)}; it is planned by itself then`,
    after,
    problem,
  };
};

/** What of a project's feeds only these applies tell. */
const toBeKnown = ({ settings }: Project, after: readonly string[]): string => {
  const names = settings.feeds.flatMap(({ name, project }) => (after.includes(project) ? [name] : []));
  if (names.length === 0) return '';
  if (names.length > 5) return `, after which what it is fed is known`;
  return `, after which ${quotedList(names)} ${names.length === 1 ? 'is' : 'are'} known`;
};

const isPlanned = (runs: readonly Run[], { key }: Project): boolean =>
  runs.some((run) => run.verb === 'plan' && run.project.key === key && run.state === 'planned' && !run.spent);

const dueOf = ({ dues }: BoardFacts, { key }: Project): Due | undefined =>
  dues?.find(({ project }) => project === key);

/** Is there something left that may be done with it? After a merge, what that asked for. */
export const isOpen = (facts: BoardFacts, project: Project): boolean =>
  facts.pull.state === 'open' || dueOf(facts, project)?.ended === null;

export const notAgreed = (facts: BoardFacts, project: Project, { plan }: Run): Problem | null => {
  const due = dueOf(facts, project);
  return due === undefined || isAgreed(due, plan?.digest) ? null : mergeDiffers(due, project);
};

/** The newer commit that was applied and that holds what this merge brought; null: that is not how it ended. */
export const containedIn = (facts: BoardFacts, project: Project): NonNullable<BoardRow['within']> | null => {
  if (dueOf(facts, project)?.ended !== 'contained') return null;
  const applied = facts.appliedCommits?.find((one) => one.project === project.key);
  return applied === undefined ? null : { commit: applied.commit, pullNumber: applied.pullNumber };
};

/** What became of it where nothing was applied. */
export const endedDue = (facts: BoardFacts, project: Project): Problem | null => {
  const { ended, commit } = dueOf(facts, project) ?? {};
  if (commit === undefined) return null;
  if (ended === 'contained') {
    const within = containedIn(facts, project);
    const by = within === null ? '' : `, \`${within.commit.slice(0, 12)}\`, by #${within.pullNumber}`;
    return {
      code: 'contained',
      sentence: `A newer commit of \`${facts.pull.base.ref}\` that holds \`${short(commit)}\` was applied${by}.`,
      advice: 'There is nothing to do.',
    };
  }
  if (ended === 'gone')
    return {
      code: 'given-up',
      sentence: `The merge does not apply \`${project.name}\`: \`${short(commit)}\` has no such project, or its rules do not have it applied by a merge any more.`,
      advice: `What it brought is in \`${facts.pull.base.ref}\`: the next plan of the project shows it.`,
    };
  if (ended === 'overtaken')
    return {
      code: 'overtaken',
      sentence: `The apply of a newer commit of \`${facts.pull.base.ref}\` that holds \`${short(commit)}\` was begun, so nothing older is applied.`,
      advice: 'What this one brought is part of that one: its pull request says how that stands.',
    };
  if (ended !== 'given-up') return null;
  return {
    code: 'given-up',
    sentence: 'Its apply after the merge was given up.',
    advice: `What it brought is in \`${facts.pull.base.ref}\`: the next plan of \`${project.name}\` shows it.`,
  };
};

/** What goes on elsewhere, or could, of a merged pull request. What only waits for its rules, or for somebody, begins here. */
export const insteadOf = (facts: BoardFacts): ((project: Project) => Pick<BoardRow, 'instead'>) => {
  const { pull, batch, followup } = facts;
  if (pull.merged === null || batch === null || followup === undefined || facts.noApply != null)
    return () => ({});
  const { left } = leftOf({
    head: pull.head.sha,
    affected: batch.affected,
    dues: facts.dues ?? [],
    runs: facts.runs,
    unresolved: (facts.unresolved ?? []).map(({ run }) => run),
    used: facts.used,
    waits: new Set(facts.waits.map(({ project }) => project)),
    isContained: () => false,
  });
  const instead =
    followup === null ? '`/followup` opens a new pull request for it' : `#${followup} goes on with it`;
  return ({ key }) => (left.some((one) => one.key === key && one.because !== 'waits') ? { instead } : {});
};

/** Names may hold anything a YAML file can: what would not survive a command line is left to the bare verb. */
export const command = (verb: string, project: Project, more = ''): string => {
  const name = /^[\w.][\w./-]*$/.test(project.name) ? ` -p ${project.name}` : '';
  return `\`/${verb}${more === '' ? '' : ` ${more}`}${name}\``;
};
