import { parseConstraint, type VersionConstraint } from '../domain/tool-version.ts';
import type { RawTools } from './tools-schema.ts';

/** What the operator says of the versions of one runner's tool. */
export interface RunnerTool {
  /** For projects that say none, and whose code says none. */
  readonly version: VersionConstraint | null;
  /** For every project. */
  readonly within: VersionConstraint | null;
}

export interface ToolSettings {
  /** By the name of the runner. */
  readonly runners: ReadonlyMap<string, RunnerTool>;
}

const compiled = (text: string | undefined): VersionConstraint | null =>
  text === undefined ? null : parseConstraint(text);

export const compileTools = (raw: RawTools): ToolSettings => ({
  runners: new Map(
    Object.entries(raw.runners).map(([name, { version, within }]) => [
      name,
      { version: compiled(version), within: compiled(within) },
    ]),
  ),
});
