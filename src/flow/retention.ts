import { neededByLooks } from './consumers/needed.ts';
import { artifactBinding } from './execute.ts';
import { overQuota } from './quota.ts';
import { mayGo, type RetentionPorts, removeCheckout, underWay } from './unused-checkouts.ts';

type Ports = RetentionPorts;

/** Takes away what is over and old; the rows of runs, the audit trail and rescued states stay for ever. */
export interface Retention {
  /** A bite of the work, short enough that nobody waits for it. Returns when to go on, in milliseconds. */
  turn(): Promise<number>;
}

const afterBootMs = 60_000;
const everyMs = 3_600_000;
const rows = 100;

export const createRetention = (ports: Ports): Retention => {
  const { clock, log } = ports;
  let dueAt = clock.monotonic() + afterBootMs;
  let pass: AsyncGenerator<void> | null = null;
  /** Orphans come from servers that ended; one look finds all of them. */
  let isSwept = false;

  return {
    turn: async () => {
      const wait = dueAt - clock.monotonic();
      // Whoever rings means somebody else.
      if (wait > 0) return wait;
      pass ??= bites(ports, isSwept);
      try {
        const { done } = await pass.next();
        if (done !== true) return 0;
        isSwept = true;
      } catch (error) {
        // Nothing is lost but time: the next pass begins anew, and finds what this one left.
        log.error('what is old could not be taken away', { error });
      }
      pass = null;
      dueAt = clock.monotonic() + everyMs;
      return everyMs;
    },
  };
};

async function* bites(ports: Ports, isSwept: boolean): AsyncGenerator<void> {
  yield* oldDeliveries(ports);
  yield* oldRuns(ports);
  yield* oldLogs(ports);
  yield* oldReports(ports);
  yield* oldLooks(ports);
  yield* oldNotifications(ports);
  yield* oldCheckouts(ports);
  yield* oldMirrors(ports);
  yield* overQuota(ports);
  yield* oldTools(ports);
  for (const { repositoryId } of await ports.git.mirrors()) {
    // In the background: it may take minutes, and gives way to whoever fetches.
    void ports.git.tend(repositoryId);
    yield;
  }
  if (isSwept) return;
  const removed = await ports.blobs.sweep(namedBlobs(ports));
  if (removed > 0) ports.log.info('plans that no run knows were removed', { removed });
}

const before = ({ clock }: RetentionPorts, ms: number): number => clock.now() - ms;

async function* oldDeliveries(ports: Ports): AsyncGenerator<void> {
  const { store, operator } = ports;
  const limit = before(ports, operator.retention.deliveriesMs);
  while ((await store.pruning.deliveries(limit, rows)) > 0) yield;
}

/** The row says that a plan is gone before its bytes go: never the other way round. */
async function* oldRuns(ports: Ports): AsyncGenerator<void> {
  const { store, blobs, operator } = ports;
  const limit = before(ports, operator.retention.runsMs);
  let from: Parameters<typeof store.pruning.runs>[1] = null;
  do {
    const { forgotten, next } = await store.pruning.runs(limit, from, rows);
    for (const run of forgotten)
      if (run.artifact !== null) await blobs.delete(run.artifact, artifactBinding(run));
    from = next;
    yield;
  } while (from !== null);
}

/** They stay as long as the run's own texts do; of a run that has none, as long as those would. */
async function* oldLogs(ports: Ports): AsyncGenerator<void> {
  const { store, logs, operator } = ports;
  const limit = before(ports, operator.retention.runsMs);
  for (const id of await logs.before(limit)) {
    const run = await store.runs.get(id);
    const isNeeded =
      run !== null &&
      (run.endedAt === null ||
        run.endedAt >= limit ||
        run.plan !== null ||
        run.output !== null ||
        underWay.some((state) => state === run.state));
    if (!isNeeded) await logs.remove(id);
    yield;
  }
}

async function* oldReports(ports: Ports): AsyncGenerator<void> {
  const { store, operator } = ports;
  const limit = before(ports, operator.retention.reportsMs);
  let from: number | null = 0;
  do {
    from = await store.pruning.reports(limit, from, rows);
    yield;
  } while (from !== null);
}

/** What was found of consumers, and the plans of it. */
async function* oldLooks(ports: Ports): AsyncGenerator<void> {
  const { store, operator } = ports;
  const limit = before(ports, operator.retention.runsMs);
  while ((await store.pruning.looks(limit, rows)) > 0) yield;
}

async function* oldNotifications(ports: Ports): AsyncGenerator<void> {
  const limit = before(ports, ports.operator.retention.reportsMs);
  while ((await ports.store.notifications.prune(limit, rows)) > 0) yield;
}

async function* oldCheckouts(ports: Ports): AsyncGenerator<void> {
  const { git, checkouts } = ports;
  const untouchedFor = ports.operator.retention.checkoutsMs;
  const { folder: root, depth } = checkouts.all;
  for (const folder of await git.foldersBelow(root, depth)) {
    const pull = checkouts.pullOf(folder);
    if (pull === null || !(await mayGo(ports, pull, untouchedFor))) continue;
    await removeCheckout(ports, folder, pull, untouchedFor);
    yield;
  }
}

/** Not while a checkout stands on it: what is in one is told from what Git holds by asking the mirror. */
async function* oldMirrors(ports: Ports): AsyncGenerator<void> {
  const { git, checkouts, operator } = ports;
  const { folder, depth } = checkouts.all;
  const folders = await git.foldersBelow(folder, depth);
  const standing = new Set(folders.map((each) => checkouts.pullOf(each)?.repositoryId));
  for (const { repositoryId, usedAt } of await git.mirrors()) {
    if ((await neededByLooks(ports)).has(repositoryId)) continue;
    if (usedAt >= before(ports, operator.retention.mirrorsMs) || standing.has(repositoryId)) continue;
    await git.removeMirror(repositoryId);
    yield;
  }
}

/** A run asks for its tool when it begins, and only its plan says which one that was. */
async function* oldTools(ports: Ports): AsyncGenerator<void> {
  const { tools, store, operator, log } = ports;
  const limit = before(ports, operator.retention.toolsMs);
  const old = (await tools.kept()).filter(({ usedAt }) => usedAt < limit);
  if (old.length === 0) return;
  const running = await store.runs.inState(['running']);
  if (running.some(({ startedAt, createdAt }) => (startedAt ?? createdAt) < limit)) return;
  const needed = new Set<string>();
  let from: number | null = 0;
  do {
    const { plans, next } = await store.pruning.plans(from, rows);
    for (const { toolVersion } of plans) needed.add(toolVersion);
    from = next;
    yield;
  } while (from !== null);
  for (const one of old) {
    if (needed.has(one.version)) continue;
    // Asked for since, it is not old any more.
    if (await tools.remove(one, limit))
      log.info('a version of a tool that nobody used was removed', { ...one });
    yield;
  }
}

/** Every blob that a row names. */
async function* namedBlobs({ store }: RetentionPorts) {
  yield* await store.pruning.rescues();
  let from: number | null = 0;
  do {
    const { plans, next } = await store.pruning.plans(from, rows);
    for (const plan of plans) yield { digest: plan.artifact, binding: artifactBinding(plan) };
    from = next;
  } while (from !== null);
}
