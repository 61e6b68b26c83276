import type { Followup } from '../../domain/followup.ts';
import type { Sha } from '../../domain/ids.ts';

interface Place {
  readonly repositoryId: number;
  readonly pullNumber: number;
}

/** Pull requests of our own for what is left of merged ones. */
export interface Followups {
  /** In the place of the same attempt for the same merged pull request. */
  put(followup: Followup): Promise<void>;
  /** The newest attempt for a merged pull request. */
  latest(merged: Place): Promise<Followup | null>;
  /** What this pull request is: known by its number or, before that is, by our commit as its head. Null: no follow-up. */
  of(pull: Place, head: Sha | null): Promise<Followup | null>;
  /** Takes an attempt that came to nothing away. */
  drop(merged: Place, attempt: number): Promise<void>;
}
