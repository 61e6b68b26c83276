import type { VersionConstraint } from '../domain/tool-version.ts';
import type { Runner } from '../runner/port.ts';

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
  /** Gives up what is under way. */
  close(): Promise<void>;
}
