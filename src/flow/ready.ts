import type { ApplyCause } from '../domain/batch.ts';
import type { Due } from '../domain/due.ts';
import type { ProblemCode } from '../domain/problem.ts';
import type { Actor, Pull } from '../domain/pull.ts';
import { isAbout, type Rebuild } from '../domain/rebuild.ts';
import type { Run } from '../domain/run.ts';
import { admitApply, keyOf } from './admit.ts';
import { beginsByRule } from './apply-facts.ts';
import { planAgain } from './conclude.ts';
import { followCorrection } from './drift/correct.ts';
import { isWaiting, openDues, wasStopped } from './dues.ts';
import { type Followed, nothing } from './followed.ts';
import { wantNudge } from './nudge.ts';
import type { FlowPorts } from './ports.ts';
import { wantBoard } from './report.ts';
import { verdictOf } from './why.ts';
import type { Wish } from './wish.ts';

/** What does not come true by itself. */
const takesPeople: ReadonlySet<ProblemCode> = new Set(['merge-differs', 'not-approved', 'policy-failed']);

/** What would begin without a command. */
interface Beginning {
  readonly cause: Exclude<ApplyCause, 'command' | 'drift'>;
  /** Whose word it counts for: who merged, who wrote the pull request, or who asked for all of an environment. */
  readonly actor: Actor | null;
}

/** Null: somebody has to command it. */
const beginningOf = (
  ports: FlowPorts,
  pull: Pull,
  planRun: Run,
  due: Due | undefined,
  rebuild: Rebuild | null,
): Beginning | null => {
  if (due !== undefined) return { cause: 'merge', actor: due.by };
  if (pull.state !== 'open') return null;
  const { project } = planRun;
  if (isAbout(rebuild, planRun) && !beginsByRule(ports, planRun, project))
    return { cause: 'rebuild', actor: rebuild.actor };
  return project.settings.apply.kind === 'auto' ? { cause: 'rule', actor: pull.author } : null;
};

/**
 * Begins the apply of a plan that needs no command: what a merge asks for, or what a rule lets begin by itself. All that an apply
 * has to meet is looked at first, so that one which would only be refused is not begun; the comment says what is awaited, and it is
 * looked at again when that may be there.
 */
export const followReady = async (
  ports: FlowPorts,
  { pull, project }: Extract<Wish, { kind: 'ready' }>,
): Promise<Followed> => {
  const { store } = ports;
  const key = keyOf(pull);
  const runs = await store.runs.latest(key);
  const planRun = runs.find((run) => run.verb === 'plan' && run.project.key === project);
  const planBatch = await store.batches.latest(key, 'plan');
  if (planRun === undefined || planBatch === null || !isWaiting(planRun)) return nothing;
  const busy = await store.runs.ofPull(key, ['queued', 'running']);
  const isBusy = busy.some(({ planRunId }) => planRunId === planRun.id);
  if (pull.drift !== undefined)
    return isBusy ? nothing : followCorrection(ports, pull, { planRun, planBatch, runs });
  const [due] = await openDues(store, key, project);
  const beginning = beginningOf(ports, pull, planRun, due, await store.rebuilds.get(key));
  if (beginning === null || wasStopped(runs, planRun) || isBusy) return nothing;
  const { holds, problem } = await verdictOf(ports, { pull, ...beginning }, planRun, null);
  const admitted = holds
    ? await admitApply(ports, { pull, ...beginning, id: null, planBatch, plans: [planRun], left: [] })
    : null;
  // An apply that somebody commands would find it, and end with a new plan.
  if (problem?.code === 'plan-stale')
    await store.transact((tables) => planAgain(tables, ports, pull.ref, planRun));
  await wantBoard(ports, pull.ref);
  // Whoever merged it has gone on to something else.
  if (due !== undefined && problem !== null && takesPeople.has(problem.code))
    await wantNudge(ports, pull.ref, { kind: 'after-merge', commit: due.commit });
  return { ...nothing, admitted };
};
