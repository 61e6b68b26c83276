import type { Batch } from '../../domain/batch.ts';
import type { ProjectKey } from '../../domain/ids.ts';
import type { Preview } from '../../domain/preview.ts';
import type { PullKey } from '../port.ts';

/** The previews of a pull request: of what is held at its newest commit, one for a project. */
export interface Previews {
  /**
   * After a new look: those of `make` wait to be made, anew where they were; those of `keep` stay if they are of the same commit and
   * tree; all others are gone. Of a batch without a tree nothing is left.
   */
  settle(
    batch: Pick<Batch, 'id' | 'repositoryId' | 'pullNumber' | 'headSha' | 'tree'>,
    projects: { readonly make: readonly ProjectKey[]; readonly keep: readonly ProjectKey[] },
  ): Promise<void>;
  /** In the order of their keys. */
  ofPull(pull: PullKey): Promise<readonly Preview[]>;
  /** Those that wait to be made, of one pull request or of all. */
  waiting(pull: PullKey | null): Promise<readonly Preview[]>;
  /** False, with nothing done, where it does not wait, or waits for another batch. */
  note(preview: Preview): Promise<boolean>;
  /** None is left. */
  end(pull: PullKey): Promise<void>;
}
