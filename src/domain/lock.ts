import type { ProjectKey } from './ids.ts';

/** A project key held by a pull request. */
export interface Lock {
  readonly project: ProjectKey;
  readonly repositoryId: number;
  readonly pullNumber: number;
  /** Unix milliseconds. */
  readonly since: number;
  /** Set while an apply runs under it and somebody asked for its release: it goes at the apply's end. */
  readonly releaseAtEnd: boolean;
}

/** A pull request in line for a lock; the oldest is next. */
export interface Waiter {
  readonly project: ProjectKey;
  readonly repositoryId: number;
  readonly pullNumber: number;
  readonly since: number;
}
