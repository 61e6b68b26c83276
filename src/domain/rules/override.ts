import type { PlanDigest, ProjectKey } from '../ids.ts';
import type { Actor } from '../pull.ts';
import type { SaidThen } from './policy-answer.ts';

/** Somebody's word that a plan may be applied although a policy says no. It is of that plan and that answer alone. */
export interface Override {
  readonly repositoryId: number;
  readonly pullNumber: number;
  readonly project: ProjectKey;
  readonly policy: string;
  readonly plan: PlanDigest;
  /** What the policy was and said then; null: from before that was kept, so it is not known. */
  readonly about: SaidThen | null;
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
