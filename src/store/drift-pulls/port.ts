import type { DriftPull } from '../../domain/drift/pull.ts';
import type { ProjectKey, Sha } from '../../domain/ids.ts';

interface Place {
  readonly repositoryId: number;
  readonly pullNumber: number;
}

/** Pull requests of our own about drift. */
export interface DriftPulls {
  /** In the place of the same attempt for the same project. */
  put(one: DriftPull): Promise<void>;
  /** Newest first. */
  ofProject(project: ProjectKey): Promise<readonly DriftPull[]>;
  /** What this pull request is: known by its number or, before that is, by our commit as its head. Null: none of these. */
  of(pull: Place, head: Sha | null): Promise<DriftPull | null>;
  /** Takes an attempt away that came to nothing. */
  drop(project: ProjectKey, attempt: number): Promise<void>;
}
