import type { Operation } from './operation.ts';
import type { Scope } from './scope.ts';

/** What a comment can ask for. */
export const verbs = [
  'plan',
  'apply',
  'followup',
  'rollback',
  'adopt',
  'destroy',
  'import',
  'approve',
  'trust',
  'cancel',
  'recover',
  'unlock',
  'status',
  'state',
  'suspend',
  'resume',
  'why',
  'help',
] as const;
export type Verb = (typeof verbs)[number];

/** Globs or names; an empty list selects everything. Lists are alternatives, the kinds are combined with "and". */
export interface Selector {
  readonly names: readonly string[];
  readonly dirs: readonly string[];
  readonly workspaces: readonly string[];
  readonly labels: readonly string[];
  /** Of `suspend` and `resume` only. */
  readonly environments?: readonly string[];
}

/** What is done about an apply whose outcome nobody knows, besides looking at its state again. */
export type Recovery =
  /** Somebody has looked, and answers for what was found. */
  | { readonly kind: 'acknowledge' }
  /** The state that the tool could not save, and that was kept, goes to the backend. */
  | { readonly kind: 'push-state' }
  | { readonly kind: 'force-unlock'; readonly lockId: string };

/** The id of a tool's state lock: a UUID with most backends, a number or a short name with others. Never read as an option. */
export const isLockId = (text: string): boolean => /^[A-Za-z0-9._:][A-Za-z0-9._:-]{0,127}$/.test(text);

export interface Command {
  readonly verb: Verb;
  readonly selector: Selector;
  /** Tool arguments after `--`, each checked against the typed allow-list and ready as one argv element. */
  readonly extra: readonly string[];
  /** Of `plan` and `apply` only; absent: what the selector says. */
  readonly scope?: Scope;
  /** Of `recover` only; absent: look again and say what is found. */
  readonly recovery?: Recovery;
  /** Of `cancel` only: who asks takes it upon himself that the tool may end without saving its state. */
  readonly acceptBrokenState?: true;
  /** Of `trust` only, and always there: 12 to 40 small hex digits. */
  readonly commit?: string;
  /** Of `import` and `state` only, and always there. */
  readonly operation?: Operation;
  /** Of `suspend` only, and always there: for how long (null: as long as the operator says), and why, in words of whoever asks. */
  readonly suspension?: { readonly lastsMs: number | null; readonly reason: string };
  /** Of `apply` only: why it goes past what rules ask for, in words of whoever asks. */
  readonly breakGlass?: { readonly reason: string };
  /** Of `followup`, `rollback` and `adopt` only: why, in words of whoever asks. */
  readonly reason?: string;
  /** Of `status` only: how all projects of this environment stand; absent: those of the pull request. */
  readonly environment?: string;
  /** Of `plan` only: the projects of other repositories that use what the pull request changes. */
  readonly consumers?: true;
  /** Of `approve` only, and always there: the policy that is let pass, and why, in words of whoever does. */
  readonly override?: { readonly policy: string; readonly reason: string };
}

export const everything: Selector = { names: [], dirs: [], workspaces: [], labels: [] };

export const isEverything = ({ names, dirs, workspaces, labels, environments = [] }: Selector): boolean =>
  [names, dirs, workspaces, labels, environments].every((list) => list.length === 0);
