import { parseConstraint, type VersionConstraint } from '../domain/tool-version.ts';
import type { RawTools } from './tools-schema.ts';

/** What the operator says of the versions of one runner's tool. */
export interface RunnerTool {
  /** For projects that say none, and whose code says none. */
  readonly version: VersionConstraint | null;
  /** For every project. */
  readonly within: VersionConstraint | null;
  /** Addresses instead of those of the makers. */
  readonly url: string | null;
  readonly index: string | null;
  /** Absolute. */
  readonly keyFile: string | null;
}

export interface ToolSettings {
  /** May versions be fetched that are not on PATH? */
  readonly download: boolean;
  /** Absolute. */
  readonly caFile: string | null;
  /** By the name of the runner. */
  readonly runners: ReadonlyMap<string, RunnerTool>;
}

const compiled = (text: string | undefined): VersionConstraint | null =>
  text === undefined ? null : parseConstraint(text);

export const compileTools = (raw: RawTools): ToolSettings => ({
  download: raw.download,
  caFile: raw.ca_file ?? null,
  runners: new Map(
    Object.entries(raw.runners).map(([name, { version, within, mirror, index, key_file }]) => [
      name,
      {
        version: compiled(version),
        within: compiled(within),
        url: mirror ?? null,
        index: index ?? null,
        keyFile: key_file ?? null,
      },
    ]),
  ),
});
