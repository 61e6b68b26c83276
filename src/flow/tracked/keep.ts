import { isDeepStrictEqual } from 'node:util';
import type { Tracked } from '../../domain/tracked.ts';
import type { Step } from '../../domain/tracking.ts';
import type { StoreTables } from '../../store/port.ts';

/** Puts a row into the store as a step leaves it, with what there is to tell. The row was read in the same transaction. */
export const keep = async <Known extends Tracked | null>(
  { tracked: rows }: Pick<StoreTables, 'tracked'>,
  known: Known,
  take: (known: Known) => Step,
): Promise<Tracked> => {
  const { tracked, history } = take(known);
  if (!isDeepStrictEqual(tracked, known)) await rows.put(tracked);
  for (const entry of history) await rows.note(tracked.key, entry);
  return tracked;
};
