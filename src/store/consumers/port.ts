import type { ConsumersLook, UsedModules } from '../../domain/consumers.ts';
import type { PullKey } from '../port.ts';

/** What the tips of repositories use of others. */
export interface UsedModulesRows {
  get(repositoryId: number): Promise<UsedModules | null>;
  /** In the place of what was known of the repository. */
  put(used: UsedModules): Promise<void>;
  /** For a repository that is not reached any more. */
  remove(repositoryId: number): Promise<void>;
  /** In the order of their ids. */
  all(): Promise<readonly UsedModules[]>;
}

/** What was found of the projects that use what a pull request changes. */
export interface ConsumerLooks {
  /** `known`: that comment has asked already, nothing was changed. One of the same pull request that goes on is over. */
  add(look: ConsumersLook): Promise<'new' | 'known'>;
  /** The last that was added. */
  latest(pull: PullKey): Promise<ConsumersLook | null>;
  /** Those that go on, as they were added. */
  looking(): Promise<readonly ConsumersLook[]>;
  /** False, with nothing done, where it does not go on. */
  note(look: Pick<ConsumersLook, 'repo' | 'commentId' | 'state' | 'found'>): Promise<boolean>;
  /** What goes on of a pull request is over. */
  end(pull: PullKey): Promise<void>;
}
