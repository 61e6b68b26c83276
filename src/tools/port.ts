import type { VersionConstraint } from '../domain/tool-version.ts';
import type { Runner } from '../runner/port.ts';

/** A version that lies on the disk, for one kind of machine. */
export interface KeptVersion {
  readonly runner: string;
  readonly version: string;
  /** `linux_amd64` */
  readonly platform: string;
  /** When `folderOf` was asked for it last, Unix milliseconds. */
  readonly usedAt: number;
}

/** Versions of tools that are not on the server's PATH. */
export interface Tools {
  /**
   * The newest version that fits, of those that can be had. Throws UserError `tool-unavailable` where there is none, or nobody
   * can be asked; null where nothing may be fetched and nothing that fits is kept.
   */
  newest(runner: Runner, constraints: readonly VersionConstraint[]): Promise<string | null>;
  /**
   * The folder (absolute) with the runner's program in exactly this version, fetched and verified where it is not kept. Null where
   * it is not kept and nothing may be fetched. Throws UserError `tool-unavailable`, or `tool-untrusted` for what is not what its
   * makers signed; nothing of that is left on the disk.
   */
  folderOf(runner: Runner, version: string): Promise<string | null>;
  /** What could be fetched again: none where nothing may be fetched. */
  kept(): Promise<readonly KeptVersion[]>;
  /** Removes one, unless somebody asks for it now or did so since then (Unix milliseconds). Was it removed? */
  remove(kept: Omit<KeptVersion, 'usedAt'>, unusedSince: number): Promise<boolean>;
  /** Gives up what is under way. */
  close(): Promise<void>;
}
