import type { CheckUpsert } from '../../domain/check.ts';
import type { Sha } from '../../domain/ids.ts';
import type { Actor, Permission, Pull, Review } from '../../domain/pull.ts';
import type { DeploymentUpsert, Reaction, Remote } from '../port.ts';

export interface MemoryComment {
  readonly id: number;
  readonly pullNumber: number;
  readonly body: string;
  readonly author: Actor;
  /** Written through our own App. */
  readonly ours: boolean;
  readonly reactions: readonly Reaction[];
  /** Unix milliseconds, in whole seconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface MemoryIssue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'closed';
  /** Opened by our own App. */
  readonly isOurs: boolean;
}

export interface MemoryCheck extends CheckUpsert {
  readonly id: number;
}

type DeploymentStatus = Pick<DeploymentUpsert, 'state' | 'said' | 'logUrl'>;

export interface MemoryDeployment extends Omit<DeploymentUpsert, keyof DeploymentStatus> {
  readonly id: number;
  /** Oldest first. */
  readonly statuses: readonly DeploymentStatus[];
}

export interface Repository {
  readonly pulls: Map<number, Pull>;
  readonly issues: Map<number, MemoryIssue>;
  readonly reviews: Map<number, Review[]>;
  readonly permissions: Map<string, Permission>;
  readonly comments: Map<number, MemoryComment>;
  readonly checks: Map<number, MemoryCheck>;
  readonly deployments: Map<number, MemoryDeployment>;
  /** Commits that were ever the head of a pull request. */
  readonly commits: Set<Sha>;
  /** Those that were made for pull requests of our own, or that somebody else made. */
  readonly branches: Map<string, Sha>;
  /** Of our own. */
  readonly refs: Map<string, Sha>;
  remote: Omit<Remote, 'done'> | null;
}

export const emptyRepository = (): Repository => ({
  pulls: new Map(),
  issues: new Map(),
  reviews: new Map(),
  permissions: new Map(),
  comments: new Map(),
  checks: new Map(),
  deployments: new Map(),
  commits: new Set(),
  branches: new Map(),
  refs: new Map(),
  remote: null,
});
