import { type Convergence, pauseMs } from '../../domain/convergence/convergence.ts';
import { classify, type Left, leftIn } from '../../domain/convergence/left.ts';
import { isUnsettled, leftBefore } from '../../domain/convergence/unsettled.ts';
import { driftedIn } from '../../domain/drift/found.ts';
import { passedOver } from '../../domain/drift/ignore.ts';
import { noDrift } from '../../domain/drift/settings.ts';
import { runId } from '../../domain/ids.ts';
import type { PlanSummary } from '../../domain/plan-summary.ts';
import { type Problem, UserError } from '../../domain/problem.ts';
import type { RepoRef } from '../../domain/pull.ts';
import type { Run } from '../../domain/run.ts';
import { blindness } from '../../domain/sight.ts';
import { ForgeError } from '../../forge/port.ts';
import { FetchFailed } from '../../git/port.ts';
import type { StoreTables } from '../../store/port.ts';
import { isAllowedNow } from '../drift/allowed-now.ts';
import { lookingRun, type Sight, seeWorld } from '../drift/see.ts';
import type { InTurn } from '../merge-group.ts';
import type { FlowPorts } from '../ports.ts';

type Seen = Sight | { readonly problem: Problem };

const notRead: Problem = {
  code: 'internal',
  sentence: 'its repository could not be read',
  advice: '',
};
const failed: Problem = {
  code: 'internal',
  sentence: 'Tidegate failed while it looked; its log says more',
  advice: '',
};

const notAllowedNow: Problem = {
  code: 'internal',
  sentence: 'its repository has another name now, that the operator file does not allow',
  advice: '',
};

/** Plans what was applied once more, where it was planned, and keeps nothing of it. Undefined: this server goes. */
export const lookAgain = async (
  ports: FlowPorts,
  repo: RepoRef,
  { apply, planRun }: { readonly apply: Run; readonly planRun: Run },
  inTurn: InTurn,
): Promise<Seen | undefined> => {
  const { batchId, repositoryId, pullNumber, headSha, baseSha, tree } = apply;
  const { project } = planRun;
  const id = runId(ports.newId());
  const run = lookingRun(ports, { id, batchId, repositoryId, pullNumber, project, headSha, baseSha, tree });
  try {
    if (!(await isAllowedNow(ports, repo))) return { problem: notAllowedNow };
    return await inTurn(run, (control) => seeWorld(ports, run, control));
  } catch (error) {
    if (error instanceof UserError) return { problem: error.problem };
    if (error instanceof FetchFailed || error instanceof ForgeError) return { problem: notRead };
    ports.log.error('an apply could not be looked at', { run: apply.id, error });
    return { problem: failed };
  }
};

type Came = Pick<Convergence, 'outcome' | 'remaining' | 'unsettled' | 'because'>;

/**
 * What a look comes to; a number: when to look once more, in milliseconds. What is left right after an apply may still be on its way:
 * only what is there at a second look, too, is told.
 */
export const judge = async (
  { convergences }: Pick<StoreTables, 'convergences'>,
  row: Convergence,
  applied: { readonly apply: Run; readonly summary: PlanSummary },
  { plan: { summary }, versionOf }: Sight,
  at: number,
): Promise<Came | Pick<Convergence, 'first' | 'dueAt'>> => {
  const { drift = noDrift } = applied.apply.project.settings;
  const known = await convergences.unsettled(row.project);
  const isKnown = isUnsettled(known, versionOf);
  const isPassedOver = passedOver(drift.ignore, at);
  const left = leftIn(summary, versionOf, (change) => isPassedOver(change) || isKnown(change));
  const unsettled = driftedIn(summary).filter(({ change }) => isKnown(change)).length;
  const none = { remaining: [], unsettled, because: null };
  const blind = blindness(summary);
  if (left.length === 0)
    return blind === null
      ? { ...none, outcome: 'settled' }
      : { ...none, outcome: 'unchecked', because: blind };
  if (row.first === null && at + pauseMs < row.until) return { first: left, dueAt: at + pauseMs };
  const wasLeft = (one: Left): boolean => leftBefore(known, one, row.run) !== null;
  const remaining = classify(applied.summary, row.first ?? [], left, wasLeft);
  return { ...none, outcome: 'remains', remaining };
};

/**
 * What never settles, or may not, is kept for the looks of drift and for the next apply, which says which of the two; what did this time is
 * not known any more.
 */
export const remember = async (
  { convergences }: Pick<StoreTables, 'convergences'>,
  { project, run, remaining }: Convergence,
  { plan: { summary } }: Sight,
  at: number,
): Promise<void> => {
  const there = new Set(driftedIn(summary).map(({ change }) => change.address));
  const known = await convergences.unsettled(project);
  for (const { address } of known) if (!there.has(address)) await convergences.forget(project, address);
  for (const { kind, address, paths, provider, version } of remaining) {
    if (kind !== 'unsettled' && kind !== 'once') continue;
    const before = kind === 'once' ? null : leftBefore(known, { address, paths, provider, version }, run);
    const first = before === null ? { run, since: at, again: null } : { ...before, again: run };
    await convergences.remember({ ...first, project, address, paths, provider, version });
  }
};
