import { isOperation, operationVerbs } from '../operation.ts';
import type { Permission } from '../pull.ts';

/**
 * What somebody may do through Tidegate. `plan-all` is asked for beside `plan` by whoever plans all of a repository, or more than the
 * limit, `apply-all` beside `apply` by whoever applies all of an environment. `destroy` is asked for beside `apply` by a plan for the end of a project, `import` and `state-rm` change a state without a plan;
 * `force-unlock` takes a tool's own lock away; `override` is `/approve POLICY`,
 * `consumers` to plan a project on a pull request of a module that it uses, `suspend` is `/suspend` and `/resume`, `break-glass` is asked
 * for beside `apply` by `/apply --override`.
 */
export const actions = [
  'plan',
  'plan-all',
  'apply',
  'apply-all',
  'destroy',
  ...operationVerbs,
  'unlock',
  'cancel',
  'recover',
  'force-unlock',
  'trust',
  'override',
  'consumers',
  'suspend',
  'break-glass',
] as const;
export type Action = (typeof actions)[number];

/** A set of people. They are alternatives: whoever is named by one of them is in it. All empty: nobody. */
export interface People {
  /** Logins, small letters. */
  readonly users: readonly string[];
  /** `ORGANISATION/SLUG`, small letters; members of teams below count. */
  readonly teams: readonly string[];
  /** The least permission in the repository, or null. */
  readonly permission: Permission | null;
}

/** A time and for how long it lasts. */
export interface Span {
  /** Five fields. */
  readonly cron: string;
  readonly durationMs: number;
  /** IANA name. */
  readonly zone: string;
}

export type RequirementKind =
  | 'approved'
  | 'mergeable'
  | 'up_to_date'
  | 'checks'
  | 'policies'
  | 'window'
  | 'environment';

interface Common {
  /** A condition in CEL over the plan; null: it is always asked for. What cannot be answered counts as asked for. */
  readonly when: string | null;
  /** Where it is written, for people: `operator file, line 12`, `tidegate.yaml of the base branch, line 7`. */
  readonly source: string;
}

export interface ApprovedRequirement extends Common {
  readonly kind: 'approved';
  /** How many people. */
  readonly count: number;
  /** Null: anybody with write permission. Everybody needs that anyway. */
  readonly from: People | null;
  /** Instead of `from`: an owner, by CODEOWNERS of the base branch, of each changed file that matters to the project. */
  readonly codeOwners: boolean;
}

export interface ChecksRequirement extends Common {
  readonly kind: 'checks';
  readonly names: readonly string[];
}

export interface WindowRequirement extends Common {
  readonly kind: 'window';
  /** Empty: at any time. */
  readonly allow: readonly Span[];
  /** Wins. */
  readonly deny: readonly Span[];
}

/** Nobody writes it: a project that has a label asks for what protects the environment of that name. */
export interface EnvironmentRequirement extends Common {
  readonly kind: 'environment';
  readonly name: string;
}

export interface PlainRequirement extends Common {
  readonly kind: 'mergeable' | 'up_to_date' | 'policies';
}

/** What must hold before something is done to a project. */
export type Requirement =
  | ApprovedRequirement
  | ChecksRequirement
  | WindowRequirement
  | EnvironmentRequirement
  | PlainRequirement;

/**
 * Is what must hold before this looked at right before it begins, and held against the plan that is shown? Of anything else it
 * is asked when it is asked for.
 */
export const isGated = (action: Action): boolean =>
  action === 'apply' || action === 'destroy' || action === 'break-glass' || isOperation(action);

/** What is asked for each verb; a verb that is missing asks nothing. */
export type Requirements = Readonly<Partial<Record<Action, readonly Requirement[]>>>;
