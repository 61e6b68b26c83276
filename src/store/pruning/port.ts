import type { ArtifactDigest, ProjectKey, RunId, Sha } from '../../domain/ids.ts';
import type { PullKey } from '../port.ts';

/** A run whose plan and output are gone, and what its artifact was stored under. */
export interface ForgottenRun {
  readonly id: RunId;
  readonly project: { readonly key: ProjectKey };
  readonly headSha: Sha;
  readonly artifact: ArtifactDigest | null;
}

export interface StoredPlan extends ForgottenRun {
  readonly artifact: ArtifactDigest;
  /** Of the tool that made it: an apply needs just that one. */
  readonly toolVersion: string;
}

/** Something in the blobs that a row names. */
export interface KeptBlob {
  readonly digest: ArtifactDigest;
  readonly binding: string;
}

/** Where a walk through the runs goes on. */
export interface RunsCursor {
  readonly endedAt: number;
  readonly id: RunId;
}

/**
 * What retention asks: takes away what is over and old, in bites, so that nobody waits for long. Nothing that a lock, a run
 * under way or an unknown outcome needs ever goes, and of an open pull request nothing of the newest runs. The audit
 * trail and the rows of runs stay for ever. `before` is Unix milliseconds.
 */
export interface Pruning {
  /** Merged or closed, and no plan was asked for since. */
  isOver(pull: PullKey): Promise<boolean>;
  /** When the newest of its runs was queued; null where there never was one. */
  lastRunAt(pull: PullKey): Promise<number | null>;
  /** Removes deliveries that were worked off before then, about `limit` at a time; returns how many, 0 when none is left. */
  deliveries(before: number, limit: number): Promise<number>;
  /** Forgets plans and outputs of runs that ended before then, looking at `limit`. Their blobs are the caller's to delete. */
  runs(
    before: number,
    after: RunsCursor | null,
    limit: number,
  ): Promise<{ readonly forgotten: readonly ForgottenRun[]; readonly next: RunsCursor | null }>;
  /**
   * Removes what was sent or given up, and was due before then, of pull requests that are over. Looks at `limit` rows
   * behind `after` (0 to begin); returns where to go on, null at the end.
   */
  reports(before: number, after: number, limit: number): Promise<number | null>;
  /** Removes what was found, before then, of the projects that use a module; never what goes on. Up to `limit`; returns how many. */
  looks(before: number, limit: number): Promise<number>;
  /** Plans whose artifacts are stored, `limit` behind `after` (0 to begin). */
  plans(
    after: number,
    limit: number,
  ): Promise<{ readonly plans: readonly StoredPlan[]; readonly next: number | null }>;
  /** State files that were rescued: their blobs are kept for ever. */
  rescues(): Promise<readonly KeptBlob[]>;
}
