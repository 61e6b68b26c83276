import type { Batch } from '../domain/batch.ts';
import { inOrder } from '../domain/graph.ts';
import type { PullKey, StoreTables } from '../store/port.ts';

type Tables = Pick<StoreTables, 'batches'>;

/** The newest look at a pull request that found what there is; of the newest commit that was looked at, and of no older one. */
export const soundLook = async ({ batches }: Tables, key: PullKey): Promise<Batch | null> => {
  const batch = await batches.latest(key, 'plan');
  return batch?.problem == null ? batch : batches.latestSound(key, batch.headSha);
};

/**
 * The newest look at a pull request. Where it planned nothing (a conflict, a full queue) it names nothing either, while plans of
 * before stand: then with what the look before it had, at the same commit.
 */
export const lastLook = async (tables: Tables, key: PullKey): Promise<Batch | null> => {
  const batch = await tables.batches.latest(key, 'plan');
  if (batch?.problem == null) return batch;
  const sound = await tables.batches.latestSound(key, batch.headSha);
  if (sound === null) return batch;
  const { left, followers } = sound;
  const shown = new Map([...sound.affected, ...batch.affected].map((project) => [project.key, project]));
  return { ...batch, affected: inOrder([...shown.values()]), left, ...(followers && { followers }) };
};
