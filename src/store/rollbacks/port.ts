import type { Sha } from '../../domain/ids.ts';
import type { Rollback } from '../../domain/rollback.ts';

interface Place {
  readonly repositoryId: number;
  readonly pullNumber: number;
}

/** Pull requests of our own that take merged ones back. */
export interface Rollbacks {
  /** In the place of the one for the same merged pull request. */
  put(rollback: Rollback): Promise<void>;
  get(merged: Place): Promise<Rollback | null>;
  /** What this pull request is: known by its number or, before that is, by our commit as its head. Null: no rollback. */
  of(pull: Place, head: Sha | null): Promise<Rollback | null>;
  /** Takes one away that came to nothing. */
  drop(merged: Place): Promise<void>;
}
