import type { Correction } from '../../domain/drift/correction.ts';
import type { ProjectKey } from '../../domain/ids.ts';

/** What is put back without a command, one for each project whose drift is. */
export interface Corrections {
  get(project: ProjectKey): Promise<Correction | null>;
  /** Those that are to be looked at again by now, the first to wake first. */
  waking(now: number): Promise<readonly Correction[]>;
  /** In the place of what was there of the project. */
  put(correction: Correction): Promise<void>;
}
