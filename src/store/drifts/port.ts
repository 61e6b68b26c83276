import type { Drift, DriftStatus, PutOff, UnderWay } from '../../domain/drift/drift.ts';
import type { ProjectKey } from '../../domain/ids.ts';

/** What says when a project is looked at next, without what was found. */
export type DriftTimes = Pick<
  Drift,
  'project' | 'repo' | 'ref' | 'status' | 'since' | 'tickAt' | 'dueAt' | 'askedAt' | 'underWay' | 'putOff'
>;

/** How the world stands to what was applied, project by project. */
export interface Drifts {
  get(project: ProjectKey): Promise<Drift | null>;
  /** By their keys. */
  ofRepository(repositoryId: number): Promise<readonly Drift[]>;
  /** Of all repositories, by their keys. */
  times(): Promise<readonly DriftTimes[]>;
  /** Projects by status, and when the look that is longest ago ended; null: there was none. */
  counts(): Promise<{
    readonly byStatus: Readonly<Partial<Record<DriftStatus, number>>>;
    readonly oldestAt: number | null;
  }>;
  /** In the place of what was there. */
  put(drift: Drift): Promise<void>;
  remove(project: ProjectKey): Promise<void>;
  /**
   * Begins a look, for the moment `tickAt` of its schedule. False, with nothing changed: one goes on, or one was begun since `before` was
   * read, so that no two begin for the same moment.
   */
  begin(before: Pick<DriftTimes, 'project' | 'tickAt'>, tickAt: number, underWay: UnderWay): Promise<boolean>;
  /**
   * Somebody wants a look now, and what put it off may be over. False: there is no such row. Nothing that goes on is disturbed: there is
   * another look behind it.
   */
  ask(project: ProjectKey, at: number): Promise<boolean>;
  /** It is due, and not begun for now. */
  putOff(project: ProjectKey, putOff: PutOff): Promise<void>;
  /** As if it had been looked at for that moment: what is there is of a clock that was wrong. */
  mendTick(project: ProjectKey, tickAt: number): Promise<void>;
  /** For people to know. */
  noteDue(project: ProjectKey, dueAt: number): Promise<void>;
}
