import type { Due } from '../domain/due.ts';
import type { ProjectKey } from '../domain/ids.ts';
import type { RepoRef } from '../domain/pull.ts';
import { isAgreed } from '../domain/rules/apply-conditions.ts';
import type { Requirement } from '../domain/rules/requirement.ts';
import type { Run } from '../domain/run.ts';
import { inForce } from '../domain/suspension.ts';
import type { PullKey } from '../store/port.ts';
import { isWaiting, wakeDue, wakeReady, wasStopped } from './dues.ts';
import type { FlowPorts } from './ports.ts';
import { wantBoard } from './report.ts';

type Ports = Pick<FlowPorts, 'store' | 'clock' | 'newId' | 'conditions'>;

const minuteMs = 60_000;
/** What becomes true with time, or by somebody of whom we hear nothing, is looked for more often. */
const soonestMs = minuteMs;
const latestTimedMs = 5 * minuteMs;
const latestMs = 30 * minuteMs;
/** Each costs a fetch and some requests. */
const mostLooks = 20;

/**
 * How long after a look comes the next one: the longer it has waited, the seldomer. A wait timer has run out for a quarter of its
 * time at most.
 *
 * @param waitedMs since it was seen first
 * @param isTimed its rules ask for what nobody tells us of
 */
export const betweenLooksMs = (waitedMs: number, isTimed: boolean): number =>
  Math.min(isTimed ? latestTimedMs : latestMs, Math.max(soonestMs, waitedMs / 4));

/** An apply that does not begin. */
interface Waiting extends PullKey {
  readonly project: ProjectKey;
  /** `due`: it has to be planned first. `board`: it waits for a command, and only what is said of it may be another thing now. */
  readonly wakes: 'due' | 'ready' | 'board';
  readonly isTimed: boolean;
  /** Is it inside of every window that its plan was made under, and suspended by no file? */
  readonly isOpen: boolean;
}

/** Times of the monotonic clock. */
interface Look {
  readonly since: number;
  readonly at: number;
  readonly isOpen: boolean;
}

/** Kinds that hold without a webhook for us: those of checks and statuses of others would be all that any App reports. */
const timed: readonly Requirement['kind'][] = ['window', 'environment', 'checks', 'mergeable', 'up_to_date'];

/**
 * Looks again at what waits: a window opens, a wait timer runs out, a check of somebody else's passes, and no webhook says so. What
 * needs no command may begin then, and of the others the comment says what is true. A wake-up of our own may have been put aside as well. What waits is read from the store at each look, so that a
 * server that was started anew looks for all of it at once; only when to look again is remembered.
 */
export const createWaitingLook = (ports: Ports): { look(): Promise<number> } => {
  const { store, clock } = ports;
  let looks: ReadonlyMap<string, Look> | null = null;

  const found = async (isFirst: boolean): Promise<readonly Waiting[]> => {
    const dues = await store.dues.open(null);
    const all: (Waiting | null)[] = [];
    for (const due of dues) all.push(await ofDue(ports, due, isFirst));
    const told = new Set<string>();
    for (const run of await store.runs.waiting(timed)) {
      if (!isWaiting(run) || dues.some((due) => nameOf(due) === nameOf({ ...run, project: run.project.key })))
        continue;
      const one = ofPlan(ports, run);
      if (run.project.settings.apply.kind === 'auto') all.push(one);
      // One comment says all of a pull request, and nothing begins when it comes a little late.
      else if (!told.has(pullOf(run))) all.push({ ...one, wakes: 'board', isTimed: false });
      told.add(pullOf(run));
    }
    return all.filter((one) => one !== null);
  };

  const isNext = (one: Waiting, { since, at, isOpen }: Look): boolean =>
    (one.isOpen && !isOpen) || clock.monotonic() - at >= betweenLooksMs(at - since, one.isTimed);

  const wake = async (one: Waiting, repo: RepoRef): Promise<void> => {
    const pull = { repo, number: one.pullNumber };
    await store.transact((tables) =>
      one.wakes === 'board'
        ? wantBoard({ store: tables, clock }, pull)
        : (one.wakes === 'due' ? wakeDue : wakeReady)(tables, ports, pull, one.project),
    );
  };

  return {
    /** Returns how many were woken. */
    look: async () => {
      const before = looks;
      const waiting = await found(before === null);
      const now = clock.monotonic();
      const after = new Map<string, Look>();
      const next: Waiting[] = [];
      for (const one of waiting) {
        const last = before?.get(nameOf(one)) ?? { since: now, at: now, isOpen: one.isOpen };
        after.set(nameOf(one), last);
        if (before === null || isNext(one, last)) next.push(one);
      }
      looks = after;
      if (next.length === 0) return 0;
      const repos = new Map((await store.batches.repositories()).map((repo) => [repo.id, repo]));
      const atOf = (one: Waiting) => after.get(nameOf(one))?.at ?? 0;
      let woken = 0;
      for (const one of next.toSorted((a, b) => atOf(a) - atOf(b)).slice(0, mostLooks)) {
        const repo = repos.get(one.repositoryId);
        // What waits in the inbox may be this very look, while GitHub is away.
        if (repo === undefined || (await store.deliveries.ofPull(one, 0)).pending > 0) continue;
        await wake(one, repo);
        woken += 1;
        after.set(nameOf(one), {
          since: after.get(nameOf(one))?.since ?? now,
          at: now,
          isOpen: one.isOpen,
        });
      }
      return woken;
    },
  };
};

const pullOf = ({ repositoryId, pullNumber }: PullKey): string => `${repositoryId}/${pullNumber}`;

const nameOf = ({ repositoryId, pullNumber, project }: PullKey & { readonly project: ProjectKey }): string =>
  `${repositoryId}/${pullNumber} ${project}`;

const ofPlan = ({ conditions, clock }: Pick<Ports, 'conditions' | 'clock'>, run: Run): Waiting => {
  const { repositoryId, pullNumber, project } = run;
  const { requirements, suspended = [] } = project.settings;
  const asked = requirements.apply ?? [];
  return {
    repositoryId,
    pullNumber,
    project: project.key,
    wakes: 'ready',
    isTimed: asked.some(({ kind }) => timed.includes(kind)) || suspended.length > 0,
    isOpen:
      inForce([], suspended, clock.now()).length === 0 &&
      asked.every((one) => one.kind !== 'window' || conditions.window(one, clock.now()).open),
  };
};

/** Null: it is on its way, waits in a line, or for somebody's word. */
const ofDue = async (ports: Ports, due: Due, isFirst: boolean): Promise<Waiting | null> => {
  const { store } = ports;
  const { project } = due;
  const runs = (await store.runs.latest(due)).filter((run) => run.project.key === project);
  const active = await store.runs.ofPull(due, ['queued', 'running', 'unresolved']);
  if (active.some((run) => run.project.key === project)) return null;
  const plan = runs.find(({ verb }) => verb === 'plan');
  if (plan !== undefined && isWaiting(plan))
    return wasStopped(runs, plan) || !isAgreed(due, plan.plan?.digest) ? null : ofPlan(ports, plan);
  // Planned, and that came to something: the comment says whose turn it is.
  if (plan !== undefined && plan.state !== 'superseded') return null;
  const isInLine = (await store.locks.waitsOf(due)).some((wait) => wait.project === project);
  if (isInLine && (await store.locks.get(project)) !== null) return null;
  // Why it is not planned was found once, and is said; a server that was started anew looks whether it is still so.
  const batch = await store.batches.latest(due, 'plan');
  const isStopped =
    batch !== null && (batch.problem !== null || batch.held.some((held) => held.project === project));
  if (isStopped && !isFirst) return null;
  const { repositoryId, pullNumber } = due;
  return { repositoryId, pullNumber, project, wakes: 'due', isTimed: false, isOpen: true };
};
