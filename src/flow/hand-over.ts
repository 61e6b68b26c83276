import type { ProjectKey, RunId } from '../domain/ids.ts';
import type { Pull, PullRef } from '../domain/pull.ts';
import { changesWorld } from '../domain/run.ts';
import type { PullKey, StoreTables } from '../store/port.ts';
import { keyOf } from './admit.ts';
import { voidPlans } from './conclude.ts';
import { openDues } from './dues.ts';
import type { FlowPorts } from './ports.ts';
import { wantBoard } from './report.ts';

type Ports = Pick<FlowPorts, 'store' | 'clock' | 'newId'>;

/** What goes on in a pull request of our own, which was opened for it. */
export interface HandOver {
  /** Where it was until now: a merged pull request, the issue that tells of drift, or another pull request about that. */
  readonly from: Pick<Pull, 'ref'>;
  readonly number: number;
  readonly projects: readonly ProjectKey[];
}

/**
 * A pull request of our own is there: it gets the locks of what it goes on with, all or nothing with its number. What a merge asked for
 * stays due and stands in line behind it, so that only one of the two has a project in hand: applied there, it finds that it is contained;
 * closed there without an apply, it has its turn again. Nobody else in line comes in between.
 *
 * @param note writes down what it is, with the projects whose locks it got
 */
export const handOver = (
  ports: Ports,
  { from, number, projects }: HandOver,
  note: (tables: StoreTables, handed: readonly ProjectKey[]) => Promise<void>,
): Promise<readonly RunId[]> =>
  ports.store.transact(async (tables) => {
    const its: PullRef = { ...from.ref, number };
    const ended: RunId[] = [];
    const handed: ProjectKey[] = [];
    for (const key of projects) {
      if (!(await isFree(tables, keyOf(from), key))) continue;
      ended.push(...(await passOn(tables, ports, from, its, key)));
      handed.push(key);
    }
    await note(tables, handed);
    return ended;
  });

/** It holds the lock, and nothing is done under it. */
const isFree = async (tables: StoreTables, key: PullKey, project: ProjectKey): Promise<boolean> => {
  const lock = await tables.locks.get(project);
  if (lock === null || lock.pullNumber !== key.pullNumber) return false;
  const busy = await tables.runs.ofPull(key, ['queued', 'running', 'unresolved']);
  return !busy.some((run) => changesWorld(run.verb) && run.project.key === project);
};

const passOn = async (
  tables: StoreTables,
  { clock, newId }: Ports,
  pull: Pick<Pull, 'ref'>,
  its: PullRef,
  project: ProjectKey,
): Promise<readonly RunId[]> => {
  const [key, to] = [keyOf(pull), { repositoryId: its.repo.id, pullNumber: its.number }];
  const at = clock.now();
  const ended = await voidPlans(tables, key, (one) => one === project, at);
  await tables.locks.release(project, key);
  await tables.locks.acquire(project, to, at);
  if ((await openDues(tables, key, project)).length > 0) await tables.locks.wait(project, key, at);
  const line = await tables.locks.waiters(project);
  for (const { pullNumber } of line)
    await wantBoard({ store: tables, clock }, { repo: its.repo, number: pullNumber });
  // We heard of it before it had its number: it stands in line for what is its own now.
  if (line.some(({ pullNumber }) => pullNumber === its.number))
    await tables.deliveries.record({
      id: `tidegate-${newId()}`,
      event: 'lock_freed',
      action: null,
      repository: `${its.repo.owner}/${its.repo.name}`,
      trigger: { kind: 'lock_freed', pull: its, project },
      receivedAt: at,
    });
  return ended;
};
