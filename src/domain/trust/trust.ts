import type { Sha } from '../ids.ts';
import type { Actor } from '../pull.ts';

/** Somebody's word that the code of one commit may run. It is of that commit alone. */
export interface Trust {
  readonly repositoryId: number;
  readonly pullNumber: number;
  readonly headSha: Sha;
  readonly actor: Actor;
  readonly commentId: number;
  /** Unix milliseconds. */
  readonly at: number;
}

/** A commit as it is named in `/trust`: enough digits that nobody can make another one that begins alike while it is being read. */
export const isCommitName = (text: string): boolean => /^[0-9a-f]{12,40}$/.test(text);
