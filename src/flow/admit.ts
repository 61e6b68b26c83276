import { type AskId, askedWith } from '../domain/asked.ts';
import type { ApplyCause, Batch, BatchNotes } from '../domain/batch.ts';
import type { Ending } from '../domain/ending.ts';
import { batchId, type ProjectKey, type RunId, runId, type TreeId } from '../domain/ids.ts';
import { type Part, staysPlanned } from '../domain/partial.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import type { Actor, Pull } from '../domain/pull.ts';
import type { Rebuild } from '../domain/rebuild.ts';
import type { BreakGlass } from '../domain/rules/break-glass.ts';
import { changesWorld, type Run, type RunVerb } from '../domain/run.ts';
import { destroying, isDestroying } from '../domain/tool-arguments.ts';
import type { Held } from '../domain/trust/finding.ts';
import type { Trust } from '../domain/trust/trust.ts';
import type { PullKey, StoreTables } from '../store/port.ts';
import type { Discovery } from './discovery.ts';
import { keptBy, shownWithFollowers } from './followers.ts';
import { lastLook } from './last-look.ts';
import { wantNudge } from './nudge.ts';
import type { FlowPorts } from './ports.ts';
import { closeChecks } from './report.ts';
import { dropStopped, dropUnaffected, passTurns, takeLock } from './turns.ts';
import type { Asked } from './wish.ts';

export interface PlanWish {
  readonly pull: Pull;
  readonly asked: Asked | null;
  /** Where nobody asked now: whose word from before it carries on. */
  readonly askedBefore?: Actor | null;
  readonly discovery: Discovery;
  /** What to plan; part of the affected ones, or named by hand. */
  readonly chosen: readonly Project[];
  /** What is not planned because of what its code brings, somebody's trust counted. */
  readonly held: readonly Held[];
  /** Those of them that are previewed. */
  readonly previews?: readonly ProjectKey[];
  /** What may not be planned before something happens. */
  readonly left?: Batch['left'];
  /** Meant as well, and planned by themselves when their turn comes: they are shown meanwhile. */
  readonly later?: readonly Project[];
  /** Those of them that nobody asked for: they keep nobody waiting, and an older plan of them is over. */
  readonly aside?: readonly ProjectKey[];
  /** A bare `/plan`: what was named by hand before is forgotten. */
  readonly startsOver?: boolean;
  readonly extra: readonly string[];
  /** Somebody's word that comes with this, and what it is about. */
  readonly trust?: { readonly trust: Trust; readonly of: readonly Held[] };
  readonly notes?: BatchNotes | null;
  /** Why nothing is planned, if so. */
  readonly problem: Problem | null;
}

export interface Admitted {
  readonly batch: Batch;
  readonly runs: readonly Run[];
  /** Runs of older commits or of the same projects, whose processes are to be ended. */
  readonly superseded: readonly RunId[];
}

type Ports = Pick<FlowPorts, 'store' | 'clock' | 'newId'>;

export const keyOf = (pull: Pick<Pull, 'ref'>): PullKey => ({
  repositoryId: pull.ref.repo.id,
  pullNumber: pull.ref.number,
});

/**
 * Stage 4: takes the locks, ends what is older and queues a run per project, all or nothing. Null:
 * this comment was answered before.
 */
export const admitPlan = (ports: Ports, wish: PlanWish): Promise<Admitted | null> =>
  ports.store.transact(async (tables) => {
    const now = ports.clock.now();
    const key = keyOf(wish.pull);
    const previous = await lastLook(tables, key);
    const applied = await startedApplies(tables, key);
    const batch = await planBatch(tables, ports, wish, previous, applied);
    if ((await tables.batches.add(batch)) === 'known') return null;
    await noteWords(tables, wish, now);
    await settlePreviews(tables, batch, wish);
    const affected = new Set(batch.affected.map((project) => project.key));
    const superseded = await supersede(tables, wish, keptBy(batch, wish), now);
    if (previous !== null && previous.headSha !== batch.headSha)
      await closeChecks(
        { store: tables, clock: ports.clock },
        wish.pull.ref,
        previous,
        superseded.length > 0,
      );
    const runs: Run[] = [];
    if (batch.tree !== null && batch.problem === null) {
      await dropUnaffected(tables, ports, wish.pull.ref, affected);
      await dropStopped(tables, ports, wish.pull.ref, stoppedOf(wish), applied);
      for (const project of wish.chosen) {
        if (!(await takeLock(tables, ports, wish.pull.ref, project.key))) continue;
        const ending = wish.discovery.endings.get(project.key);
        const run = queued(ports, batch, project, { verb: 'plan', ...planOf(wish.extra, ending) });
        await tables.runs.add(run);
        runs.push(run);
      }
    } else await passTurns(tables, ports, wish.pull.ref);
    await tables.audit.append({
      at: now,
      kind: 'plan.admitted',
      actor: wish.asked?.actor.login ?? null,
      ...key,
      runId: null,
      facts: {
        batch: batch.id,
        head: batch.headSha,
        base: batch.baseSha,
        affected: batch.affected.map((project) => project.name),
        queued: runs.map((run) => run.project.name),
        held: batch.held.map(({ project, answer, findings }) => ({
          project,
          answer,
          kinds: [...new Set(findings.map(({ kind }) => kind))],
        })),
        ...(batch.left.length === 0 ? {} : { left: batch.left.map(({ project }) => project) }),
        problem: batch.problem?.code ?? null,
      },
    });
    return { batch, runs, superseded };
  });

/**
 * Projects that this pull request applied, or is applying. Discovery asked as well, but before this transaction: an apply
 * may have started since. And a project whose folder a push takes away is known to nobody else.
 */
const startedApplies = async (tables: StoreTables, key: PullKey): Promise<readonly Project[]> => {
  const runs = await tables.runs.ofPull(key, ['running', 'applied', 'failed', 'unresolved']);
  return runs.filter((run) => changesWorld(run.verb) && run.startedAt !== null).map((run) => run.project);
};

const planBatch = async (
  tables: StoreTables,
  ports: Ports,
  wish: PlanWish,
  previous: Batch | null,
  applied: readonly Project[],
): Promise<Batch> => {
  const { pull, discovery, chosen, asked, startsOver = false, later = [] } = wish;
  const { headSha, affected, projects } = discovery;
  const part: Part = { headSha, affected, chosen: [...chosen, ...later], projects, applied, startsOver };
  const again = [...chosen.map(({ key }) => key), ...stoppedOf(wish)];
  const found = await shownWithFollowers(tables, { pull, discovery, part, previous, again });
  return {
    id: batchId(ports.newId()),
    ...keyOf(wish.pull),
    repo: wish.pull.ref.repo,
    verb: 'plan',
    headSha,
    baseSha: discovery.baseSha,
    tree: discovery.tree,
    actor: asked?.actor ?? wish.askedBefore ?? null,
    ...askedWith(asked?.id ?? null),
    cause: 'command',
    // What was applied is in the world, whatever is wrong with the newest push.
    ...(wish.problem === null ? found : { affected: unique(applied) }),
    selected: chosen.map((project) => project.key),
    skipped: discovery.skipped.filter(
      ({ name, dir, workspace, removed }) =>
        removed || found.affected.every((p) => p.name !== name || p.dir !== dir || p.workspace !== workspace),
    ),
    notTaken: discovery.notTaken,
    rulesAfterMerge: discovery.rulesAfterMerge,
    ...(wish.notes == null ? {} : { notes: wish.notes }),
    left: wish.problem === null ? (wish.left ?? []) : [],
    held: wish.problem === null ? wish.held : [],
    problem: wish.problem,
    createdAt: ports.clock.now(),
  };
};

/** Of a project that the pull request takes away only the end is planned, and that where its code still is. */
const planOf = (extra: readonly string[], ending: Ending | undefined) => {
  if (ending === undefined) return { extra };
  return { extra: isDestroying(extra) ? extra : destroying([]), tree: ending.tree };
};

const unique = (projects: readonly Project[]): readonly Project[] => [
  ...new Map(projects.map((project) => [project.key, project])).values(),
];

/** A newer push voids every older plan, finished or not; a plan asked again replaces the one before. */
const supersede = async (
  tables: StoreTables,
  wish: PlanWish,
  affected: ReadonlySet<ProjectKey>,
  at: number,
): Promise<readonly RunId[]> => {
  const now = {
    headSha: wish.discovery.headSha,
    chosen: new Set(wish.chosen.map((project) => project.key)),
    stopped: new Set(stoppedOf(wish)),
    shown: affected,
    nothing: wish.problem !== null,
  };
  const ended: RunId[] = [];
  for (const run of await tables.runs.ofPull(keyOf(wish.pull), ['queued', 'running', 'planned'])) {
    if (run.verb !== 'plan') continue;
    if (staysPlanned(run, now)) continue;
    if ((await tables.runs.move(run.id, { kind: 'superseded' }, at)) !== null) ended.push(run.id);
  }
  return ended;
};

/** A word is of one commit: with any other head it is over, for good. */
const noteWords = async (tables: StoreTables, wish: PlanWish, now: number): Promise<void> => {
  const key = keyOf(wish.pull);
  const before = await tables.trusts.get(key);
  if (before !== null && before.headSha !== wish.discovery.headSha) await tables.trusts.end(key);
  const all = await tables.rebuilds.get(key);
  if (all !== null && all.headSha !== wish.discovery.headSha) await tables.rebuilds.end(key);
  if (wish.trust === undefined) return;
  const { trust, of } = wish.trust;
  await tables.trusts.give(trust);
  await tables.audit.append({
    at: now,
    kind: 'trust.given',
    actor: trust.actor.login,
    ...key,
    runId: null,
    facts: {
      head: trust.headSha,
      comment: trust.commentId,
      of: of.map(({ project, findings, more }) => ({
        project,
        more,
        findings: findings.map(({ kind, path, line, subject }) => ({ kind, path, line, subject })),
      })),
    },
  });
};

/** Those of an older commit, and of what is trusted now, are gone; what was not asked about now stays as it was. */
const settlePreviews = (tables: StoreTables, batch: Batch, { previews = [] }: PlanWish): Promise<void> =>
  tables.previews.settle(batch, {
    make: batch.held.length === 0 ? [] : previews,
    keep: batch.held.flatMap(({ project, answer }) => (answer === 'trust' ? [project] : [])),
  });

/** Projects that are not planned as they are, and must have no say meanwhile. */
const stoppedOf = ({ held, aside = [] }: PlanWish): readonly ProjectKey[] => [
  ...held.map(({ project }) => project),
  ...aside,
];

/** A run as it is when it waits for its turn. */
export const queued = (
  ports: Ports,
  batch: Batch,
  project: Project,
  what: {
    readonly verb: RunVerb;
    readonly extra?: readonly string[];
    readonly tree?: TreeId;
    readonly planRun?: Run;
  },
): Run => {
  const tree = what.planRun?.tree ?? what.tree ?? batch.tree;
  if (tree === null) throw new Error('a run needs a tree');
  return {
    id: runId(ports.newId()),
    batchId: batch.id,
    repositoryId: batch.repositoryId,
    pullNumber: batch.pullNumber,
    project,
    verb: what.verb,
    state: 'queued',
    headSha: what.planRun?.headSha ?? batch.headSha,
    baseSha: what.planRun?.baseSha ?? batch.baseSha,
    tree,
    actor: batch.actor,
    extra: what.extra ?? [],
    planRunId: what.planRun?.id ?? null,
    plan: null,
    spent: false,
    problem: null,
    output: null,
    createdAt: batch.createdAt,
    startedAt: null,
    endedAt: null,
    isolation: null,
  };
};

/** Queues one apply per plan, in the given order. Null: this comment was answered before. */
export const admitApply = (
  ports: Ports,
  wish: {
    readonly pull: Pull;
    /** Whose word it is; for what begins without a command, whoever merged, or wrote it. */
    readonly actor: Actor | null;
    /** Null: neither a comment nor a button asked. */
    readonly id: AskId | null;
    readonly cause: ApplyCause;
    readonly planBatch: Batch;
    readonly plans: readonly Run[];
    readonly left: Batch['left'];
    /** Of a word for all of an environment, which stands from now on. */
    readonly rebuild?: Rebuild;
    readonly breakGlass?: BreakGlass;
  },
): Promise<Admitted | null> =>
  ports.store.transact(async (tables) => {
    const { pull, actor, id, cause, plans, breakGlass } = wish;
    const { followers: _, ...planBatch } = wish.planBatch;
    const batch: Batch = {
      ...planBatch,
      id: batchId(ports.newId()),
      verb: 'apply',
      actor,
      ...askedWith(id),
      cause,
      ...(breakGlass === undefined ? {} : { breakGlass }),
      selected: plans.map((run) => run.project.key),
      left: wish.left,
      createdAt: ports.clock.now(),
    };
    if ((await tables.batches.add(batch)) === 'known') return null;
    if (wish.rebuild !== undefined) await tables.rebuilds.put(wish.rebuild);
    const runs = plans.map((planRun) => queued(ports, batch, planRun.project, { verb: 'apply', planRun }));
    for (const run of runs) await tables.runs.add(run);
    await tables.audit.append({
      at: batch.createdAt,
      kind: 'apply.admitted',
      actor: actor?.login ?? null,
      ...keyOf(pull),
      runId: null,
      facts: {
        ...{ batch: batch.id, head: batch.headSha, cause, projects: runs.map((run) => run.project.name) },
        ...(breakGlass === undefined ? {} : { override: { reason: breakGlass.reason } }),
      },
    });
    if (breakGlass !== undefined)
      await wantNudge({ store: tables, clock: ports.clock }, pull.ref, {
        kind: 'break-glass',
        batchId: batch.id,
      });
    return { batch, runs, superseded: [] };
  });
