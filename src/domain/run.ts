import type { ArtifactDigest, BatchId, InputsDigest, PlanDigest, RunId, Sha, TreeId } from './ids.ts';
import type { Isolation } from './isolation.ts';
import { operationVerbs } from './operation.ts';
import type { PlanSummary } from './plan-summary.ts';
import type { Problem } from './problem.ts';
import type { Project } from './project.ts';
import type { Actor } from './pull.ts';
import type { PolicyAnswer } from './rules/policy-answer.ts';

export const runVerbs = ['plan', 'apply', ...operationVerbs] as const;
export type RunVerb = (typeof runVerbs)[number];

/** What the tools of a run get to see: what is given to plans, or what is given to applies. */
export type Reach = 'plan' | 'apply';

/** Does a run of that verb change the world, or its state? Then it is begun once, never killed, and keeps its lock. */
export const changesWorld = (verb: RunVerb): boolean => verb !== 'plan';

export const reachOf = (verb: RunVerb): Reach => (changesWorld(verb) ? 'apply' : 'plan');

export const runStates = [
  'queued',
  'running',
  'planned',
  'applied',
  'failed',
  'cancelled',
  'superseded',
  'unresolved',
] as const;
export type RunState = (typeof runStates)[number];

/** What happened to a run. */
export type RunEvent =
  | { readonly kind: 'started' }
  | { readonly kind: 'planned' }
  | { readonly kind: 'applied' }
  | { readonly kind: 'failed' }
  /** An apply was stopped before its tool started: it counts as never started, and its plan can be applied again. */
  | { readonly kind: 'called-off' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'superseded' }
  /** The process that ran it is gone and left no word, or died by a signal, or could not save its state. */
  | { readonly kind: 'lost' }
  /** A person has looked at an outcome that was not known, and answers for it. */
  | { readonly kind: 'acknowledged' };

/** What a finished plan is made of. All of it is bound together at apply (promise 1). */
export interface Plan {
  readonly artifact: ArtifactDigest;
  readonly inputs: InputsDigest;
  readonly digest: PlanDigest;
  readonly toolVersion: string;
  readonly summary: PlanSummary;
  /** What programs of the operator said of it, in their order. Not part of its digest. */
  readonly policies: readonly PolicyAnswer[];
}

/** One verb on one project at one commit. */
export interface Run {
  readonly id: RunId;
  readonly batchId: BatchId;
  readonly repositoryId: number;
  readonly pullNumber: number;
  /** Of a look that is no run of a pull request, and not alone: which of the folders for such it has. Not stored. */
  readonly slot?: number;
  readonly project: Project;
  readonly verb: RunVerb;
  readonly state: RunState;
  readonly headSha: Sha;
  readonly baseSha: Sha;
  /** Tree of the merge of base and head: what the tool sees. */
  readonly tree: TreeId;
  /** Null for what Tidegate started by itself. */
  readonly actor: Actor | null;
  /** Checked tool arguments; of an operation its address and id, or its addresses. */
  readonly extra: readonly string[];
  /** For an apply: the plan run that it applies. */
  readonly planRunId: RunId | null;
  /** For a plan: its result. */
  readonly plan: Plan | null;
  /** True once an apply took this plan, or it was voided: it cannot be applied, unless that apply is called off. */
  readonly spent: boolean;
  readonly problem: Problem | null;
  /** What its tools were kept apart by; null until it is started. */
  readonly isolation: Isolation | null;
  /** Masked, capped output of the tool for people; null while there is none. */
  readonly output: string | null;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

/** The one state machine of runs. Returns null for an event that the state does not allow. */
export const next = (run: Pick<Run, 'state' | 'verb'>, event: RunEvent): RunState | null => {
  switch (event.kind) {
    case 'started':
      return run.state === 'queued' ? 'running' : null;
    case 'planned':
      return run.state === 'running' && run.verb === 'plan' ? 'planned' : null;
    case 'applied':
      return run.state === 'running' && changesWorld(run.verb) ? 'applied' : null;
    case 'failed':
      return run.state === 'queued' || run.state === 'running' ? 'failed' : null;
    case 'called-off':
      return run.state === 'running' && run.verb === 'apply' ? 'failed' : null;
    case 'cancelled':
      return run.state === 'queued' || (run.state === 'running' && run.verb === 'plan') ? 'cancelled' : null;
    case 'superseded':
      // An apply that runs is never taken away from under itself; a plan that nobody spent may be.
      if (run.state === 'queued') return 'superseded';
      return run.verb === 'plan' && (run.state === 'running' || run.state === 'planned')
        ? 'superseded'
        : null;
    case 'lost':
      if (run.state !== 'running') return null;
      return changesWorld(run.verb) ? 'unresolved' : 'failed';
    case 'acknowledged':
      return run.state === 'unresolved' && changesWorld(run.verb) ? 'failed' : null;
    default: {
      const never: never = event;
      return never;
    }
  }
};

export const isOver = (state: RunState): boolean => state !== 'queued' && state !== 'running';

/**
 * An apply of which nothing was done, and whose row on the board goes to its plan or the next one: only an answer
 * of its own tells whoever asked.
 */
export const isRefused = ({ verb, state, startedAt, problem }: Run): boolean =>
  verb === 'apply' &&
  state === 'failed' &&
  problem !== null &&
  (startedAt === null || ['plan-stale', 'artifact-damaged', 'apply-interrupted'].includes(problem.code));
