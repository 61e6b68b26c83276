import { askIdOf } from '../domain/asked.ts';
import type { Batch } from '../domain/batch.ts';
import { isOfPart } from '../domain/ending.ts';
import type { ProjectKey, RunId } from '../domain/ids.ts';
import { isOperation } from '../domain/operation.ts';
import type { PullRef, RepoRef } from '../domain/pull.ts';
import { changesWorld, isOver, isRefused, type Run, type RunEvent } from '../domain/run.ts';
import type { PullKey, RunChange, StoreTables } from '../store/port.ts';
import { beginConvergence, holdsLock } from './convergence/begin.ts';
import { endDeployment } from './deployment.ts';
import { lookAfter } from './drift/after-apply.ts';
import { isCorrecting, settleCorrection } from './drift/correction.ts';
import { endsItsLock, openDues, settleByItself } from './dues.ts';
import { noteForMerge } from './merge-asks.ts';
import { nudgeAfterRun } from './nudge.ts';
import { wakeAfterRun } from './pending-wakes.ts';
import type { FlowPorts } from './ports.ts';
import { wantBoard, wantReaction, wantReply } from './report.ts';
import { endStage } from './stages.ts';

type Ports = Pick<FlowPorts, 'store' | 'clock' | 'newId'>;
type Making = Pick<FlowPorts, 'clock' | 'newId'>;

const keyOf = (pull: PullRef): PullKey => ({ repositoryId: pull.repo.id, pullNumber: pull.number });

/** Wakes the first in line for a lock that nobody holds. Waking twice is harmless: it looks afresh. */
export const grantNext = async (
  tables: StoreTables,
  ports: Making,
  repo: RepoRef,
  project: ProjectKey,
): Promise<void> => {
  if ((await tables.locks.get(project)) !== null) return;
  const [first] = await tables.locks.waiters(project);
  if (first === undefined) return;
  await tables.deliveries.record({
    id: `tidegate-${ports.newId()}`,
    event: 'lock_freed',
    action: null,
    repository: `${repo.owner}/${repo.name}`,
    trigger: { kind: 'lock_freed', pull: { repo, number: first.pullNumber }, project },
    receivedAt: ports.clock.now(),
  });
};

/**
 * Gives a lock back, unless an apply runs under it or nobody knows how one ended: then it is only
 * marked, and goes when that is over. No road frees a lock but this one; `hand-over.ts` passes one on.
 */
export const releaseLock = async (
  tables: StoreTables,
  ports: Making,
  pull: PullRef,
  project: ProjectKey,
): Promise<'released' | 'at-end' | 'not-held'> => {
  const key = keyOf(pull);
  const lock = await tables.locks.get(project);
  if (lock === null || lock.pullNumber !== pull.number) return 'not-held';
  const busy = await tables.runs.ofPull(key, ['queued', 'running', 'unresolved']);
  if (busy.some((run) => changesWorld(run.verb) && run.project.key === project && run.state !== 'queued')) {
    await tables.locks.releaseAtEnd(project, key);
    return 'at-end';
  }
  if (await holdsLock(tables, project, pull.number)) return 'at-end';
  await tables.locks.release(project, key);
  await tables.audit.append({
    at: ports.clock.now(),
    kind: 'lock.released',
    actor: null,
    ...key,
    runId: null,
    facts: { project },
  });
  await grantNext(tables, ports, pull.repo, project);
  return 'released';
};

/** Takes what was planned or is being planned for a project away: without its lock it means nothing. */
export const voidPlans = async (
  tables: StoreTables,
  key: PullKey,
  of: (project: ProjectKey) => boolean,
  at: number,
): Promise<readonly RunId[]> => {
  const ended: RunId[] = [];
  for (const run of await tables.runs.ofPull(key, ['queued', 'running', 'planned'])) {
    if (!of(run.project.key)) continue;
    if ((await tables.runs.move(run.id, { kind: 'superseded' }, at)) !== null) ended.push(run.id);
  }
  return ended;
};

/**
 * Stage 9 for a run: its end, its lock, what has to be planned again, a row that says how, and the
 * wish to say so, all or nothing. Whoever comes at the same time (a push, an unlock, the death of the server) finds a
 * run under way, or everything that follows from its end. Null: somebody else ended it.
 */
export const endRun = (
  ports: Ports,
  run: Run,
  event: RunEvent,
  change: RunChange = {},
): Promise<Run | null> =>
  ports.store.transact(async (tables) => {
    const at = ports.clock.now();
    const ended = await tables.runs.move(run.id, event, at, change);
    if (ended === null) return null;
    const batch = await tables.batches.get(run.batchId);
    if (batch === null) throw new Error(`run ${run.id} has no batch`);
    const pull: PullRef = { repo: batch.repo, number: run.pullNumber };
    await tables.audit.append({
      at,
      kind: `${ended.verb}.${ended.state}`,
      actor: ended.actor?.login ?? null,
      ...keyOf(pull),
      runId: ended.id,
      facts: {
        project: ended.project.key,
        head: ended.headSha,
        artifact: ended.plan?.artifact ?? null,
        planDigest: ended.plan?.digest ?? null,
        problem: ended.problem?.code ?? null,
        begun: ended.startedAt !== null,
        ...changesOf(ended),
        ...policiesOf(ended),
      },
    });
    const isLookedAt = await beginConvergence(tables, ports, pull, ended);
    await settleLock(tables, ports, pull, ended, event);
    await settleByItself(tables, ports, pull, ended, (one) => isCorrecting(tables, one));
    if (await settleCorrection(tables, ports, ended))
      await releaseLock(tables, ports, pull, ended.project.key);
    if (ended.state === 'unresolved') await wakeToLook(tables, ports, pull, ended);
    if (await wantsPlan(tables, ended, event)) await planAgain(tables, ports, pull, ended);
    if (changesWorld(ended.verb) && ended.state === 'applied') await planSiblings(tables, ports, pull, ended);
    await noteForMerge(tables, ports, pull, ended);
    await endStage(tables, ports, pull, ended);
    await wakeAfterRun(tables, ports, pull, ended);
    if (!isLookedAt) await lookAfter(tables, ports, ended);
    await wantBoard({ store: tables, clock: ports.clock }, pull);
    await nudgeAfterRun(tables, ports, pull, batch, ended, event);
    await endDeployment(tables, ports, pull, ended);
    await answerBatch(tables, ports, pull, batch);
    return ended;
  });

/** What its plan does; nothing where there is none. */
const changesOf = ({ verb, plan }: Run) =>
  verb !== 'plan' || plan === null
    ? {}
    : { hasChanges: plan.summary.hasChanges, changes: plan.summary.counts };

/** What programs said of it; nothing where none was asked. */
const policiesOf = ({ plan }: Run): { readonly policies?: Readonly<Record<string, string>> } => {
  const policies = plan?.policies ?? [];
  return policies.length === 0
    ? {}
    : { policies: Object.fromEntries(policies.map(({ name, outcome }) => [name, outcome])) };
};

/**
 * An edited comment notifies nobody; the reaction and the answer to the command do. They are wished for
 * with the end of its last run, so that whoever asked hears of it whatever happens to this server.
 */
const answerBatch = async (
  tables: StoreTables,
  ports: Making,
  pull: PullRef,
  batch: Batch,
): Promise<void> => {
  const { actor } = batch;
  const id = askIdOf(batch);
  if (id === null || actor === null) return;
  const runs = await tables.runs.ofBatch(batch.id);
  if (runs.some((run) => !isOver(run.state))) return;
  const to = { store: tables, clock: ports.clock };
  if (batch.verb === 'plan') {
    // Cut off by a newer push or a stop, it is somebody else's to finish.
    if (
      runs.some(
        (run) => !['planned', 'failed'].includes(run.state) || run.problem?.code === 'plan-interrupted',
      )
    )
      return;
    const planned = batch.problem === null && runs.every((run) => run.state === 'planned');
    return wantReaction(to, pull, id, planned ? '+1' : 'confused');
  }
  const applied = runs.every((run) => run.state === 'applied');
  await wantReaction(to, pull, id, applied ? 'rocket' : 'confused');
  const [operation] = runs.filter(({ verb }) => isOperation(verb));
  if (operation !== undefined)
    return wantReply(to, pull, id, { kind: 'operated', login: actor.login, run: operation.id });
  if (batch.left.length === 0 && !runs.some(isRefused)) return;
  await wantReply(to, pull, id, {
    kind: 'refusals',
    login: actor.login,
    command: '/apply',
    batchId: batch.id,
    left: [...batch.left],
  });
};

/** A plan without changes and one that failed leave nothing to protect: whoever waits may go on. */
const settleLock = async (
  tables: StoreTables,
  ports: Making,
  pull: PullRef,
  ended: Run,
  event: RunEvent,
): Promise<void> => {
  const { project, verb, state, plan, problem } = ended;
  const lock = await tables.locks.get(project.key);
  if (lock === null || lock.pullNumber !== pull.number) return;
  const marked = lock.releaseAtEnd && changesWorld(verb) && state !== 'unresolved';
  const unchanged = state === 'planned' && plan?.summary.hasChanges === false;
  // One that was cut off is planned again at once, and keeps its place.
  const failed =
    verb === 'plan' && (state === 'failed' || state === 'cancelled') && problem?.code !== 'plan-interrupted';
  const key = keyOf(pull);
  if (marked) {
    // What was planned under the lock since it was given up ends with it, and gets its turn in the line.
    const ended = await voidPlans(tables, key, (one) => one === project.key, ports.clock.now());
    if (ended.length > 0) await tables.locks.wait(project.key, key, ports.clock.now());
  }
  // Somebody who answers for an outcome has it planned again under the lock.
  const isOver = event.kind !== 'acknowledged' && (await endsItsLock(tables, ended));
  const unused = isOperation(verb) && state !== 'unresolved' && !(await isStaked(tables, key, project.key));
  const unneeded = unchanged || failed || unused;
  if (marked || isOver || (unneeded && !(await wasApplied(tables, key, project.key))))
    await releaseLock(tables, ports, pull, project.key);
};

/** Is there a plan of it that the lock protects, or one to come? */
const isStaked = async (tables: StoreTables, key: PullKey, project: ProjectKey): Promise<boolean> => {
  const runs = await tables.runs.latest(key);
  const plan = runs.find((run) => run.verb === 'plan' && run.project.key === project);
  if (plan === undefined || !isOver(plan.state)) return plan !== undefined;
  return plan.state === 'planned' && plan.plan?.summary.hasChanges === true;
};

/** An apply of a plan for part of the project (`-target`), or for its end: what is left to do is planned, not forgotten. */
const leftSomething = async (tables: StoreTables, applied: Run): Promise<boolean> => {
  const planRun = applied.planRunId === null ? null : await tables.runs.get(applied.planRunId);
  const lock = await tables.locks.get(applied.project.key);
  return planRun !== null && isOfPart(planRun) && lock?.pullNumber === applied.pullNumber;
};

/** A plan that was cut off, and one that no longer fits, unless there is a newer one already. */
const wantsPlan = async (tables: StoreTables, ended: Run, event: RunEvent): Promise<boolean> => {
  // What it did and what it left is planned, unless the lock was given up meanwhile.
  if (event.kind === 'acknowledged')
    return (await tables.locks.get(ended.project.key))?.pullNumber === ended.pullNumber;
  if (ended.verb === 'plan') return ended.problem?.code === 'plan-interrupted';
  if (ended.state === 'applied') return isOperation(ended.verb) || leftSomething(tables, ended);
  // The state is another one, or what it was asked for is not what would be planned now.
  if (isOperation(ended.verb))
    return ended.state === 'failed' && (ended.startedAt !== null || ended.problem?.code === 'plan-stale');
  // Its plan is used up, and nothing of it was done.
  if (ended.problem?.code === 'apply-interrupted')
    return ended.state === 'failed' && ended.startedAt !== null;
  if (ended.problem?.code !== 'plan-stale' && ended.problem?.code !== 'artifact-damaged') return false;
  const runs = await tables.runs.latest(ended);
  const newest = runs.find((run) => run.verb === 'plan' && run.project.key === ended.project.key);
  return newest?.id === ended.planRunId;
};

/** Has the project planned anew. Waking twice is harmless: it looks afresh. */
export const planAgain = async (
  tables: StoreTables,
  ports: Making,
  pull: PullRef,
  run: Run,
): Promise<void> => {
  await tables.deliveries.record({
    id: `tidegate-${ports.newId()}`,
    event: 'plan_stale',
    action: null,
    repository: `${pull.repo.owner}/${pull.repo.name}`,
    trigger: { kind: 'stale', pull, project: run.project.key },
    receivedAt: ports.clock.now(),
  });
};

/** Plans of other pull requests that stand were made of a world, or a state, that is another one now. They hold no lock, or they would be in line. */
const planSiblings = async (
  tables: StoreTables,
  ports: Making,
  { repo, number }: PullRef,
  applied: Run,
): Promise<void> => {
  for (const { pullNumber } of await tables.runs.standing(repo.id, applied.project.key))
    if (pullNumber !== number) await planAgain(tables, ports, { repo, number: pullNumber }, applied);
};

/** Has the state of an apply whose outcome is not known looked at. Waking twice is harmless: it looks afresh. */
export const wakeToLook = async (
  tables: StoreTables,
  ports: Making,
  pull: PullRef,
  run: Run,
): Promise<void> => {
  await tables.deliveries.record({
    id: `tidegate-${ports.newId()}`,
    event: 'apply_unresolved',
    action: null,
    repository: `${pull.repo.owner}/${pull.repo.name}`,
    trigger: { kind: 'look', pull, runId: run.id },
    receivedAt: ports.clock.now(),
  });
};

/** Until the merge, what a pull request applied is in the world and not in the base branch: the lock must stay. */
const wasApplied = async (tables: StoreTables, key: PullKey, project: ProjectKey): Promise<boolean> => {
  if ((await openDues(tables, key, project)).length > 0) return false;
  const runs = await tables.runs.ofPull(key, ['running', 'applied', 'failed', 'unresolved']);
  return runs.some((run) => changesWorld(run.verb) && run.project.key === project && run.startedAt !== null);
};
