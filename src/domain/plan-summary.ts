import type { Lifted } from './declared/lifted.ts';
import type { Place } from './declared/place.ts';

/** What one resource change does, as the tool's JSON says; never guessed from text. */
export type ChangeAction =
  | 'create'
  | 'update'
  | 'delete'
  | 'replace'
  | 'read'
  | 'move'
  | 'import'
  | 'forget'
  | 'no-op';

export interface ResourceChange {
  /** With ` (deposed KEY)` behind it where an older object of that address is meant. */
  readonly address: string;
  /** Not null: it is moved, whatever else is done to it. */
  readonly previousAddress: string | null;
  /** Address of its module, `module.a["k"].module.b`; null for the root module. */
  readonly module: string | null;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly name: string;
  /** Null without `count` and `for_each`, or where it is not known yet. */
  readonly index: string | number | null;
  /** The tool's key of an older object that is still to be destroyed. */
  readonly deposed: string | null;
  readonly provider: string;
  readonly action: ChangeAction;
  /** For a replace: which comes first. */
  readonly order: 'delete-first' | 'create-first' | null;
  /** The tool's own reason, for example `replace_because_cannot_update`. */
  readonly reason: string | null;
  /** Not null: it is imported, whatever else is done to it. The id is null where it is sensitive, or there is none. */
  readonly importing: { readonly id: string | null } | null;
  /** Attribute paths that force the replacement, printable. */
  readonly replacePaths: readonly string[];
  /**
   * Paths that the tool marks as sensitive, before or after. Of very many the last entry is `… 7 more`: never
   * empty where there is one.
   */
  readonly sensitive: readonly string[];
  /** Paths that are only known after the apply, cut in the same way. */
  readonly unknown: readonly string[];
  /** Printable attribute differences; what must not be shown is replaced already, see `domain/hidden-text.ts`. */
  readonly attributes: readonly AttributeChange[];
  /** Attributes of an update or a replace that have a value and keep it. */
  readonly unchanged: number;
  /** Why, in the tool's own sentences. Absent: it gives none, or has a word for it in `reason`. */
  readonly reasons?: readonly string[];
  /** Absent: the tool does not say. */
  readonly namespace?: string;
  readonly group?: string;
  /** Differences that are told for many changes at once, see `ToolWords.noise`. Absent: none. */
  readonly noise?: number;
  /** What it takes away or opens, found where all values are. Absent: nothing, or nobody looked. */
  readonly exposures?: Exposures;
}

/** The first of them, and how many more there are. */
export interface Exposures {
  readonly found: readonly Exposure[];
  readonly more: { readonly opening: number; readonly 'protection-off': number };
}

/** A protection that a change takes away, or an opening to the world that was not there before it. */
export interface Exposure {
  readonly kind: 'opening' | 'protection-off';
  /** A phrase of Markdown from the catalogue, such as "open to every address". */
  readonly says: string;
  /** Printable; null: it is that the resource itself goes. */
  readonly path: string | null;
  /** In words for people, `(sensitive value)` instead of one; null: none, or one that says nothing. */
  readonly before: string | null;
  readonly after: string | null;
  /** What is beside it and tells what is open, such as ports. */
  readonly about: readonly { readonly path: string; readonly value: string }[];
}

export interface AttributeChange {
  readonly path: string;
  /**
   * JSON text, `(known after apply)`, a text of `domain/hidden-text.ts`, or null where there is no value on that side. In JSON
   * what is hidden is a string.
   */
  readonly before: string | null;
  readonly after: string | null;
  readonly forcesReplacement: boolean;
  /** Of two texts that are long, or JSON: what differs inside. Absent where the values say it themselves. */
  readonly inner?: InnerDifference;
}

/** `@`: lines in between are left out. */
export interface TextLine {
  readonly sign: '+' | '-' | ' ' | '@';
  readonly text: string;
}

/** `json`: both texts are JSON; no changes: the same values, written otherwise. `lines`: texts of several lines. */
export type InnerDifference =
  | { readonly kind: 'json'; readonly changes: readonly AttributeChange[] }
  | {
      readonly kind: 'lines';
      /** Those that differ, with what stands beside them. */
      readonly lines: readonly TextLine[];
      /** Differing lines that are not told. */
      readonly more: number;
    };

export interface OutputChange {
  readonly name: string;
  readonly action: 'create' | 'update' | 'delete' | 'no-op';
  readonly before: string | null;
  readonly after: string | null;
}

/** A data source that is read while the plan is applied. */
export interface DataRead {
  readonly address: string;
  readonly type: string;
  /** The tool's own, for example `read_because_config_unknown`. */
  readonly reason: string | null;
}

/** What can only be planned after this plan was applied. */
export interface DeferredChange {
  readonly address: string;
  readonly type: string;
  /** What would follow, as far as the tool knows; `invoke` for a provider's action. */
  readonly action: ChangeAction | 'invoke';
  /** The tool's own, for example `instance_count_unknown`. */
  readonly reason: string;
}

/** A provider's action (Terraform 1.14) that the apply runs. */
export interface Invocation {
  readonly address: string;
  readonly type: string;
  /** The resource whose change sets it off; null where a person asked for it. */
  readonly trigger: string | null;
  /** For example `AfterCreate`. */
  readonly event: string | null;
}

export const checkStatuses = ['pass', 'fail', 'error', 'unknown'] as const;
export type CheckStatus = (typeof checkStatuses)[number];

/** A condition of the configuration: of a `check` block, a resource, an output or a variable. */
export interface CheckResult {
  readonly address: string;
  /** The tool's own: `check`, `resource`, `output_value`, `var`. */
  readonly kind: string;
  readonly status: CheckStatus;
  /** Messages of the first conditions that do not hold. */
  readonly problems: readonly string[];
}

/** A resource that was changed outside of the tool, in attributes that this plan was made from. */
export interface DriftedResource {
  readonly address: string;
  readonly type: string;
  readonly action: ChangeAction;
  /** Those attributes only: before is what the state had, after is what is there. */
  readonly attributes: readonly AttributeChange[];
}

/** What a plan does. A replace counts as one replace and as nothing else. */
export interface Counts {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
  readonly import: number;
  readonly move: number;
  readonly forget: number;
  /** Data sources read during the apply. */
  readonly read: number;
  /** Provider actions. */
  readonly invoke: number;
  /** Changes and provider actions that wait for another plan. */
  readonly deferred: number;
}

/**
 * The facts of a plan. Counts are exact; lists of reads, deferred changes, invocations, checks and drift are cut
 * when they are very long, the most telling first.
 */
export interface PlanSummary {
  readonly formatVersion: string;
  readonly toolVersion: string;
  /** False: an apply would do nothing at all, outputs included, and nothing waits for another plan. */
  readonly hasChanges: boolean;
  /**
   * `some`: read by an older Tidegate, that did not look for reads, invocations, deferred changes, checks, drift, marks.
   * That they are missing says nothing then.
   */
  readonly facts: 'all' | 'some';
  /** False: another plan has to follow this one. Null: the tool does not say (Terraform before 1.8). */
  readonly complete: boolean | null;
  /** The tool's word for whether an apply makes sense; null where it does not say. */
  readonly applyable: boolean | null;
  readonly counts: Counts;
  /** Everything but no-ops and reads, sorted by address. */
  readonly resources: readonly ResourceChange[];
  /** Managed resources that stay as they are. Absent: planned by an older Tidegate, or the tool has `words`. */
  readonly kept?: number | undefined;
  readonly outputs: readonly OutputChange[];
  readonly reads: readonly DataRead[];
  readonly deferred: readonly DeferredChange[];
  readonly invocations: readonly Invocation[];
  readonly checkCounts: Readonly<Record<CheckStatus, number>>;
  readonly checks: readonly CheckResult[];
  /** `all`: whatever changed outside of the tool. `relevant`: what this plan was influenced by. */
  readonly driftCounts: { readonly relevant: number; readonly all: number };
  /** The relevant ones: no doing of the pull request. */
  readonly drift: readonly DriftedResource[];
  /** Lines of the repository that changes come from; the worst changes first, not of all. No reader of plans makes them. */
  readonly places?: readonly Place[] | undefined;
  /**
   * What the pull request takes `prevent_destroy` from; no change of the plan. Absent: nothing, or nobody looked. No reader of plans
   * makes it.
   */
  readonly lifted?: readonly Lifted[] | undefined;
  /**
   * Keyed digest of what the plan would do, whichever project it is of: plans with the same one do the same, value for value.
   * No reader of plans makes it.
   */
  readonly content?: string | undefined;
  /** Where secrets that are shown by their fingerprints come from, as far as the plan says. */
  readonly sameValues?: readonly SameValue[] | undefined;
  /** How many files of the repository were not laid out for it, because the operator does not let its project read them. Absent: none. */
  readonly filesAway?: number | undefined;
  /** How its apply is bound to it. Absent: planned by an older Tidegate, and `exact`. No reader of plans makes it. */
  readonly pin?: PinClass | undefined;
  /** Absent: the tool has another form of plan. */
  readonly words?: ToolWords | undefined;
  /** Outputs of other projects that it was made of. Absent: none. No reader of plans makes it. */
  readonly feeds?: Fed | undefined;
  /** The state it was made from. No reader of plans makes it; left out where it is not known. */
  readonly madeFrom?: StateVersion | undefined;
  /** What the tool warned of while it was made, the first of them. Absent: of nothing. No reader of plans makes it. */
  readonly warnings?: readonly ToolWarning[] | undefined;
  /** How many more it warned of. Absent: none. */
  readonly moreWarnings?: number | undefined;
}

/** What a tool says is not as it should be, and goes on. */
export interface ToolWarning {
  /** One line. */
  readonly summary: string;
  /** Paragraphs, a line each; empty: it says no more. */
  readonly detail: string;
  /** As the tool names it: from the project's folder. Null: it is of no file. */
  readonly file: string | null;
  readonly line: number | null;
  /** How many like it the tool counted without telling them. */
  readonly more: number;
}

/**
 * How an apply is bound to what was reviewed. `exact`: it takes the kept plan and nothing else; `verified`: it is planned once
 * more under the lock, and has to mean the same; `none`: the tool does whatever it does then.
 */
export const pinClasses = ['exact', 'verified', 'none'] as const;
export type PinClass = (typeof pinClasses)[number];

/** What a tool with a summary of its own says of its plan besides the changes. */
export interface ToolWords {
  readonly tool: string;
  /** What makes an apply impossible until a human acts. */
  readonly blocked: readonly string[];
  readonly warnings: readonly string[];
  /** Addresses, or `address#/pointer`: the value is made at the apply, and nothing compares it. */
  readonly unpredictable: readonly string[];
  readonly notPreviewable: readonly string[];
  /** What of what is there it did not look at. Absent: nothing, or planned by an older Tidegate. */
  readonly unseen?: readonly string[] | undefined;
  /** False: two plans of the same things may differ. */
  readonly deterministic: boolean;
  /** False: made without a look at what is there. Such a plan is for reading only. */
  readonly verified: boolean;
  /** What was there when it was made, for example a revision. */
  readonly base: { readonly kind: string; readonly value: string } | null;
  /** Where it acts, and what it is made of. */
  readonly target: Readonly<Record<string, string>>;
  readonly facts: Readonly<Record<string, string>>;
  /** Things that stay as they are. */
  readonly noop: number;
  /** The same small difference of many things, counted: the most frequent first. */
  readonly noise: readonly NoiseGroup[];
  /** Things with noise in groups that are not told one by one. */
  readonly noiseLeft: number;
}

export interface NoiseGroup {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly objects: number;
}

/** What a plan was fed, without a value. */
export interface Fed {
  /** Keyed digest of all values, and of which are secret or not known: another one is another plan. */
  readonly digest: string;
  readonly taken: readonly TakenFeed[];
}

export interface TakenFeed {
  readonly name: string;
  /** Name of the project whose output it is. */
  readonly project: string;
  readonly output: string;
  /** False: that has no such output yet. A plan with one like that is for reading only. */
  readonly known: boolean;
  readonly sensitive: boolean;
}

/** Which state of a project: every write raises the serial by one. A state that was begun anew has another lineage. */
export interface StateVersion {
  readonly serial: number;
  /** Null: nothing was ever written. */
  readonly lineage: string | null;
}

/** A secret that stands at more than one place. */
export interface SameValue {
  readonly fingerprint: string;
  /** The one that is likeliest its source: `var.password`, `random_password.db.result`, `output.key`. */
  readonly place: string;
}

/**
 * The numbers of the tool's own line, "Plan: 1 to import, 2 to add, 3 to change, 4 to destroy. Actions: 1 to invoke.":
 * a replace is one to add and one to destroy there. OpenTofu's has "to forget" as well.
 */
export const summaryLineCounts = (counts: Counts) => ({
  import: counts.import,
  add: counts.create + counts.replace,
  change: counts.update,
  destroy: counts.delete + counts.replace,
  forget: counts.forget,
  invoke: counts.invoke,
});

/** Would an apply do anything? Of a tool with a summary by what it lists, whatever else it says. */
export const doesSomething = ({
  words,
  hasChanges,
  resources,
  outputs,
  counts,
}: Pick<PlanSummary, 'words' | 'hasChanges' | 'resources' | 'outputs' | 'counts'>): boolean =>
  words === undefined ? hasChanges : resources.length > 0 || outputs.length > 0 || counts.invoke > 0;

/** What a reader makes of a tool's plan. */
export interface PlanReading {
  readonly summary: PlanSummary;
  /**
   * Canonical text of what the plan would do; the plan digest is an HMAC over it. It holds values in
   * clear, sensitive ones too: never stored, logged or shown.
   */
  readonly meaning: string;
  /**
   * Texts that the tool marks as sensitive or that look like secrets, for masking its other output: it forgets the mark where
   * a provider repeats the value. Never stored, logged or shown.
   */
  readonly secrets: readonly string[];
}
