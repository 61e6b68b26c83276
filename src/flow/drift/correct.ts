import type { Batch } from '../../domain/batch.ts';
import { everything } from '../../domain/command.ts';
import { cameToNothing, takenUp } from '../../domain/drift/correction.ts';
import type { ProjectKey } from '../../domain/ids.ts';
import { ourselves, type Pull } from '../../domain/pull.ts';
import type { Run } from '../../domain/run.ts';
import { admitApply, keyOf } from '../admit.ts';
import { releaseLock, voidPlans } from '../conclude.ts';
import { discover } from '../discover.ts';
import { wasStopped } from '../dues.ts';
import { followPlan } from '../follow-plan.ts';
import { type Followed, nothing } from '../followed.ts';
import type { FlowPorts } from '../ports.ts';
import { wantBoard } from '../report.ts';
import { verdictOf } from '../why.ts';
import type { Wish } from '../wish.ts';
import { heldBack, isCorrecting, keepBack, obstacleToCorrection } from './correction.ts';
import { openOf } from './follow-drift.ts';
import { openDriftPull, refusal, restoring } from './open-pull.ts';
import { driftSettings } from './told.ts';

type CorrectWish = Extract<Wish, { kind: 'correct' }>;

/**
 * Drift is put back without a command: planned on the issue that tells of it, as if somebody had commented `/plan` there. What was found is
 * taken up once, whatever happens behind it; everything is asked again right before.
 */
export const correct = async (ports: FlowPorts, wish: CorrectWish): Promise<Followed> => {
  const { pull, project } = wish;
  // Whoever closes the issue wants to hear no more of it.
  if (pull.drift !== project || pull.state !== 'open') return nothing;
  const tracked = await ports.store.tracked.get(project);
  if (tracked !== null && driftSettings(tracked).mode === 'pr') return openByItself(ports, wish);
  if (!(await takeUp(ports, wish))) return nothing;
  const begun = await followPlan(ports, {
    ...{ kind: 'plan', pull, asked: null, selector: everything, only: project, inLine: false, extra: [] },
  }).catch(async (error: unknown) => {
    await giveUp(ports, wish, 'It could not be planned.');
    throw error;
  });
  if ((begun.admitted?.runs.length ?? 0) === 0)
    await giveUp(ports, wish, begun.admitted?.batch.problem?.sentence ?? 'It could not be planned.');
  return begun;
};

/** The same for a pull request: it is opened, and people say what becomes of it. */
const openByItself = async (ports: FlowPorts, wish: CorrectWish): Promise<Followed> => {
  const { pull, project: key } = wish;
  if (!(await takeUp(ports, wish)) && !(await wasCutOff(ports, key))) return nothing;
  // Somebody has opened one again that was closed.
  const there = await openOf(ports, pull, key, 'restore');
  const made = there === null ? await open(ports, wish) : { superseded: [] };
  if ('code' in made) return { ...nothing, superseded: await giveUp(ports, wish, made.sentence) };
  await ports.store.transact(async (tables) => {
    const correction = await tables.corrections.get(key);
    if (correction !== null) await tables.corrections.put({ ...correction, underWay: false });
  });
  return { ...nothing, superseded: made.superseded };
};

const open = async (ports: FlowPorts, { pull }: CorrectWish) => {
  const { problem, affected } = await discover(ports, pull);
  const [project] = affected;
  if (problem !== null) return problem;
  return project === undefined
    ? refusal('The branch has no such project any more.', 'There is nothing to put back.')
    : openDriftPull(ports, {
        ...{ issue: pull, project, making: restoring(ports, pull), asker: ourselves, reason: '' },
      });
};

/** What was taken up was not brought to its end: each of its steps may be done again. */
const wasCutOff = async ({ store }: FlowPorts, key: ProjectKey): Promise<boolean> => {
  const correction = await store.corrections.get(key);
  return correction?.found != null && correction.underWay && correction.taken === correction.found.look;
};

const takeUp = (ports: FlowPorts, { pull, project }: CorrectWish): Promise<boolean> =>
  ports.store.transact(async (tables) => {
    const now = ports.clock.now();
    const [correction, tracked] = [await tables.corrections.get(project), await tables.tracked.get(project)];
    if (correction?.found == null || tracked === null) return false;
    const next = takenUp(correction, correction.found.look, now);
    if (next === null) return false;
    const held = await obstacleToCorrection(tables, ports, correction, tracked, pull.head.sha);
    if (held === 'own') return false;
    if (held !== null) {
      await keepBack(tables, ports, correction, heldBack(correction, held, now), tracked);
      return false;
    }
    await keepBack(tables, ports, correction, next, tracked);
    await tables.audit.append({
      at: now,
      kind: driftSettings(tracked).mode === 'pr' ? 'drift.opening' : 'drift.correcting',
      actor: ourselves.login,
      ...keyOf(pull),
      runId: null,
      facts: {
        ...{ project, look: correction.found.look, fingerprint: correction.found.fingerprint },
        begun: next.begun.length,
      },
    });
    return true;
  });

/** What was planned for it is void, and the lock is given back: whoever waits for it has the turn. */
const giveUp = (
  ports: FlowPorts,
  { pull, project }: Pick<CorrectWish, 'pull' | 'project'>,
  because: string,
) =>
  ports.store.transact(async (tables) => {
    const now = ports.clock.now();
    const key = keyOf(pull);
    const [correction, tracked] = [await tables.corrections.get(project), await tables.tracked.get(project)];
    if (correction === null || tracked === null) return [];
    await keepBack(tables, ports, correction, cameToNothing(correction, because, now), tracked);
    const ended = await voidPlans(tables, key, (one) => one === project, now);
    await releaseLock(tables, ports, pull.ref, project);
    return ended;
  });

/** The plan is there: it is applied, by ourselves, if all that an apply has to meet holds. */
export const followCorrection = async (
  ports: FlowPorts,
  pull: Pull,
  {
    planRun,
    planBatch,
    runs,
  }: { readonly planRun: Run; readonly planBatch: Batch; readonly runs: readonly Run[] },
): Promise<Followed> => {
  const project = planRun.project.key;
  if (!(await isCorrecting(ports.store, planRun))) return nothing;
  const why = wasStopped(runs, planRun)
    ? 'Its apply was stopped.'
    : pull.state !== 'open'
      ? 'Its issue was closed.'
      : await whyNot(ports, pull, planRun);
  if (why !== null) {
    const superseded = await giveUp(ports, { pull, project }, why);
    await wantBoard(ports, pull.ref);
    return { ...nothing, superseded };
  }
  const asking = { pull, actor: ourselves, id: null, cause: 'drift' } as const;
  const admitted = await admitApply(ports, { ...asking, planBatch, plans: [planRun], left: [] });
  await wantBoard(ports, pull.ref);
  return { ...nothing, admitted };
};

const whyNot = async (ports: FlowPorts, pull: Pull, planRun: Run): Promise<string | null> => {
  const { holds, problem } = await verdictOf(
    ports,
    { pull, actor: ourselves, cause: 'drift' },
    planRun,
    null,
  );
  return holds ? null : (problem?.sentence ?? 'Not everything that is asked for holds.');
};
