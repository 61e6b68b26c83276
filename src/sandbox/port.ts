import type { RunId } from '../domain/ids.ts';
import type { RepoPath } from '../domain/repo-path.ts';
import type { RunVerb } from '../domain/run.ts';
import type { Step } from '../runner/port.ts';

export interface SandboxSpec {
  readonly runId: RunId;
  readonly verb: RunVerb;
  /** Absolute path of the laid-out tree. */
  readonly checkout: string;
  readonly dir: RepoPath;
  /** The project's own variables; the operator's allow-lists are the sandbox's business. */
  readonly env: Readonly<Record<string, string>>;
}

export interface StepResult {
  readonly step: string;
  readonly ended: 'exit' | 'signal' | 'timeout' | 'cancelled' | 'not-found';
  readonly exitCode: number | null;
  /** Standard output of a `data` step; empty for the others. */
  readonly data: Buffer;
  /** For a `log` step, standard output and error as they came; for a `data` step standard error. Capped, head and tail kept. */
  readonly text: string;
}

export interface Session {
  /** Private to the run, 0700, outside the checkout; gone after `dispose`. */
  readonly folder: string;
  /** Never throws for what the tool does. Aborting ends plan steps; a step that mutates is interrupted once and waited for. */
  run(step: Step, signal?: AbortSignal): Promise<StepResult>;
  dispose(): Promise<void>;
}

export interface Sandbox {
  open(spec: SandboxSpec): Promise<Session>;
}

/** Where an artifact comes from and goes back to. */
export interface ArtifactPlace {
  /** Absolute; the tool's saved plan. */
  readonly planFile: string;
  /** Absolute path of the laid-out tree. */
  readonly checkout: string;
}

/** A plan artifact: the saved plan and every file that planning wrote, as one block of bytes. */
export interface Artifacts {
  /** Deterministic. `paths` are relative to the checkout; one that is not there any more is kept as deleted. */
  pack(from: ArtifactPlace & { readonly paths: readonly string[] }): Promise<Buffer>;
  /** Lays everything out again. Throws, with nothing outside the checkout touched, for paths or links that would leave it. */
  unpack(bytes: Buffer, to: ArtifactPlace): Promise<void>;
  /** Throws UserError `artifact-damaged` unless what is on disk is the artifact, byte for byte. */
  verify(bytes: Buffer, at: ArtifactPlace): Promise<void>;
}
