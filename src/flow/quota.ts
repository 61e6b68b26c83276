import type { PullKey } from '../store/port.ts';
import { neededByLooks } from './consumers/needed.ts';
import { mayGo, type RetentionPorts, removeCheckout, underWay } from './unused-checkouts.ts';

/** What was used a moment ago is about to be used: a fetch comes before the run that it is for is queued. */
const restsMs = 3_600_000;

interface Held {
  readonly bytes: number;
  readonly usedAt: number;
}
interface HeldCheckout extends Held {
  readonly folder: string;
  readonly pull: PullKey;
}
interface HeldMirror extends Held {
  readonly repositoryId: number;
}

const oldestFirst = <T extends Held>(all: readonly T[]): readonly T[] =>
  all.toSorted((a, b) => a.usedAt - b.usedAt);

/**
 * Takes away mirrors and checkouts until both together are within the operator's quota: mirrors on which no checkout stands, then
 * checkouts, then the mirrors that these have left. What was used longest ago goes first. A mirror is brought again by the next fetch and
 * a checkout by the next run; what neither would bring back is what somebody needs, and stays.
 */
export async function* overQuota(ports: RetentionPorts): AsyncGenerator<void> {
  const { git, operator, store, log } = ports;
  if (operator.diskQuota === 0) return;
  let mirrors: readonly HeldMirror[] = [];
  for (const { repositoryId, usedAt, folders } of await git.mirrors()) {
    let bytes = 0;
    for (const folder of folders) bytes += await git.bytesOf(folder);
    mirrors = [...mirrors, { repositoryId, usedAt, bytes }];
    yield;
  }
  const checkouts: HeldCheckout[] = [];
  for (const folder of await standing(ports)) {
    const pull = ports.checkouts.pullOf(folder);
    if (pull === null) continue;
    const usedAt = (await store.pruning.lastRunAt(pull)) ?? 0;
    checkouts.push({ folder, pull, usedAt, bytes: await git.bytesOf(folder) });
    yield;
  }
  let total = [...mirrors, ...checkouts].reduce((sum, { bytes }) => sum + bytes, 0);
  const isOver = () => total > operator.diskQuota;

  const takeMirrors = async function* () {
    for (const { repositoryId, bytes } of oldestFirst(mirrors)) {
      if (!isOver()) return;
      if (!(await isIdle(ports, repositoryId)) || !(await isRested(ports, repositoryId))) continue;
      if (!(await git.removeMirror(repositoryId))) continue;
      mirrors = mirrors.filter((one) => one.repositoryId !== repositoryId);
      total -= bytes;
      yield;
    }
  };
  yield* takeMirrors();
  for (const { folder, pull, bytes } of oldestFirst(checkouts)) {
    if (!isOver()) return;
    if (!(await mayGo(ports, pull, restsMs))) continue;
    await removeCheckout(ports, folder, pull, restsMs);
    if ((await git.bytesOf(folder)) === 0) total -= bytes;
    yield;
  }
  yield* takeMirrors();
  if (isOver())
    log.warn('mirrors and checkouts take more than their quota, and all of what is left is needed', {
      bytes: total,
      quota: operator.diskQuota,
    });
}

const standing = ({ git, checkouts }: RetentionPorts): Promise<readonly string[]> =>
  git.foldersBelow(checkouts.all.folder, checkouts.all.depth);

/** Asked last, and anew: all of it is weighed bite by bite, and somebody may have fetched meanwhile for a run that is not queued yet. */
const isRested = async ({ git, clock }: RetentionPorts, repositoryId: number): Promise<boolean> => {
  const mirror = (await git.mirrors()).find((one) => one.repositoryId === repositoryId);
  return mirror !== undefined && mirror.usedAt <= clock.now() - restsMs;
};

/** No checkout stands on it, and no run is about to lay one out: what a run is of may be in this mirror alone. */
const isIdle = async (ports: RetentionPorts, repositoryId: number): Promise<boolean> => {
  const runs = await ports.store.runs.inState(underWay);
  if (runs.some((run) => run.repositoryId === repositoryId)) return false;
  if ((await neededByLooks(ports)).has(repositoryId)) return false;
  const folders = await standing(ports);
  return folders.every((folder) => ports.checkouts.pullOf(folder)?.repositoryId !== repositoryId);
};
