import type { ConsumersLook } from '../domain/consumers.ts';
import type { RunId } from '../domain/ids.ts';
import type { MergeGroup } from '../domain/merge-group.ts';
import type { Pull } from '../domain/pull.ts';
import type { Admitted } from './admit.ts';
import type { Recovering } from './recover.ts';

/** What has to happen with processes after a wish was followed; rows are written already. */
export interface Followed {
  readonly admitted: Admitted | null;
  readonly superseded: Admitted['superseded'];
  /** A plan ends; an apply gets its one SIGINT. */
  readonly interrupt: readonly RunId[];
  /** An apply gets a second SIGINT. */
  readonly insist: readonly RunId[];
  /** Work with a tool on what an apply left; nothing waits for it. */
  readonly recovering: Recovering | null;
  /** Commit of a merge queue that is to be looked at. */
  readonly group: MergeGroup | null;
  /** Projects of other repositories are to be looked at. */
  readonly consumers: ConsumersLook | null;
  /** The pull request is over: its checkouts can go. */
  readonly closed: Pull | null;
}

export const nothing: Followed = {
  admitted: null,
  superseded: [],
  interrupt: [],
  insist: [],
  recovering: null,
  group: null,
  consumers: null,
  closed: null,
};
