import type { PullRef } from '../../domain/pull.ts';
import { isOver } from '../../domain/run.ts';
import { standingOf, type Tracked } from '../../domain/tracked.ts';
import type { StoreTables } from '../../store/port.ts';
import { openDues } from '../dues.ts';
import { wantNudge } from '../nudge.ts';
import type { FlowPorts } from '../ports.ts';

/** Whoever merges and comments `/apply` right after it needs no word. */
const graceMs = 5 * 60_000;

/**
 * Merged pull requests of which something was never applied: each is told so once. Who has the project in hand, as whoever applies
 * it next does it along, is left to it, and looked at again. Returns how many pull requests were told.
 */
export const tellMissed = async ({ store, clock }: Pick<FlowPorts, 'store' | 'clock'>): Promise<number> => {
  const ripe = (await store.tracked.awaiting()).filter(
    ({ merged }) => merged !== null && merged.at <= clock.now() - graceMs,
  );
  let told = 0;
  for (const some of Map.groupBy(ripe, ({ repo, merged }) => `${repo.id}/${merged?.pullNumber}`).values()) {
    const isTold = await store.transact(async (tables) => {
      const missed: Tracked[] = [];
      for (const { key } of some) {
        const one = await tables.tracked.get(key);
        if (one !== null && (await isMissed(tables, one))) missed.push(one);
      }
      return missed.length > 0 && tell(tables, clock, missed);
    });
    if (isTold) told += 1;
  }
  return told;
};

const isMissed = async (tables: StoreTables, tracked: Tracked): Promise<boolean> => {
  const { key, repo, merged } = tracked;
  const standing = standingOf(tracked);
  if (merged === null || merged.told || (standing !== 'pending' && standing !== 'unknown')) return false;
  const pull = { repositoryId: repo.id, pullNumber: merged.pullNumber };
  if ((await openDues(tables, pull, key)).length > 0) return false;
  if ((await tables.locks.get(key)) !== null) return false;
  return (await tables.runs.latest(pull)).every((run) => run.project.key !== key || isOver(run.state));
};

const tell = async (
  tables: StoreTables,
  clock: FlowPorts['clock'],
  missed: readonly Tracked[],
): Promise<boolean> => {
  const [first] = missed;
  if (first?.merged == null) return false;
  const { repo, merged } = first;
  const pull: PullRef = { repo, number: merged.pullNumber };
  for (const one of missed) await tables.tracked.put({ ...one, merged: { ...merged, told: true } });
  const names = missed.map(({ project }) => project.name);
  await wantNudge({ store: tables, clock }, pull, { kind: 'not-applied', commit: merged.commit, names });
  await tables.audit.append({
    at: clock.now(),
    kind: 'merge.unapplied',
    actor: null,
    repositoryId: repo.id,
    pullNumber: merged.pullNumber,
    runId: null,
    facts: { commit: merged.commit, projects: names },
  });
  return true;
};
