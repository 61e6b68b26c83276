import type { Convergence } from '../../domain/convergence/convergence.ts';
import type { Unsettled } from '../../domain/convergence/unsettled.ts';
import type { ProjectKey, RunId } from '../../domain/ids.ts';

/** Whether applies brought the world to where it was to be, and what differs again after each of them. */
export interface Convergences {
  /** `known`: there is one of that apply already, nothing was changed. */
  add(convergence: Convergence): Promise<'new' | 'known'>;
  /** Those that there are, in no order. */
  ofRuns(runs: readonly RunId[]): Promise<readonly Convergence[]>;
  get(run: RunId): Promise<Convergence | null>;
  /** Those without an outcome, oldest first. */
  open(): Promise<readonly Convergence[]>;
  /** The newest one without an outcome. */
  openOf(project: ProjectKey): Promise<Convergence | null>;
  /** In the place of what was there; nothing where there was none. */
  put(convergence: Convergence): Promise<void>;
  /** By address. */
  unsettled(project: ProjectKey): Promise<readonly Unsettled[]>;
  /** In the place of what was known of that address. */
  remember(one: Unsettled): Promise<void>;
  forget(project: ProjectKey, address: string): Promise<void>;
}
