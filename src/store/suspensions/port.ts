import type { ProjectKey } from '../../domain/ids.ts';
import type { Suspension } from '../../domain/suspension.ts';

/** Projects to which nothing is applied for a time. Several words of several people may stand for one. */
export interface Suspensions {
  /** `known`: that comment has suspended it already, nothing was changed. */
  add(suspension: Suspension): Promise<'new' | 'known'>;
  /** Of a project, in the order in which they end; also those whose time is over and that nobody has ended yet. */
  of(project: ProjectKey): Promise<readonly Suspension[]>;
  /** The same of all projects. */
  all(): Promise<readonly Suspension[]>;
  /** Its end was told beforehand. */
  remind(project: ProjectKey, commentId: number): Promise<void>;
  /** False where it was ended already. */
  end(project: ProjectKey, commentId: number): Promise<boolean>;
}
