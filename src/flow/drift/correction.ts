import { isUnsettled } from '../../domain/convergence/unsettled.ts';
import {
  afterApply,
  type Correction,
  cameToNothing,
  isOpen,
  lately,
  letGoOn,
  noCorrection,
  withFound,
} from '../../domain/drift/correction.ts';
import type { Drift, Seen } from '../../domain/drift/drift.ts';
import { blind, seenIn } from '../../domain/drift/found.ts';
import {
  actsByItself,
  everyLimit,
  type Hold,
  limitsOfPlan,
  limitsOfPull,
  mayCorrect,
} from '../../domain/drift/limits.ts';
import { isOpenPull } from '../../domain/drift/pull.ts';
import { type DriftSettings, noDrift } from '../../domain/drift/settings.ts';
import type { ProjectKey, RunId, Sha } from '../../domain/ids.ts';
import type { Project } from '../../domain/project.ts';
import { type Actor, fullNameOf, isOurselves, noPull, type Pull } from '../../domain/pull.ts';
import { changesWorld, isRefused, type Run } from '../../domain/run.ts';
import type { Tracked } from '../../domain/tracked.ts';
import type { StoreTables } from '../../store/port.ts';
import type { FlowPorts } from '../ports.ts';
import { type Asking, factsOf, inHandOf, isOwn, personOf } from './correction-facts.ts';
import { driftSettings, wantDriftIssue } from './told.ts';

type Making = Asking & Pick<FlowPorts, 'newId'>;

/** What stands in the way of a finding that nobody has taken up; `own`: nothing but ourselves, who are at it. */
export const obstacleToCorrection = async (
  tables: StoreTables,
  ports: Asking,
  correction: Correction,
  tracked: Tracked,
  tip: Sha,
): Promise<Hold | 'own' | null> => {
  const row = await tables.drifts.get(tracked.key);
  const issue = await tables.driftIssues.get(tracked.key);
  const inHand = await inHandOf(tables, tracked, issue?.number ?? null);
  if (inHand?.isOwn === true) return 'own';
  const seen = row ?? blind('unknown', 'nobody looks at it');
  return mayCorrect(
    await factsOf(tables, ports, { tracked, correction, seen, tip, inHand: inHand?.because ?? null }),
    driftSettings(tracked).mode === 'pr' ? limitsOfPull : everyLimit,
  );
};

/** What is said of it on the issue is another thing now. */
export const keepBack = async (
  tables: StoreTables,
  ports: Pick<FlowPorts, 'clock'>,
  before: Correction,
  after: Correction,
  tracked: Tracked,
): Promise<void> => {
  await tables.corrections.put(after);
  const isStopped = before.stopped === null && after.stopped !== null;
  if (before.because === after.because && !isStopped) return;
  if (after.because !== null)
    await tables.audit.append({
      at: ports.clock.now(),
      kind: isStopped ? 'drift.oscillates' : 'drift.held',
      actor: null,
      repositoryId: after.repo.id,
      pullNumber: noPull,
      runId: null,
      facts: {
        project: after.project,
        because: after.because,
        fingerprint: after.found?.fingerprint ?? null,
        begun: after.begun.length,
      },
    });
  await wantDriftIssue(tables, ports, tracked);
};

/** The row of one that is held back. */
export const heldBack = (
  correction: Correction,
  { because, again, stops }: Hold,
  now: number,
): Correction => ({
  ...correction,
  ...{ because, wakeAt: again },
  // A clock that was ahead holds it no longer than one that was right.
  begun: lately(correction.begun, now),
  stopped:
    correction.stopped ??
    (stops === true ? { fingerprint: correction.found?.fingerprint ?? '', at: now } : null),
});

/** Whoever is at it has somebody look again in a while, should nothing come of it. */
const laterMs = 5 * 60_000;

/**
 * Is what was found to be put back now? Then its issue is woken; else it is written down why not. Called in a transaction, as often as
 * one likes: what is taken up is taken up once.
 */
export const considerCorrection = async (
  tables: StoreTables,
  ports: Making,
  key: ProjectKey,
): Promise<void> => {
  const { clock } = ports;
  const now = clock.now();
  const [correction, tracked] = [await tables.corrections.get(key), await tables.tracked.get(key)];
  if (correction === null || tracked === null) return;
  const asleep: Correction = { ...correction, wakeAt: null };
  // What was taken up has come to nothing, and the wait behind it is over.
  if (!isOpen(correction)) {
    await tables.corrections.put(asleep);
    if (correction.found !== null) await tables.drifts.ask(key, now);
    return;
  }
  const [row, issue] = [await tables.drifts.get(key), await tables.driftIssues.get(key)];
  // It says what drifts, whatever that is by now, and is looked at by people.
  if (driftSettings(tracked).mode === 'pr' && (await tables.driftPulls.ofProject(key)).some(isOpenPull))
    return keepBack(tables, ports, correction, { ...asleep, because: null }, tracked);
  if ((row?.consecutive ?? 0) < driftSettings(tracked).threshold) return tables.corrections.put(asleep);
  const tip = tracked.desired?.sha;
  const held =
    tip === undefined
      ? { because: 'Its branch was not looked at yet.', again: null }
      : await obstacleToCorrection(tables, ports, correction, tracked, tip);
  if (held === 'own') return tables.corrections.put({ ...correction, wakeAt: now + laterMs });
  if (held !== null) return keepBack(tables, ports, correction, heldBack(correction, held, now), tracked);
  await keepBack(tables, ports, correction, { ...asleep, because: null }, tracked);
  // People are told of it first; the same is asked again when they are.
  if (issue?.number == null || issue.state !== 'open') return;
  await tables.deliveries.record({
    id: `tidegate-${ports.newId()}`,
    event: 'drift_correct',
    action: null,
    repository: fullNameOf(tracked.repo),
    trigger: { kind: 'correct', pull: { repo: tracked.repo, number: issue.number }, project: key },
    receivedAt: now,
  });
};

/** A look has ended, and its row is written. In the same transaction: what it found is put back, where that may be. */
export const noteFound = async (
  tables: StoreTables,
  ports: Making,
  tracked: Tracked,
  { look, seen, row }: { readonly look: RunId; readonly seen: Seen; readonly row: Drift },
): Promise<void> => {
  // It says nothing of the world.
  if (seen.status === 'failed' || seen.status === 'unknown') return;
  const known = await tables.corrections.get(tracked.key);
  const isActing = actsByItself(driftSettings(tracked));
  if (known === null && !isActing) return;
  const before = known ?? noCorrection(tracked.key, tracked.repo);
  const { fingerprint } = row;
  if (seen.status !== 'drifted' || fingerprint === null || !isActing)
    return tables.corrections.put(withFound(before, null));
  await tables.corrections.put(withFound(before, { look, fingerprint, at: ports.clock.now() }));
  await considerCorrection(tables, ports, tracked.key);
};

/** A person lets those go on that came back too often. Called in a transaction. Returns which they were. */
export const letCorrectionsGoOn = async (
  tables: StoreTables,
  { clock }: Pick<FlowPorts, 'clock'>,
  keys: readonly ProjectKey[],
  by: Actor,
): Promise<ReadonlySet<ProjectKey>> => {
  const gone = new Set<ProjectKey>();
  for (const key of keys) {
    const known = await tables.corrections.get(key);
    if (known?.stopped == null) continue;
    const now = clock.now();
    await tables.corrections.put(letGoOn(known, now));
    await tables.audit.append({
      at: now,
      kind: 'drift.resumed',
      actor: by.login,
      repositoryId: known.repo.id,
      pullNumber: noPull,
      runId: null,
      facts: { project: key, fingerprint: known.stopped.fingerprint, since: known.stopped.at },
    });
    gone.add(key);
  }
  return gone;
};

/** Nobody looks any more. */
export const noteUnwatched = async (tables: StoreTables, key: ProjectKey): Promise<void> => {
  const known = await tables.corrections.get(key);
  if (known !== null) await tables.corrections.put(withFound(known, null));
};

/** Is this run part of putting drift back by ourselves? */
export const isCorrecting = async (
  tables: Pick<StoreTables, 'corrections' | 'driftIssues'>,
  run: Run,
): Promise<boolean> => {
  const correction = await tables.corrections.get(run.project.key);
  if (correction?.underWay !== true) return false;
  const issue = await tables.driftIssues.get(run.project.key);
  return issue !== null && isOwn(run, issue.number);
};

/**
 * What the end of a run says of putting drift back. Called with it, all or nothing. True: it came to nothing on the issue, and gives the
 * lock back.
 */
export const settleCorrection = async (
  tables: StoreTables,
  ports: Pick<FlowPorts, 'clock'>,
  ended: Run,
): Promise<boolean> => {
  const { project, verb, state, actor, startedAt, problem, plan } = ended;
  const correction = await tables.corrections.get(project.key);
  if (correction === null) return false;
  if (changesWorld(verb) && startedAt !== null && !isRefused(ended)) {
    const byPerson = state === 'applied' && actor !== null && !isOurselves(actor);
    await tables.corrections.put(afterApply(correction, byPerson));
    return false;
  }
  if (!(await isCorrecting(tables, ended))) return false;
  // It is gone on with.
  if (problem?.code === 'apply-interrupted' || problem?.code === 'plan-interrupted') return false;
  if (state === 'planned' && plan?.summary.hasChanges !== false) return false;
  const now = ports.clock.now();
  if (state === 'planned') {
    await tables.corrections.put(withFound(correction, null));
    await tables.drifts.ask(project.key, now);
    return true;
  }
  const because = problem?.sentence ?? `Its ${verb} was ${state}.`;
  const tracked = await tables.tracked.get(project.key);
  const after = cameToNothing(correction, because, now);
  if (tracked === null) await tables.corrections.put(after);
  else await keepBack(tables, ports, correction, after, tracked);
  return true;
};

/** What keeps the plan of a correction from being applied, held against what it would do and all that is known now. */
export const holdOfPlan = async (
  { store, ...ports }: Asking & Pick<FlowPorts, 'store'>,
  { pull, planRun }: { readonly pull: Pull; readonly planRun: Run },
  project: Project,
): Promise<Hold | null> => {
  const { key } = project;
  const [correction, tracked] = [await store.corrections.get(key), await store.tracked.get(key)];
  const nobody: Hold = { because: 'Nobody has taken up what was found.', again: null };
  if (correction === null || tracked === null || planRun.plan === null) return nobody;
  if (pull.drift !== key || planRun.extra.length > 0 || !(await isCorrecting(store, planRun))) return nobody;
  const settings: DriftSettings = project.settings.drift ?? noDrift;
  const now = ports.clock.now();
  // By which version the plan was made is not known any more. Where it is another one than the look's, that has found more than this does.
  const known = (await store.convergences.unsettled(key)).map((one) => ({ ...one, version: '' }));
  const seen = seenIn(planRun.plan.summary, {
    ...{ commit: planRun.headSha, isApplied: true, ignore: settings.ignore, at: now },
    isUnsettled: isUnsettled(known, () => ''),
  });
  return mayCorrect(
    {
      ...{ name: project.name, now, settings, seen, correction, tracked, tip: pull.head.sha },
      // Asked by everything else that an apply has to meet.
      ...{ inHand: null, suspended: [], closed: [] },
      person: personOf(ports, tracked.repo, project),
    },
    limitsOfPlan,
  );
};

/** What waited for a time to come. */
export const wakeCorrections = async (ports: Making & Pick<FlowPorts, 'store'>): Promise<boolean> => {
  const waking = await ports.store.corrections.waking(ports.clock.now());
  for (const { project } of waking)
    await ports.store.transact((tables) => considerCorrection(tables, ports, project));
  return waking.length > 0;
};
