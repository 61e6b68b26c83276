import type { ProjectKey } from '../../domain/ids.ts';
import type { HistoryEntry, Tracked } from '../../domain/tracked.ts';

/** What is kept of each project after its applies. To change a row, read it and put it back within one transaction. */
export interface TrackedRows {
  get(project: ProjectKey): Promise<Tracked | null>;
  /** By their keys, those that are gone too. */
  ofRepository(repositoryId: number): Promise<readonly Tracked[]>;
  /** Of all repositories, by their keys. */
  all(): Promise<readonly Tracked[]>;
  /** Those with a merge that is waited for, whether people were told or not. */
  awaiting(): Promise<readonly Tracked[]>;
  /** In the place of what was there. */
  put(tracked: Tracked): Promise<void>;
  /** Newest first: the last that were added, `historyLength` at most. */
  history(project: ProjectKey): Promise<readonly HistoryEntry[]>;
  /** Adds to the history, whose oldest entries go. */
  note(project: ProjectKey, entry: HistoryEntry): Promise<void>;
}

/** So many entries are kept of each project. */
export const historyLength = 20;
