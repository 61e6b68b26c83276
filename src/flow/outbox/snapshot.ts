import type { Batch } from '../../domain/batch.ts';
import { turnAfter } from '../../domain/button.ts';
import type { AppliedCommit, Due } from '../../domain/due.ts';
import type { ProjectKey, RunId } from '../../domain/ids.ts';
import { fullNameOf, type Pull, type PullRef } from '../../domain/pull.ts';
import type { ShownPlans } from '../../domain/rules/board-history.ts';
import { botRule } from '../../domain/rules/bots.ts';
import { isOver, type Run } from '../../domain/run.ts';
import type { BoardView } from '../../render/view.ts';
import type { Report } from '../../store/reports/port.ts';
import { beginsByRule } from '../apply-facts.ts';
import { type BoardFacts, boardView } from '../board.ts';
import { looksAt } from '../look.ts';
import { type LostApprovals, lostApprovals } from '../lost-approvals.ts';
import { type MissingPorts, missingOf } from '../missing.ts';
import { duesNow } from '../order.ts';
import { pendingsOn } from '../pending-board.ts';
import { authoredBy } from '../permit.ts';
import type { FlowPorts } from '../ports.ts';
import { glassNotes } from '../post-mortem.ts';
import { standingPlans } from '../press.ts';
import { refusedGroup } from '../refused-group.ts';
import { sinceShown } from '../since-shown.ts';
import { suspendedOn } from '../suspended/shown.ts';
import { boardFacts } from './board-facts.ts';
import type { ButtonFacts } from './buttons.ts';

export interface SnapshotPorts extends MissingPorts, Pick<FlowPorts, 'space' | 'pageUrl' | 'sign'> {
  /** The server begins no run any more: it waits for its applies, and the next one goes on. */
  readonly isDraining?: () => boolean;
}

/** A pull request as it stood at one moment: all of its things are rendered from this, so it is read once for all of them. */
export interface Snapshot {
  /** Unix milliseconds: when the store was read. */
  readonly at: number;
  readonly pull: Pull;
  readonly batch: Batch | null;
  readonly view: BoardView;
  /** Runs are under way: what is said now will be said anew. */
  readonly early: boolean;
  readonly parked: readonly Report[];
  /** What the board shows of each project. */
  readonly plans: ShownPlans;
  /** How many times somebody else had changed the board. */
  readonly alterations: number;
  readonly buttons: ButtonFacts;
  /** Projects whose plan was approved and is another one now, though nobody pushed or asked; null: none. */
  readonly lostApprovals: LostApprovals | null;
}

/** Those beyond are counted by nobody. */
const headsUpTo = 100;

export const snapshotOf = async (ports: SnapshotPorts, ref: PullRef): Promise<Snapshot> => {
  const { store, forge } = ports;
  const key = { repositoryId: ref.repo.id, pullNumber: ref.number };
  const at = ports.clock.now();
  const [
    pull,
    batch,
    heads,
    runs,
    unresolved,
    waits,
    parked,
    noRoom,
    trust,
    previews,
    locks,
    press,
    mergeAsk,
  ] = await Promise.all([
    forge.pull(ref),
    store.batches.latest(key, 'plan'),
    store.batches.heads(key, headsUpTo),
    store.runs.latest(key),
    store.runs.ofPull(key, ['unresolved']),
    store.locks.waitsOf(key),
    store.reports.parkedOf(key),
    ports.space.isLow(),
    store.trusts.get(key),
    store.previews.ofPull(key),
    store.locks.ofPull(key),
    store.deliveries.lastPress(key),
    store.mergeAsks.get(key),
  ]);
  const held = await Promise.all(waits.map((wait) => store.locks.get(wait.project)));
  const newest = new Set(runs.map((run) => run.id));
  const looks = await looksAt(ports, unresolved);
  const older = [...runs, ...unresolved].flatMap(({ planRunId }) =>
    planRunId === null || newest.has(planRunId) ? [] : [planRunId],
  );
  const used = await Promise.all(older.map((id) => store.runs.get(id)));
  const plans = shownPlans(batch, runs);
  const alterations = (await store.boardHistories.get(key))?.altered.length ?? 0;
  const { needs, since } = await missingOf(ports, pull, batch, runs);
  const dues = await duesNow(ports, pull);
  const facts = boardFacts({ pull, batch, runs, sign: ports.sign });
  const early = runs.some((run) => !isOver(run.state));
  const view = boardView({
    pull,
    batch,
    runs,
    used: used.filter((run) => run !== null),
    waits,
    held: held.filter((lock) => lock !== null),
    trust,
    previews,
    missing: needs,
    dues,
    appliedCommits: await appliedWith(ports, dues),
    byRule: byRule(ports, runs),
    mergeAsk,
    convergences: await store.convergences.ofRuns(appliesOf(runs)),
    ...(await followupOf(ports, pull)),
    refusedGroup: await refusedGroup(ports, pull),
    pendings: await pendingsOn(ports, pull, batch, runs),
    since,
    heads,
    sinceShown: early ? new Map() : await sinceShown(ports, runs),
    noApply: botRule('apply', null, authoredBy(ports, pull))?.problem ?? null,
    unresolved: unresolved.map((run) => ({ run, look: looks.get(run.id) ?? null })),
    standing: ports.isDraining?.() === true ? 'restart' : noRoom ? 'room' : null,
    runUrl: (id) => ports.pageUrl(`/runs/${id}`),
    runsUrl: runsPageOf(ports, ref),
  });
  const buttons = {
    standing: standingPlans(batch, runs),
    locked: new Set(locks.map(({ project }) => project)),
    turn: turnAfter(press, ports.sign),
  };
  const lost = early ? null : await lostApprovals(store, batch, runs, since);
  const lasting = { at, pull, batch, early, parked, plans, alterations, buttons };
  const suspended = await suspendedOn(ports, batch, runs);
  const breakGlass = await glassNotes(store, key, runs);
  const rollback = await store.rollbacks.of(key, pull.head.sha);
  const known = {
    ...view,
    ...(suspended.length === 0 ? {} : { suspended }),
    ...(breakGlass.length === 0 ? {} : { breakGlass }),
    ...(rollback === null ? {} : { rollback }),
  };
  return { ...lasting, view: { ...known, facts }, lostApprovals: lost };
};

/** The list of the pull request's runs. */
export const runsPageOf = (
  { pageUrl }: Pick<SnapshotPorts, 'pageUrl'>,
  { repo, number }: PullRef,
): string | null =>
  pageUrl(`/runs?${new URLSearchParams({ repository: fullNameOf(repo), pull: String(number) })}`);

const appliesOf = (runs: readonly Run[]): readonly RunId[] =>
  runs.filter(({ verb, state }) => verb === 'apply' && state === 'applied').map(({ id }) => id);

/** Of what newer commits brought with them. */
const appliedWith = async (
  { store }: SnapshotPorts,
  dues: readonly Due[],
): Promise<readonly AppliedCommit[]> => {
  const contained = dues.filter(({ ended }) => ended === 'contained');
  const found = await Promise.all(contained.map(({ project }) => store.appliedCommits.get(project)));
  return found.filter((one) => one !== null);
};

/** Projects whose plan is one that the rules let be applied without a command. */
const byRule = (ports: SnapshotPorts, runs: readonly Run[]): ReadonlySet<ProjectKey> =>
  new Set(
    runs.flatMap((run) =>
      run.verb === 'plan' && beginsByRule(ports, run, run.project) ? [run.project.key] : [],
    ),
  );

/** The plan of each project that people are asked to look at. One that was applied is no question any more. */
const shownPlans = (batch: Batch | null, runs: readonly Run[]): ShownPlans =>
  new Map(
    (batch?.affected ?? []).map(({ key }) => {
      const plan = runs.find((run) => run.verb === 'plan' && run.project.key === key);
      if (plan?.state !== 'planned' || plan.plan === null) return [key, null];
      return [key, { digest: plan.plan.digest, commit: plan.headSha }];
    }),
  );

/** Nothing to say: no project is affected or removed, or a draft that nobody asked about. */
export const isQuiet = (view: BoardView): boolean =>
  view.rows.length === 0 &&
  (view.problem === null
    ? !view.skipped.some((project) => project.removed === true)
    : view.problem.code === 'draft') &&
  (view.notes ?? null) === null;

/** Nothing is offered where nothing may be applied. */
const followupOf = async (
  { store, forge, operator }: Pick<SnapshotPorts, 'store' | 'forge' | 'operator'>,
  { ref, merged, base }: Pull,
): Promise<Pick<BoardFacts, 'followup'>> => {
  if (merged === null || !operator.appliesInto(fullNameOf(ref.repo), base)) return {};
  const known = await store.followups.latest({ repositoryId: ref.repo.id, pullNumber: ref.number });
  if (known === null || known.number === null) return { followup: null };
  const { state } = await forge.pull({ ...ref, number: known.number });
  return { followup: state === 'open' ? known.number : null };
};
