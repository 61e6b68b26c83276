import type { ChangeAction } from './plan-summary.ts';
import type { ComparedChange, Standing } from './state-comparison.ts';
import type { StateLock } from './state-lock.ts';

/** How many addresses of each kind are named; the rest is counted. */
const namesUpTo = 20;

/** What a fresh read of the state came to after an apply whose outcome is not known. Holds no value of the state. */
export interface Look {
  /** Unix milliseconds. */
  readonly at: number;
  /** Null where it could not be read. */
  readonly state: { readonly lineage: string; readonly serial: number } | null;
  /** Why it could not be read: the tool's last words, masked. */
  readonly why: string | null;
  readonly counts: Readonly<Record<Standing, number>>;
  /** The first of each kind. */
  readonly names: Readonly<
    Record<Standing, readonly { readonly address: string; readonly action: ChangeAction }[]>
  >;
  /** Who keeps others from the state; null where nobody does, or where that could not be asked. */
  readonly lock: (StateLock & { readonly ours: boolean }) | null;
  /** Could it be asked who holds the lock? */
  readonly lockKnown: boolean;
  /** A state that the tool could not save, kept by us, and how many of the changes it has as planned. */
  readonly rescued: { readonly lineage: string; readonly serial: number; readonly done: number } | null;
}

const standings = ['done', 'open', 'unclear'] as const;

/** Counts and the first names of each standing. */
export const summarise = (compared: readonly ComparedChange[]): Pick<Look, 'counts' | 'names'> => {
  const of = (standing: Standing) => compared.filter((one) => one.standing === standing);
  const names = (standing: Standing) =>
    of(standing)
      .slice(0, namesUpTo)
      .map(({ address, action }) => ({ address, action }));
  const [done, open, unclear] = standings;
  return {
    counts: { done: of(done).length, open: of(open).length, unclear: of(unclear).length },
    names: { done: names(done), open: names(open), unclear: names(unclear) },
  };
};
