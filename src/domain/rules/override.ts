import type { PlanDigest, ProjectKey } from '../ids.ts';
import type { Actor } from '../pull.ts';

/** Somebody's word that a plan may be applied although a policy says no. It is of that plan alone. */
export interface Override {
  readonly repositoryId: number;
  readonly pullNumber: number;
  readonly project: ProjectKey;
  readonly policy: string;
  readonly plan: PlanDigest;
  readonly actor: Actor;
  readonly reason: string;
  readonly commentId: number;
  /** When the comment was written, by the forge's clock, Unix milliseconds. */
  readonly writtenAt: number;
  /** Unix milliseconds. */
  readonly at: number;
}

/** The name of a policy, as it is written in `/approve`. */
export const isPolicyName = (text: string): boolean => /^[a-z0-9][a-z0-9-]{0,62}$/.test(text);
