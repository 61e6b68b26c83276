import { leftOf } from '../../domain/followup.ts';
import type { Pull } from '../../domain/pull.ts';
import { newTracked, noteMerged, noteOver } from '../../domain/tracking.ts';
import type { StoreTables } from '../../store/port.ts';
import type { FlowPorts } from '../ports.ts';
import { keep } from './keep.ts';

/**
 * A pull request is over: what was applied for it alone is not of an open one any more, and where it was merged, what of it nobody
 * has applied is waited for. Called with the end of the pull request, all or nothing; to be told twice changes nothing.
 */
export const trackPull = async (
  tables: StoreTables,
  { clock }: Pick<FlowPorts, 'clock'>,
  pull: Pull,
): Promise<void> => {
  const { repo, number: pullNumber } = pull.ref;
  const at = clock.now();
  for (const one of await tables.tracked.ofRepository(repo.id))
    await keep(tables, one, () => noteOver(one, pullNumber, at));
  if (pull.merged === null) return;
  const key = { repositoryId: repo.id, pullNumber };
  // What was followed before may have been applied since, by another one.
  if ((await tables.sightings.get(key))?.state === 'closed') return;
  const { commit } = pull.merged;
  for (const project of await neverApplied(tables, pull)) {
    const known = (await tables.tracked.get(project.key)) ?? newTracked(repo, project);
    await tables.tracked.put(noteMerged(known, { pullNumber, commit, at, told: false }));
  }
};

/** Projects of which nothing, or not all, was applied before the merge, and of which the merge itself asks for nothing. */
const neverApplied = async (tables: StoreTables, { ref, head }: Pull) => {
  const key = { repositoryId: ref.repo.id, pullNumber: ref.number };
  const batch = await tables.batches.latestSound(key, head.sha);
  if (batch === null) return [];
  const runs = await tables.runs.latest(key);
  const used = [];
  for (const { planRunId } of runs) if (planRunId !== null) used.push(await tables.runs.get(planRunId));
  const { left, notYet } = leftOf({
    ...{ head: head.sha, affected: batch.affected, runs, waits: new Set() },
    dues: await tables.dues.ofPull(key),
    unresolved: [],
    used: used.filter((run) => run !== null),
    isContained: () => false,
  });
  const names = new Set([
    ...left.flatMap(({ name, because }) => (because === 'never' || because === 'partial' ? [name] : [])),
    ...notYet.map(({ name }) => name),
  ]);
  return batch.affected.filter(({ name }) => names.has(name));
};
