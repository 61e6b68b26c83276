import type { RunId } from '../domain/ids.ts';
import type { Isolation } from '../domain/isolation.ts';
import type { Printed } from '../domain/printed.ts';
import type { RepoPath } from '../domain/repo-path.ts';
import type { Reach } from '../domain/run.ts';
import type { Step } from '../runner/port.ts';

/**
 * The file of this machine that a tool keeps its state in. Behind a wall that can show single files, a tool sees no other file of the
 * folder, and a step that changes nothing gets a copy: it may lock and write that, and nothing of it is kept.
 */
export interface StateFile {
  /** Absolute: the operator lets state be kept in it, and nowhere else. */
  readonly folder: string;
  /** The file (absolute) by the files that were reviewed, which no tool has touched; null: they do not say it plainly. */
  readonly declared: () => Promise<string | null>;
  /** The file (absolute) that the tool has chosen; null: none. Before it has chosen, any path outside of the folder. */
  readonly chosen: () => Promise<string | null>;
  /** All steps get the file itself, for its lock is asked about; only where no step runs code of the branch. */
  readonly isShared: boolean;
}

export interface SandboxSpec {
  readonly runId: RunId;
  readonly verb: Reach;
  /** Absolute path of the laid-out tree. */
  readonly checkout: string;
  readonly dir: RepoPath;
  /** The project's own variables; the operator's allow-lists are the sandbox's business. */
  readonly env: Readonly<Record<string, string>>;
  /** Absent: a tool keeps no state on this machine. */
  readonly state?: StateFile;
  /** Its tools have the processor when nobody else wants it. */
  readonly standsBack?: boolean;
}

export interface StepResult {
  readonly step: string;
  /** `signal` with an exit code: a step that mutates was told twice to stop, and dropped what it was doing. */
  readonly ended: 'exit' | 'signal' | 'timeout' | 'cancelled' | 'not-found';
  readonly exitCode: number | null;
  /** Standard output of a `data` step; nothing for the others. */
  readonly data: Printed;
  /** For a `log` step, standard output and error as they came; for a `data` step standard error. Capped, head and tail kept. */
  readonly text: string;
}

/** `silent`: it has printed nothing for so many milliseconds; told again after as many more. `overdue`: it goes on beyond its time limit. */
export interface Trouble {
  readonly kind: 'silent' | 'overdue';
  readonly ms: number;
}

export interface StepOptions {
  /**
   * Aborting ends a plan step: SIGINT, a grace period, then the whole group is killed. A step that mutates gets one SIGINT, it
   * alone, and is waited for.
   */
  readonly signal?: AbortSignal;
  /**
   * What goes wrong with it counts for nothing, for it is run once more then. It has no grace period, is the first to be killed when
   * memory runs out, and leaves nothing in the log when it ends so (`countsForNothing`). Never where it mutates.
   */
  readonly disposable?: boolean;
  /** Values that only this run knows (a plan's sensitive ones); kept out of every log like those that the server knows. */
  readonly secrets?: readonly string[];
  /** Its tool was started, or is about to be: it may turn out not to be there. */
  readonly onStarted?: () => void;
  /** Something is odd about a step that mutates. It is left alone. */
  readonly onTrouble?: (trouble: Trouble) => void;
}

export interface Session {
  /** Private to the run, 0700, outside the checkout; gone after `dispose`. */
  readonly folder: string;
  /** In it: what the tool and the server hand each other. A tool that applies may only read there. */
  readonly files: string;
  /** In it: empty, and for the tools of the run to write to, of an apply as well: what they plan once more. */
  readonly fresh: string;
  /** In it: what the server hands to steps that run apart. No other step sees it. */
  readonly apart: string;
  /** Never throws for what the tool does; rejects when the process that hosts the run is gone, as `HostLost`. */
  run(step: Step, options?: StepOptions): Promise<StepResult>;
  /** A second SIGINT for the step under way that mutates: terraform then ends without waiting for what it began. */
  insist(): void;
  /** Leaves a step that mutates to its host, which outlives us; `reattach` finds it again. Ends everything else. */
  detach(): Promise<void>;
  /** Ends the host and removes the folder. Never while a step that mutates runs. */
  dispose(): Promise<void>;
}

/** The process that hosts a run ended without a word: what its tool did, and whether it still does, `reattach` says. */
export class HostLost extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HostLost';
  }
}

/** What is known of the step that mutates, of a run that another server (or a dead host) left. */
export type Ending =
  /** Its exit record is whole and carries our mark. */
  | { readonly kind: 'ended'; readonly result: StepResult }
  /** The run never came to a step that mutates. */
  | { readonly kind: 'not-started' }
  /** Nobody can say: no record, one that is not ours, or nothing left of the run at all. `text`: the last that the tool said, masked. */
  | { readonly kind: 'unknown'; readonly because: string; readonly text: string };

/** A step that mutates, found again after a restart. */
export interface Reattached {
  /** Its private folder; may be gone. */
  readonly folder: string;
  /** Is its tool, or the host that will tell of it, still at work? */
  readonly running: boolean;
  /** Resolves when the tool has ended; at once where `running` is false. */
  readonly ending: Promise<Ending>;
  /** One SIGINT, to the tool alone. */
  interrupt(): void;
  insist(): void;
  /** Stops looking; the tool goes on. */
  detach(): void;
  /** Removes the folder; only after `ending`. */
  dispose(): Promise<void>;
}

export interface Sandbox {
  /** The same for every run of this server. */
  readonly isolation: Isolation;
  /** A run will be opened in a moment: what takes time to start may start now. Nothing comes of it when none is. */
  wake?(): void;
  /** The checkout need not be there yet: what takes time to start starts now. Throws when the run's folder is there already. */
  open(spec: SandboxSpec): Promise<Session>;
  /** Finds what is left of a run that this server did not start. Never signals a process that is not proven to be the run's own. */
  reattach(runId: RunId): Promise<Reattached>;
}

/** Where an artifact comes from and goes back to. */
export interface ArtifactPlace {
  /** Absolute; the folder of the plan, and nothing else is in it. */
  readonly planDir: string;
  /** Absolute path of the laid-out tree. */
  readonly checkout: string;
}

/** What lies at a path of a checkout. `odd`: a folder, a link, a pipe and the like. */
export type LyingThere =
  | { readonly kind: 'file'; readonly bytes: Buffer; readonly executable: boolean }
  | { readonly kind: 'nothing' | 'odd' | 'too-large' };

/** A plan artifact: the folder of the plan and every file that planning wrote, as one block of bytes. */
export interface Artifacts {
  /** Deterministic. `paths` are relative to the checkout; one that is not there any more is kept as deleted. */
  pack(from: ArtifactPlace & { readonly paths: readonly string[] }): Promise<Buffer>;
  /** Lays everything out again. Throws, with nothing outside the checkout touched, for paths or links that would leave it. */
  unpack(bytes: Buffer, to: ArtifactPlace): Promise<void>;
  /** Throws UserError `artifact-damaged` unless what is on disk is the artifact, byte for byte. */
  verify(bytes: Buffer, at: ArtifactPlace): Promise<void>;
  /** Reads one path of a checkout, relative to it, and follows no link on the way. `limit`: bytes. */
  look(checkout: string, path: string, limit: number): Promise<LyingThere>;
  /** Writes one file that a step is to read, 0600. `file` is absolute, in a session's private folder, and not there yet. */
  put(file: string, content: Buffer | AsyncIterable<Uint8Array>): Promise<void>;
}
