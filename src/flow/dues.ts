import type { Due, DueEnding } from '../domain/due.ts';
import { isOfPart } from '../domain/ending.ts';
import type { ProjectKey } from '../domain/ids.ts';
import type { Project } from '../domain/project.ts';
import type { PullRef } from '../domain/pull.ts';
import { isAbout } from '../domain/rebuild.ts';
import type { Run } from '../domain/run.ts';
import type { PullKey, StoreTables } from '../store/port.ts';
import type { FlowPorts } from './ports.ts';

type Making = Pick<FlowPorts, 'clock' | 'newId'>;

/** What a merge still asks to be applied. */
export const openDues = async (
  store: Pick<StoreTables, 'dues'>,
  pull: PullKey,
  project: ProjectKey | null = null,
): Promise<readonly Due[]> =>
  (await store.dues.ofPull(pull)).filter(
    (due) => due.ended === null && (project === null || due.project === project),
  );

/** Has what a merge asks for looked at. Waking twice is harmless: it looks afresh. */
export const wakeDue = async (
  tables: Pick<StoreTables, 'deliveries'>,
  ports: Making,
  pull: PullRef,
  project: ProjectKey,
): Promise<void> => wake(tables, ports, pull, project, 'due');

/** Has a plan looked at that may be one to apply without a command. */
export const wakeReady = async (
  tables: Pick<StoreTables, 'deliveries'>,
  ports: Making,
  pull: PullRef,
  project: ProjectKey,
): Promise<void> => wake(tables, ports, pull, project, 'ready');

/** A plan that stands and that nobody has begun to apply. */
export const isWaiting = ({ verb, state, spent, plan }: Run): boolean =>
  verb === 'plan' && state === 'planned' && !spent && plan?.summary.hasChanges === true;

/** Something changed that an apply without a command waits for: what waited may begin. */
export const wakeWaiting = async (
  tables: Pick<StoreTables, 'dues' | 'rebuilds' | 'runs' | 'deliveries'>,
  ports: Making,
  pull: PullRef,
  isMeant: (project: Project) => boolean = () => true,
): Promise<void> => {
  const key = { repositoryId: pull.repo.id, pullNumber: pull.number };
  const dues = await openDues(tables, key);
  const rebuild = await tables.rebuilds.get(key);
  for (const run of await tables.runs.latest(key)) {
    if (!isWaiting(run) || !isMeant(run.project)) continue;
    const { key: project, settings } = run.project;
    if (
      settings.apply.kind === 'auto' ||
      isAbout(rebuild, run) ||
      dues.some((due) => due.project === project)
    )
      await wakeReady(tables, ports, pull, project);
  }
};

const wake = async (
  tables: Pick<StoreTables, 'deliveries'>,
  { clock, newId }: Making,
  pull: PullRef,
  project: ProjectKey,
  kind: 'due' | 'ready',
): Promise<void> => {
  await tables.deliveries.record({
    id: `tidegate-${newId()}`,
    event: `apply_${kind}`,
    action: null,
    repository: `${pull.repo.owner}/${pull.repo.name}`,
    trigger: { kind, pull, project },
    receivedAt: clock.now(),
  });
};

/** Ends what a merge asked for, once, with a row that says how. Its pull request is looked at: with the last of them it is over. */
export const endDue = async (
  tables: StoreTables,
  ports: Making,
  pull: PullRef,
  project: ProjectKey,
  ended: DueEnding,
  actor: string | null = null,
): Promise<Due | null> => {
  const key = { repositoryId: pull.repo.id, pullNumber: pull.number };
  const [due] = await openDues(tables, key, project);
  const at = ports.clock.now();
  if (due === undefined || !(await tables.dues.end(key, project, ended, at))) return null;
  const facts = { project, commit: due.commit, ended };
  await tables.audit.append({ at, kind: 'merge.settled', actor, ...key, runId: null, facts });
  await wakeDue(tables, ports, pull, project);
  return due;
};

/**
 * What a merge asked for is done, or there is nothing to do: from now on the project is as that commit describes it. Whoever was
 * merged before and is still due finds that it is contained.
 */
const settleDue = async (
  tables: StoreTables,
  ports: Making,
  pull: PullRef,
  project: ProjectKey,
  ended: 'applied' | 'unchanged',
): Promise<void> => {
  const due = await endDue(tables, ports, pull, project, ended);
  if (due === null) return;
  const { commit, pullNumber } = due;
  await tables.appliedCommits.put({ project, commit, pullNumber, at: ports.clock.now() });
  for (const other of await tables.dues.open(project))
    await wakeDue(tables, ports, { repo: pull.repo, number: other.pullNumber }, project);
};

/**
 * What was applied before a merge, or needs no apply, holds the base branch it was planned with: older merges that are in there and
 * still due find that they are contained, and are not applied over it.
 */
const settleOlder = async (
  tables: StoreTables,
  ports: Making,
  { repo }: PullRef,
  { project: { key: project }, baseSha: commit, pullNumber, ...run }: Run,
): Promise<void> => {
  // After its own merge the base of a run is what was before that.
  const isMerged = (await tables.dues.ofPull({ ...run, pullNumber })).some((due) => due.project === project);
  const others = isMerged ? [] : await tables.dues.open(project);
  if (others.length === 0) return;
  await tables.appliedCommits.put({ project, commit, pullNumber, at: ports.clock.now() });
  for (const other of others) await wakeDue(tables, ports, { repo, number: other.pullNumber }, project);
};

/** Is this the plan or the apply of a part of its project, or of its end (`-target`, `-destroy`)? */
export const isPartial = async (tables: StoreTables, run: Run): Promise<boolean> => {
  const planRun = run.planRunId === null ? run : await tables.runs.get(run.planRunId);
  return planRun !== null && isOfPart(planRun);
};

/**
 * Was what this apply used planned on what its merge asks for? The merge ended every plan of before it, and the next plan says
 * what an apply left that was under way then.
 */
const isOfMerge = async (tables: StoreTables, { planRunId }: Run): Promise<boolean> =>
  planRunId !== null && (await tables.runs.get(planRunId))?.state === 'planned';

/** Did a person stop the apply of this plan before it began, or did we fail to begin it? Then only a command begins it again. */
export const wasStopped = (runs: readonly Run[], planRun: Run): boolean =>
  runs.some(
    ({ verb, planRunId, state, startedAt, problem }) =>
      verb === 'apply' &&
      planRunId === planRun.id &&
      ((state === 'cancelled' && problem?.code !== 'apply-interrupted') ||
        (state === 'failed' && startedAt === null && ['internal', 'no-room'].includes(problem?.code ?? ''))),
  );

/**
 * What follows from the end of a run where nobody has to ask for an apply: after a merge, or where a rule lets it begin by
 * itself. Called with the end of the run, all or nothing.
 *
 * @param isCorrected is it part of putting drift back by ourselves?
 */
export const settleByItself = async (
  tables: StoreTables,
  ports: Making,
  pull: PullRef,
  run: Run,
  isCorrected: (run: Run) => Promise<boolean> = async () => false,
): Promise<void> => {
  const { project, verb, state, plan, problem } = run;
  const [due] = await openDues(tables, run, project.key);
  const isPlanned = verb === 'plan' && state === 'planned';
  // A server that stopped before it began has left the plan as it stood, and nobody would ask again for what nobody asked for.
  const isDropped = verb === 'apply' && state === 'cancelled' && problem?.code === 'apply-interrupted';
  if (isDropped || (isPlanned && plan?.summary.hasChanges === true)) {
    const isAwaited = due !== undefined || project.settings.apply.kind === 'auto';
    const isMeant = isAwaited || isAbout(await tables.rebuilds.get(run), run);
    if (isMeant || (await isCorrected(run))) await wakeReady(tables, ports, pull, project.key);
    return;
  }
  const isDone = isPlanned || (verb === 'apply' && state === 'applied');
  if (!isDone || (await isPartial(tables, run))) return;
  if (due === undefined) return settleOlder(tables, ports, pull, run);
  if (!isPlanned && !(await isOfMerge(tables, run))) return wakeDue(tables, ports, pull, project.key);
  await settleDue(tables, ports, pull, project.key, isPlanned ? 'unchanged' : 'applied');
};

/** After a merge a lock is for one apply: with its end others have their turn, whatever it came to. */
export const endsItsLock = async (tables: StoreTables, run: Run): Promise<boolean> => {
  const { verb, state, startedAt } = run;
  const isOver = verb === 'apply' && startedAt !== null && (state === 'applied' || state === 'failed');
  if (!isOver || (await isPartial(tables, run)) || !(await isOfMerge(tables, run))) return false;
  return (await openDues(tables, run, run.project.key)).length > 0;
};
