import type { FileOutline } from '../domain/declared/outline.ts';
import type { ExitCodes } from '../domain/exit-codes.ts';
import type { OperationVerb } from '../domain/operation.ts';
import type { PinClass, PlanReading, StateVersion, ToolWarning } from '../domain/plan-summary.ts';
import type { Printed } from '../domain/printed.ts';
import type { DeclaredRunners, DeclaredSettings, RunnerSettings } from '../domain/settings/declared.ts';
import type { StateReading } from '../domain/state-comparison.ts';
import type { StateLock } from '../domain/state-lock.ts';
import type { CodeFacts } from '../domain/trust/code-facts.ts';
import type { OwnStep, Workflow, WorkflowVerb } from '../domain/workflow.ts';
import type { InputKind } from './settings-schema.ts';

/** One tool invocation. `argv` is complete: no shell, no expansion happens after this. */
export interface Step {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** As people would type it; absent: the first two elements. */
  readonly command?: string;
  /** `log`: output is for people and goes to the run's log. `data`: standard output is read by us, kept in memory (packed), never on disk. */
  readonly output: 'log' | 'data';
  readonly timeoutMs: number;
  /** Set for every step of this runner, on top of the sandbox's clean environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Changes the world: a failure is told apart from one before it, and it is never killed. */
  readonly mutates: boolean;
  /** The tool draws: it gets a terminal, which nobody types into. Never where it mutates or a machine reads what it prints. */
  readonly terminal?: boolean;
  /**
   * A program of the operator that judges what the tool said. It starts in an empty folder of its own and sees neither the
   * checkout nor anything that the run's tools may write; it gets neither the project's variables nor those that the operator
   * passes to tools. Never where it mutates.
   */
  readonly apart?: boolean;
  /** What its exit codes mean; absent: 0 is fine, and nothing else. */
  readonly exitCodes?: ExitCodes;
  /** It is the one of its phase whose exit code tells whether there are changes. */
  readonly speaks?: boolean;
  /** Files and folders, absolute, that its tool is made of: shown to it, to be read. */
  readonly madeOf?: readonly string[];
  /** Absolute folder that stands before everything else on its PATH: the version of the tool that the run is made with. */
  readonly toolFolder?: string;
  /**
   * Sets variables for the steps behind it and is no other step's data: one to a value without anything being run, one to
   * what it prints, or those that it prints (`pairs`). Its output is `data`.
   */
  readonly gives?: { readonly name: string; readonly value: string | null } | 'pairs';
  /** It reads this file (absolute) of the step before it, and may begin when that has written it, whole, and is not over. */
  readonly onceWritten?: string;
}

/** What the placeholders of a `runner.yml` stand for. Every value becomes whole argv elements. */
export interface StepInputs {
  /** Absolute folder, outside the checkout: what planning hands to the apply. */
  readonly planDir: string;
  readonly workspace: string;
  readonly varFiles: readonly string[];
  readonly backendFiles: readonly string[];
  /** What the project tells the runner, checked; absent: nothing. */
  readonly with?: RunnerSettings;
  readonly extra: readonly string[];
  /** See `Step.toolFolder`; absent or null: the tool on PATH. */
  readonly toolFolder?: string | null;
  /** What the operator puts between the steps of a plan and of an apply; absent or null: nothing. */
  readonly workflow?: Workflow | null;
  /** There is a file of outputs of other projects in the folder of the plan; absent: there is none. */
  readonly isFed?: boolean;
  /** What steps of a runner with a summary are told of the run, `TIDEGATE_…`. */
  readonly about?: Readonly<Record<string, string>>;
  /** Variables that programs of the workflow see, and nobody else. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Absolute path of a state to send to the backend; for `push-state` only. */
  readonly stateFile?: string;
  /** For `force-unlock` only. */
  readonly lockId?: string;
  /** For `import` (one) and `state-rm`: checked addresses. */
  readonly addresses?: readonly string[];
  /** For `import` only: printable, and no option. */
  readonly importId?: string;
}

/**
 * What a runner can be asked for. After an apply whose outcome is not known: `look` makes the tool ready and prints the
 * state (its last step has `output: data`), `holder` fails with the name of who holds the state lock, if anybody does;
 * both change nothing. `outputs` prints what a project puts out for others (its last step has `output: data`). `import` and `state-rm` read the state (a step with `output: data`) and then change it with their last step.
 * `codify` rewrites files of the project so that they say what is there. A runner without one of them has no steps for it. `preview` is a plan of code that nobody trusts, for a runner that can.
 */
export type StepVerb =
  | WorkflowVerb
  | OperationVerb
  | 'look'
  | 'outputs'
  | 'holder'
  | 'push-state'
  | 'force-unlock'
  | 'show'
  | 'preview'
  | 'drift'
  | 'codify';

/** What one configuration file says that discovery needs. */
export interface FileFacts {
  /** `source` of every module call that is plain text. */
  readonly moduleSources: readonly string[];
  /** The `source` of a module call is an expression, and what that comes to is not known. */
  readonly hasOpenSource: boolean;
  /** Type of the `backend` block, `cloud` for a cloud block, null for none. */
  readonly backend: string | null;
  readonly hasProvider: boolean;
  /** `required_version` of every `terraform` block, as it is written. */
  readonly requiredVersions: readonly string[];
  /** False where an expression may read files outside the folder: then the inputs are the whole tree. */
  readonly selfContained: boolean;
  /** The file does not parse; the message has file and line. */
  readonly error: string | null;
  /** What a first look at strangers' code is about. */
  readonly code: CodeFacts;
}

/** What a reader of plans cannot know by itself of what must not be shown. */
export interface ReadOptions {
  /** A short text that is the same for the same secret, and says nothing else of it; null for one that is too easy to guess. */
  readonly fingerprint?: (secret: string) => string | null;
  /** Has the text something in it that the run was given as a secret? */
  readonly isGiven?: (text: string) => boolean;
}

/** Where the makers of a tool put its releases, and how they sign them. `{version}`, `{os}` and `{arch}` stand in paths. */
export interface Releases {
  /** A constraint: the versions that the steps of the runner are for. */
  readonly within: string;
  /** Addresses, HTTPS. */
  readonly base: string;
  readonly index: string;
  /** Paths below `base`. */
  readonly archive: string;
  readonly checksums: string;
  /** Detached, over the checksums; the first that is there counts. */
  readonly signatures: readonly string[];
  /** Armored public key, and its fingerprint. */
  readonly key: string;
  readonly fingerprint: string;
}

/** An output of a project, as its state has it. */
export interface OutputValue {
  /** Canonical JSON: every digit of a number is kept. */
  readonly json: string;
  readonly sensitive: boolean;
  /** Texts and numbers in it, for masking. */
  readonly texts: readonly string[];
}

/** A file that was whole while its writer was still at work. */
export interface Written {
  /** Call when the writer is gone: is it still what it was? False where that cannot be told. */
  isUnchanged(): Promise<boolean>;
}

export interface Runner {
  readonly name: string;
  readonly executable: string;
  /** Is this file (base name) part of a project of this runner? */
  detects(fileName: string): boolean;
  /** Prints the tool's version; read with `readVersion`. */
  readonly versionStep: Step;
  readVersion(output: Buffer): string;
  /** Null: versions of it are not fetched. */
  readonly releases: Releases | null;
  /** What projects may say to it, by name. */
  readonly settings: DeclaredSettings;
  /** Can it show what code would do that nobody trusts, without running any of it? */
  readonly previews: boolean;
  /** Can it plan the end of a project? */
  readonly destroys: boolean;
  /** May its projects be given outputs of others? */
  readonly isFed: boolean;
  /** Can it write what is there into the files of a project? */
  readonly codifies: boolean;
  /** Can outputs of its projects be read? */
  readonly hasOutputs: boolean;
  /** What the last step of `outputs` printed. Rejects with UserError `outputs-unreadable`. */
  readOutputs(output: Buffer): ReadonlyMap<string, OutputValue>;
  /** What can change a plan of it, see `inputKinds`. */
  readonly inputs: InputKind;
  /** All steps of a plan and of an apply, those that are left out in some workspace as well. */
  readonly ownSteps: Readonly<Record<WorkflowVerb, readonly OwnStep[]>>;
  /**
   * The invocations of a verb, in order. Throws UserError `workflow-unfit` where a plan or an apply has a workflow that does not
   * keep all own steps of both, `argument-refused` for a plan to destroy, or arguments, that the tool does not take.
   */
  steps(verb: StepVerb, inputs: StepInputs): readonly Step[];
  /** How an apply of it is bound to the plan that was reviewed. */
  readonly pin: PinClass;
  /** Is there a state that Tidegate can be shown after an apply of unknown outcome? */
  readonly hasState: boolean;
  /** What the exit codes of an apply mean. With one that is not in it, and not 1, nobody knows how far it came. */
  readonly applyCodes: ExitCodes;
  /**
   * What `read` is to read: what the last `data` step printed or, of a tool that writes a summary, that file of the plan's folder
   * (absolute). Rejects with UserError `plan-unreadable` where that is not there, no plain file, or too large.
   */
  planOf(printed: Printed, planDir: string): Promise<Printed>;
  /** The plan is in a file of its folder: no step has to print it. */
  readonly planIsFile: boolean;
  /**
   * Resolves as soon as `file` (`Step.onceWritten`; its folder is there) is whole; null: `signal` fired before. What lies there
   * already is passed over until it is written anew. Never rejects.
   */
  whenWritten(file: string, signal: AbortSignal): Promise<Written | null>;
  /** Before a step is run again: no summary of an earlier attempt may pass for its own. */
  forget(planDir: string): Promise<void>;
  /** Rejects with UserError `plan-unreadable` for a format it does not know. It may go through what was printed twice. */
  read(output: Printed, options?: ReadOptions): Promise<PlanReading>;
  /** What the tool warned of, out of all that its steps printed for people. Nothing for one that says it in its summary. */
  warningsIn(printed: string): readonly ToolWarning[];
  /** Which state the plan in a folder (absolute path) was made from; null where that cannot be read. Never rejects. */
  plannedState(planDir: string): Promise<StateVersion | null>;
  /** What the last step of `look` printed; null where that is no state that is known. */
  readState(output: Buffer): StateReading | null;
  /** What `holder` said; null where it says nothing of a lock. */
  readLock(text: string): StateLock | null;
  /**
   * Where the tool keeps its state after its first step, read from what it left in the project's
   * folder (absolute path): null when in a remote backend, else the state's absolute path.
   */
  localState(projectFolder: string, workspace: string): Promise<string | null>;
  /** Name of the file, in the project's folder, for a state that the backend did not take; null: it makes none. */
  readonly leftStateName: string | null;
  /** The file into which the tool wrote a state that its backend did not take; null when there is none. */
  leftState(projectFolder: string): Promise<{ readonly path: string; readonly bytes: Buffer } | null>;
  /**
   * Versions of what the tool fetched to make things of, by the words that changes have for it (`provider`), as the project's folder says
   * after a plan. Empty: it fetches nothing, or does not say; the version of the tool stands for all of it.
   */
  fetchedVersions(projectFolder: string): Promise<ReadonlyMap<string, string>>;
  /** Folders in a project's own folder that only the tool may make: what it finds there it believes. */
  readonly ownFolders: readonly string[];
  /** Paths below a checkout that are fetched again rather than kept in an artifact (provider binaries). */
  isFetchedAgain(path: string): boolean;
}

export interface Runners {
  readonly names: readonly string[];
  get(name: string): Runner | null;
  /** Settings of each; the same object each time. */
  readonly declared: DeclaredRunners;
}

interface ConfigurationFile {
  readonly path: string;
  readonly blob: string;
}

type LoadBlobs = (blobs: readonly string[]) => Promise<ReadonlyMap<string, Buffer>>;

/** Reads Terraform configuration, in a process of its own that ends when idle. */
export interface ConfigurationReader {
  /** Results are kept by blob id. */
  facts(files: readonly ConfigurationFile[], load: LoadBlobs): Promise<ReadonlyMap<string, FileFacts>>;
  /** What stands on which lines, of files of variables as well. Kept nowhere: it is as large as the files. */
  outlines(files: readonly ConfigurationFile[], load: LoadBlobs): Promise<ReadonlyMap<string, FileOutline>>;
  /** Told when files will be asked about soon: what takes time to start can start. */
  wake(): void;
  close(): Promise<void>;
}
