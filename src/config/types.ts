import type { DangerCatalogue } from '../domain/danger/catalogue.ts';
import type { DriftMode } from '../domain/drift/settings.ts';
import type { ProjectKey } from '../domain/ids.ts';
import type { Isolation } from '../domain/isolation.ts';
import type { Automerge } from '../domain/merging.ts';
import type { Problem } from '../domain/problem.ts';
import type { ApplyMode, Dependency, Feed, Project, ProjectSettings } from '../domain/project.ts';
import type { RepoPath } from '../domain/repo-path.ts';
import type { Bots } from '../domain/rules/bots.ts';
import type { Action, People, Requirements } from '../domain/rules/requirement.ts';
import type { Reach } from '../domain/run.ts';
import type { DeclaredRunners, SettingValue } from '../domain/settings/declared.ts';
import type { SuspendedInGit } from '../domain/suspension.ts';
import type { TagSource } from '../domain/tags/tagged.ts';
import type { Workflow } from '../domain/workflow.ts';
import type { ConsumersRules } from './consumers.ts';
import type { GivenDrift } from './drift.ts';
import type { Follows } from './follows.ts';
import type { GeneratorCommand } from './generate.ts';
import type { NotifySettings } from './notify.ts';
import type { ToolSettings } from './tools-settings.ts';
import type { TrustSettings } from './trust-settings.ts';

/** Settings of the process, from the environment. No secret is in here. */
export interface Config {
  readonly appId: number;
  readonly host: string;
  readonly port: number;
  readonly pagesHost: string;
  readonly pagesPort: number;
  readonly webhookPath: string;
  /** `https://api.github.com`, or an Enterprise server's `/api/v3`. */
  readonly apiUrl: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly publicUrl: string | null;
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  readonly proxies: readonly string[];
  /** Where people see the forge: `https://github.com`, or an Enterprise server. */
  readonly webUrl: string;
  /** Client id of the App, where people sign in to the pages with GitHub; null where they do not. */
  readonly loginClientId: string | null;
  /** What a signal to stop means for applies: left to their hosts, or waited for. */
  readonly onStop: 'detach' | 'drain';
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  readonly operator: OperatorSettings;
}

/** Kept apart from Config so that logging and templates never receive them. */
export interface Secrets {
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** Of the App, for signing in; there where `loginClientId` is. */
  readonly clientSecret: string | null;
  /** Lets metrics be collected where the pages are not on loopback. */
  readonly metricsToken: string | null;
  /** 32 bytes: encrypts blobs, keys the plan digest (each through its own derived key). */
  readonly secretKey: Buffer;
}

/** The operator file, checked and compiled. */
export interface OperatorSettings {
  /** Is `owner/name` one of the repositories this server works for? */
  allows(repository: string): boolean;
  /** May pull requests of a repository (`OWNER/NAME`) into this branch be applied? Its rules are believed, so it must not be anybody's. */
  appliesInto(repository: string, base: { readonly ref: string; readonly isDefault: boolean }): boolean;
  /** Words that start a command besides `/` and `tidegate`, for example `atlantis`. */
  readonly prefixes: readonly string[];
  /** Names (globs) of server variables that a tool may see, per verb. */
  readonly env: { readonly plan: readonly string[]; readonly apply: readonly string[] };
  /** Folder (absolute) in which a `local` backend may keep state; null refuses local state. */
  readonly allowLocalState: string | null;
  /** What is done with changes of files that belong to a known tool and that no runner reads. */
  readonly unread: 'fail' | 'tell' | 'allow';
  /** What keeps tools apart from the server; null for the strongest that works. */
  readonly isolation: Isolation | null;
  readonly sandbox: SandboxSettings;
  /** Absolute folders of runners besides those that come with Tidegate. */
  readonly runners: readonly string[];
  /** Which versions of tools are used. */
  readonly tools: ToolSettings;
  /** Runs at a time, server-wide. */
  readonly parallelRuns: number;
  /** Runs that may wait for their turn, server-wide; plans beyond are refused. */
  readonly queuedRuns: number;
  /** Projects that one pull request of a repository (`OWNER/NAME`) may have planned at once without a word for more. */
  projectsPerPull(repository: string): number;
  /** Milliseconds for one tool invocation. */
  readonly stepTimeoutMs: number;
  /** Milliseconds that a tool may print nothing: a plan is stopped then, an apply reported. */
  readonly idleTimeoutMs: number;
  /** Milliseconds that a server which drains waits for applies. */
  readonly drainTimeoutMs: number;
  /** Bytes free on the disk of the data folder below which no webhook is taken and no run starts. */
  readonly freeSpaceFloor: number;
  /** Bytes that mirrors and checkouts may take together; 0 for as many as they want. */
  readonly diskQuota: number;
  readonly retention: Retention;
  /** Absolute folder of templates that stand in the place of ours; null: none. */
  readonly templates: string | null;
  /** How fast comments and checks may be written. */
  readonly writePace: 'github' | 'unlimited';
  /** Whether what protects environments on the forge holds; `when_readable`: not where the App may not read it. */
  readonly environmentProtection: 'when_readable' | 'always' | 'never';
  /** For how long projects may be suspended, in milliseconds, and for how long they are where nobody says. */
  readonly suspend: { readonly defaultMs: number; readonly longestMs: number };
  /** Who may go past what rules ask with `/apply --override`. */
  readonly breakGlass: 'administrators' | 'never';
  /** What is asked of code that a pull request brings. */
  readonly trust: TrustSettings;
  /** What is done with pull requests of bots; null: what is done with anybody's. */
  readonly bots: Bots | null;
  readonly rules: readonly ProjectRule[];
  readonly policies: readonly Policy[];
  /** What is a danger in a plan: what is shipped and what the operator says of it. */
  readonly danger: DangerCatalogue;
  /** By name; `source`: `operator file, line 12`. */
  readonly workflows: ReadonlyMap<string, GivingWorkflow & { readonly source: string }>;
  /** Keys of projects that `tidegate.yaml` of a repository (`OWNER/NAME`) may set. */
  maySet(repository: string): readonly string[];
  /** Names of workflows that it may choose; null: any. */
  mayChoose(repository: string): readonly string[] | null;
  /** How its projects are found, whatever its own file says. */
  discovery(repository: string): Discovering;
  /** Path of the file of Atlantis that is read where a repository (`OWNER/NAME`) has no `tidegate.yaml`; null: none is. */
  atlantisFile(repository: string): string | null;
  /** The command that says projects of a repository (`OWNER/NAME`), besides its file; null: there is none. */
  generator(repository: string): GeneratorCommand | null;
  /** Whose projects may be shown on pull requests of repositories of modules. */
  readonly consumers: ConsumersRules;
  /** Who is told of what happens, besides the forge. */
  readonly notify: NotifySettings;
  readonly drift: {
    /** Looks at a time, server-wide. */
    readonly parallel: number;
    /** Milliseconds over which looks are spread that would begin together. */
    readonly jitterMs: number;
  };
  /** What holds for drift of projects of a repository (`OWNER/NAME`). */
  driftOf(repository: string): DriftOfRepository;
}

export interface DriftOfRepository {
  /** What its own file may ask for. */
  readonly most: DriftMode;
  /** What the check on the newest commit of a branch comes to where a project drifts; `off`: there is none. */
  readonly check: 'neutral' | 'failure' | 'off';
  /** May drift be put back by itself where rules ask for a person's approval, or name who may apply? */
  readonly unapproved: boolean;
}

/** A workflow, and what projects with it are given besides its steps; `{workspace}`, `{project}` and `{dir}` stand for theirs. */
export interface GivingWorkflow extends Workflow {
  readonly gives: Pick<ProjectSettings, 'varFiles' | 'backendFiles' | 'env'>;
}

/** How projects are found, as far as the operator says. */
export interface Discovering {
  readonly mode: 'auto' | 'enabled' | 'disabled' | null;
  /** Null: as the repository says. */
  readonly ignores: ((dir: string) => boolean) | null;
}

/** What tools may see and use behind their wall. */
export interface SandboxSettings {
  readonly network: Readonly<Record<Reach, boolean>>;
  /** Absolute paths. */
  readonly readOnly: Readonly<Record<Reach, readonly string[]>>;
  /** Absolute; null for none. */
  readonly providerMirror: string | null;
  /** Of a run that plans; memory is that of one process. */
  readonly limits: {
    readonly processes: number;
    readonly memoryBytes: number;
    readonly fileBytes: number;
  };
}

/** How long what is over is kept, each in milliseconds. */
export interface Retention {
  readonly deliveriesMs: number;
  /** Plans, and what tools printed. */
  readonly runsMs: number;
  /** Of open pull requests that nobody touches. */
  readonly checkoutsMs: number;
  readonly mirrorsMs: number;
  /** Versions of tools that were fetched. */
  readonly toolsMs: number;
  /** Of closed pull requests. */
  readonly reportsMs: number;
}

/** A program of the server that says whether a plan passes. */
export interface PolicyCommand {
  /** One element or more, and not the first, is `{plan}`: it stands for the absolute path of a file with the plan's JSON. */
  readonly argv: readonly [string, ...string[]];
  readonly timeLimitMs: number;
  /** SHA-256 (hex) over both: an answer counts for the very program that gave it. */
  readonly definition: string;
}

/** What plans are held against, besides the requirements of their projects. */
export interface Policy {
  /** Unique; people name it in `/approve`. */
  readonly name: string;
  matches(dir: string): boolean;
  /** By `OWNER/NAME`; null: every one. */
  readonly inRepository: ((repository: string) => boolean) | null;
  /** A condition in CEL that has to hold, or a program that is asked after each plan. */
  readonly asks: { readonly rule: string } | { readonly command: PolicyCommand };
  /** What people are told when it fails; null: its name only. */
  readonly message: string | null;
  /** Who may let a plan pass; null: nobody. */
  readonly owners: People | null;
  /** `operator file, line 12` */
  readonly source: string;
}

/** Which projects a rule is for. */
export interface RuleScope {
  /** As it is written, to know it again in another version of the file. */
  readonly scope: string;
  matches(dir: string): boolean;
  /** Null: whichever label a project has. */
  readonly inEnvironment: ((label: string) => boolean) | null;
  /** By `OWNER/NAME`; null: every one. */
  readonly inRepository: ((repository: string) => boolean) | null;
}

/** A value of a runner's setting as it is written, not yet held against what the runner declares. */
export interface GivenSetting {
  readonly value: SettingValue;
  /** Line (from 1) of the file that it stands in. */
  readonly line: number;
  /** A rule may be for projects of several runners. */
  readonly by: 'operator' | 'rule' | 'project';
}

/** By the setting's name. */
export type GivenSettings = Readonly<Record<string, GivenSetting>>;

/** Settings for every project whose dir matches; later rules win, requirements and lists of people add up. */
export interface ProjectRule extends RuleScope {
  readonly runner?: string;
  readonly version?: string;
  readonly varFiles?: readonly string[];
  readonly backendFiles?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly environment?: string;
  /** Of `environment`, and said with it. */
  readonly follows?: Follows | null;
  readonly labels?: readonly string[];
  readonly apply?: ApplyMode;
  readonly automerge?: Automerge | null;
  /** Name of one of the operator's. */
  readonly workflow?: string;
  /** In rules of the operator alone. */
  readonly reads?: readonly string[];
  readonly with?: GivenSettings;
  readonly drift?: GivenDrift;
  readonly converge?: boolean;
  readonly requirements?: Requirements;
  readonly whoMay?: Readonly<Partial<Record<Action, People>>>;
  readonly bindApprovals?: ProjectSettings['bindApprovals'];
  readonly suspended?: readonly SuspendedInGit[];
}

/** Whose format a repository's file has; its name is that of the format, or the operator's for it. */
export type FileFormat = 'tidegate' | 'atlantis';

/** `tidegate.yaml`, checked; or an `atlantis.yaml` that was read in its place. */
export interface RepositoryFile {
  readonly format: FileFormat;
  /** Null: `projects` was not given. */
  readonly projects: readonly DeclaredProject[] | null;
  readonly rules: readonly ProjectRule[];
  readonly discovery: {
    /** As it is written; null where the file says nothing of it. */
    readonly mode: 'auto' | 'enabled' | 'disabled' | null;
    readonly enabled: boolean;
    ignores(dir: string): boolean;
  };
  /** Keys of projects that it sets, each with the first line (from 1) that does. */
  readonly sets: readonly { readonly key: string; readonly line: number }[];
  /** Workflows that it names, each with its line (from 1). */
  readonly workflows: readonly { readonly name: string; readonly line: number }[];
  /** What it asks to be done about drift, each with its line (from 1). */
  readonly drifts: readonly { readonly mode: DriftMode; readonly line: number }[];
}

export interface DeclaredProject {
  /** Where in the list of the file it is written, from 0; null: not in that file. */
  readonly at: number | null;
  /** Line (from 1) of its entry; null: not in that file. */
  readonly line: number | null;
  readonly name: string;
  readonly dir: RepoPath;
  readonly workspace: string;
  /** Globs of base branches that it is for; null: every one. */
  readonly branches: readonly string[] | null;
  readonly whenModified: readonly string[] | null;
  readonly dependsOn: readonly Dependency[];
  readonly feeds: readonly GivenFeed[];
  readonly settings: Omit<ProjectRule, keyof RuleScope>;
}

/** An output of another project (by its name), as an entry says that it is given it. */
export interface GivenFeed extends Pick<Feed, 'name' | 'project' | 'output'> {
  /** Line (from 1) of the file that it stands in. */
  readonly line: number;
}

export interface FoundProject {
  readonly dir: RepoPath;
  /** Whose files are there. */
  readonly runner: string;
}

/** What `mergeProjects` decides from. */
export interface ProjectsInput {
  readonly repositoryId: number;
  /** `OWNER/NAME`, as it is called now. */
  readonly repository: string;
  readonly operator: OperatorSettings;
  /** What the runners of the server declare. */
  readonly declared: DeclaredRunners;
  /** `tidegate.yaml` of the base branch; null where there is none. */
  readonly base: RepositoryFile | null;
  /** `tidegate.yaml` of the merged tree; null where there is none. */
  readonly head: RepositoryFile | null;
  /** Folders that look like projects, found in the merged tree. */
  readonly found: readonly FoundProject[];
  /**
   * The same of the base branch's own tree. A folder in it is not new in the head. Absent: not
   * known, so every folder that the base file does not name counts as new, which is the strictest.
   */
  readonly foundInBase?: readonly FoundProject[];
  /** Name of the base branch: projects that are for others, or whose environment follows another, are left out. Null, for looking alone: none is. */
  readonly baseBranch: string | null;
  /** Only projects whose environment follows tags; `baseBranch` is null then. */
  readonly tagsOnly?: true;
}

export interface Projects {
  readonly projects: readonly Project[];
  /** Projects of the head that join a place which the base branch knows as another's: they count after the merge. */
  readonly deferred: readonly Pick<Project, 'name' | 'dir' | 'workspace'>[];
  /** Projects of the head whose environment follows something else than this base branch, each with why it is not planned. */
  readonly elsewhere: readonly (Pick<Project, 'name' | 'dir' | 'workspace'> & { readonly reason: string })[];
  /** Settings in the head that were not taken because only the base branch and the server decide them. */
  readonly notTaken: readonly { readonly project: ProjectKey; readonly keys: readonly string[] }[];
  /**
   * What the head says of projects that only the base branch would: it has nothing to say of them yet. It counts once somebody
   * trusts it.
   */
  readonly brought: readonly { readonly project: ProjectKey; readonly settings: readonly BroughtSetting[] }[];
  /** With `tagsOnly`: what each of them follows. */
  readonly tagged: readonly { readonly project: ProjectKey; readonly source: TagSource }[];
  /** How many rules (requirements, lists of people, what approvals are bound to) the head changes: they count after the merge. */
  readonly rulesAfterMerge: number;
}

/** A setting that a pull request gives, and nothing that counts already. */
export interface BroughtSetting {
  /** `runner`, `with.NAME` or `feeds.NAME`. */
  readonly key: string;
  /** For people. */
  readonly value: string;
  readonly file: string;
  readonly line: number | null;
}

export type Parsed<T> = { readonly value: T } | { readonly problem: Problem };
