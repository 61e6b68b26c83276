import type { BatchNotes } from '../domain/batch.ts';
import type { CheckUpsert } from '../domain/check.ts';
import type { ConsumersLook } from '../domain/consumers.ts';
import type { Convergence } from '../domain/convergence/convergence.ts';
import type { Lifted } from '../domain/declared/lifted.ts';
import type { Drift } from '../domain/drift/drift.ts';
import type { DriftWay } from '../domain/drift/pull.ts';
import type { EnvironmentLine } from '../domain/environments.ts';
import type { Left, LeftProject } from '../domain/followup.ts';
import type { Look } from '../domain/look.ts';
import type { MergeGroup } from '../domain/merge-group.ts';
import type { Pending } from '../domain/pending.ts';
import type { PlanComparison } from '../domain/plan-comparison.ts';
import type { Counts, PlanSummary } from '../domain/plan-summary.ts';
import type { Preview } from '../domain/preview.ts';
import type { Problem } from '../domain/problem.ts';
import type { Rollback } from '../domain/rollback.ts';
import type { RunState } from '../domain/run.ts';
import type { Held } from '../domain/trust/finding.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { GlassNote } from './post-mortem.ts';

/** What templates get: facts only, already chosen; no secret, no port, nothing to look up. */

/** What is known of an apply whose outcome is not known, and what can be done about it. */
export interface RecoveryView {
  /** Null while nobody has looked. */
  readonly look: Look | null;
  /** A plan that was made since. */
  readonly again: PlanSummary | null;
  /** Phrases of Markdown: a command and what it does. */
  readonly offers: readonly string[];
}

/** The plan that was shown before the one that is shown. */
export interface SinceShown {
  readonly headSha: string;
  /** The commit is the same. */
  readonly again: boolean;
  readonly comparison: PlanComparison;
}

/** An approval of another plan than the one that is shown, and what changed since. */
export interface SinceApproved {
  /** Who gave it, newest first. */
  readonly logins: readonly string[];
  /** The first digits of the plan's digest. */
  readonly plan: string;
  /** Null: what they approved is not kept any more. */
  readonly comparison: PlanComparison | null;
}

export interface BoardRow {
  readonly name: string;
  readonly dir: string;
  readonly workspace: string;
  /** The tool's name, `terraform`. */
  readonly runner: string;
  /**
   * `waiting`: in line for a lock. `unplanned`: affected, but nothing was run for it yet. `held`: its code has to be trusted
   * first. `refused`: the operator lets no such code run. `contained`: applied with a newer commit. `staged`: planned by itself after
   * what it uses was applied.
   */
  readonly state:
    | RunState
    | 'waiting'
    | 'unplanned'
    | 'staged'
    | 'applying'
    | 'held'
    | 'refused'
    | 'contained';
  /** What is done to it now, or of which nobody knows the end, where it is no apply; as people type it. */
  readonly doing?: string;
  /** Not begun, because the server's disk is full or because it is being restarted. */
  readonly waitsFor?: 'room' | 'restart' | null;
  /** Null where there is no plan; never zeros instead. */
  readonly counts: Counts | null;
  /** What has to happen next, one short phrase of Markdown, for example "`/apply -p network`". Empty: nothing. */
  readonly next: string;
  /** Set where it is applied after the merge and not before: something is still to be done first, or not. */
  readonly afterMerge?: 'waits' | 'ready';
  /** Nobody has to command it: it begins when what it waits for is there. */
  readonly byItself?: true;
  /** Its rules ask for something that is not there yet; `next` says what. */
  readonly unmet?: true;
  /** Names of the projects that have to be applied before it; of a row that is staged, before it is planned. */
  readonly after?: readonly string[];
  /** What may be done instead, a phrase of Markdown. */
  readonly instead?: string;
  readonly summary: PlanSummary | null;
  /** What the newest plan's configuration does not protect any more, while that is not merged. */
  readonly lifted?: readonly Lifted[];
  readonly problem: Problem | null;
  /** Approvals of other plans, a few; those that count for this one are none of them. */
  readonly since?: readonly SinceApproved[];
  /** Null, or absent: there was none, or it would do the same. */
  readonly sinceShown?: SinceShown | null;
  /** The tool's own text (plan or apply log), capped. */
  readonly output: string | null;
  /** Page of the run that all this is of, where others can open it. */
  readonly url?: string | null;
  /** Who asked for the apply that ended well, and when that was (Unix milliseconds). */
  readonly applied: { readonly login: string | null; readonly at: number } | null;
  /** Of one that was applied: what a plan behind that had left, or why nobody knows. Absent: nothing. */
  readonly left?: Pick<Convergence, 'outcome' | 'remaining' | 'unsettled' | 'because'>;
  /** Set on an unresolved row. */
  readonly recovery?: RecoveryView | null;
  /** Set on a row that is held or refused. */
  readonly held?: Pick<Held, 'answer' | 'findings' | 'more'> | null;
  /** Of a row that is held: what a tool makes of it offline. No plan: nothing counts it, and nothing of it is above the folds. */
  readonly preview?: Pick<Preview, 'state' | 'summary' | 'problem' | 'output'> | null;
  /** Set on a row that is contained: the commit that was applied, and whose it is. */
  readonly within?: { readonly commit: string; readonly pullNumber: number };
  /** Set on a row in line: who holds the lock. */
  readonly holder: { readonly pullNumber: number; readonly url: string } | null;
}

/** A project to which nothing is applied until then. */
export interface SuspendedView {
  readonly name: string;
  readonly by: string;
  readonly until: string;
  readonly reason: string;
  /** A file that says so; null: a comment. */
  readonly source: string | null;
}

/** What pushes without a pull request left undone of a project that is planned here. */
export interface PendingView extends Pick<Pending, 'name' | 'branch' | 'commits' | 'commit' | 'forced'> {
  /** Who pushed; null where that is not known. */
  readonly login: string | null;
  /** Does the plan on show hold it? */
  readonly plan: 'contains' | 'older' | 'none';
}

/** The one comment of a pull request. */
export interface BoardView {
  readonly marker: string;
  /** What other programs may read, in a comment that is not shown: no `--` and no `>` in it. */
  readonly facts?: string | null;
  readonly headSha: string;
  readonly baseRef: string;
  /** Commits that were planned before this one, newest first. */
  readonly earlier?: readonly string[];
  /** Address of the files of the head commit, which is its end; absent or null: not known. */
  readonly filesUrl?: string | null;
  /** Page of all runs of the pull request, where others can open it: it has what a comment has no room for. */
  readonly runsUrl?: string | null;
  readonly pullState: 'open' | 'merged' | 'closed';
  /** Whose word lets the code of this commit run, where one was given. */
  readonly trustedBy: string | null;
  /** Why nothing was run at all. */
  readonly problem: Problem | null;
  /** Why none of its plans may be applied, whoever asks. */
  readonly noApply?: Problem | null;
  /** Why it is not merged by itself, though nothing is left to do. */
  readonly notMerged?: Problem | null;
  /** A merge queue was told no at this commit. */
  readonly refusedGroup?: Pick<MergeGroup, 'commit' | 'answers'> | null;
  /** By project. */
  readonly pendings?: readonly PendingView[];
  readonly rows: readonly BoardRow[];
  /** Other projects that were looked at, with reasons; only counted beyond a handful. */
  readonly skipped: readonly { readonly name: string; readonly reason: string; readonly removed?: boolean }[];
  /** Settings in the head that count only after the merge. */
  readonly notTaken: readonly { readonly name: string; readonly keys: readonly string[] }[];
  /** Rules that this pull request edits. */
  readonly rulesAfterMerge: number;
  /** What it does beyond its own projects. */
  readonly notes?: BatchNotes | null;
  /** Projects to which nothing is applied for a time; absent: none. */
  readonly suspended?: readonly SuspendedView[];
  /** What went past the rules; absent: nothing. */
  readonly breakGlass?: readonly GlassNote[];
  /** It is a pull request of our own that takes a merged one back. */
  readonly rollback?: Pick<Rollback, 'pullNumber' | 'lasting'>;
}

/** Answer to one command, as its own comment. */
export type ReplyView = {
  readonly marker: string;
  readonly login: string;
  /** A button asked, and no comment. */
  readonly pressed?: boolean;
} & (
  | { readonly kind: 'help'; readonly prefixes: readonly string[] }
  | { readonly kind: 'problem'; readonly command: string; readonly problem: Problem }
  /** Some projects of an apply were refused; one line each. */
  | {
      readonly kind: 'refusals';
      readonly command: string;
      readonly refusals: readonly { readonly project: string; readonly problem: Problem }[];
    }
  | {
      readonly kind: 'unlocked';
      readonly projects: readonly {
        readonly name: string;
        /** The lock stays until an apply has ended, or somebody knows how it did. */
        readonly atEnd: boolean;
        /** It was applied, and what was applied is not merged. */
        readonly applied: boolean;
        /** Of which pull request, where it is not this one. */
        readonly of: number | null;
        /** What waited for its turn, and is not begun any more, as people type it. */
        readonly dropped?: string | null;
      }[];
    }
  | {
      readonly kind: 'cancelled';
      readonly command: string;
      readonly projects: readonly {
        readonly name: string;
        readonly verb: 'plan' | 'apply';
        readonly what: 'ended' | 'asked' | 'insisted' | 'refused';
      }[];
    }
  | {
      readonly kind: 'overridden';
      readonly command: string;
      readonly policy: string;
      readonly projects: readonly string[];
    }
  | {
      readonly kind: 'suspended';
      readonly command: string;
      readonly reason: string;
      /** Unix milliseconds. */
      readonly until: number;
      readonly projects: readonly string[];
      /** Of these an apply was under way, and goes on. */
      readonly running: readonly string[];
    }
  | {
      readonly kind: 'resumed';
      readonly command: string;
      readonly projects: readonly {
        readonly name: string;
        readonly was: readonly { readonly login: string; readonly until: string; readonly reason: string }[];
        /** A file suspends it still. */
        readonly still: { readonly source: string; readonly until: string } | null;
        /** Its drift is put back by itself again. */
        readonly goesOn?: boolean;
      }[];
    }
  /** A pull request of ours for what is left of a merged one: opened, or there already. */
  | {
      readonly kind: 'followup';
      readonly command: string;
      readonly number: number;
      /** Whoever asked for it first. */
      readonly asker: string;
      readonly projects: readonly Pick<LeftProject, 'name' | 'because'>[];
      readonly notYet: Left['notYet'];
    }
  /** A pull request of ours about drift: opened, or there already. */
  | {
      readonly kind: 'drift-pull';
      readonly command: string;
      readonly number: number;
      readonly asker: string;
      readonly way: DriftWay;
    }
  /** A pull request of ours that takes a merged one back: opened, or there already. */
  | {
      readonly kind: 'rollback';
      readonly command: string;
      readonly number: number;
      /** Whoever asked for it first. */
      readonly asker: string;
      readonly state: 'open' | 'closed' | 'merged';
      /** How much of what was applied does not come back, as far as is known. */
      readonly lasting: number;
    }
  | {
      readonly kind: 'why';
      readonly command: string;
      readonly projects: readonly { readonly name: string; readonly verdict: Verdict }[];
      readonly more: number;
    }
  | {
      readonly kind: 'operated';
      readonly command: string;
      readonly project: string;
      /** What was done, a phrase of Markdown; null where it was not. */
      readonly done: string | null;
      readonly problem: Problem | null;
      /** What the tool said; masked. */
      readonly output: string | null;
    }
  | { readonly kind: 'acknowledged'; readonly command: string; readonly projects: readonly string[] }
  | {
      readonly kind: 'recovery';
      readonly command: string;
      /** A phrase of Markdown; may be empty. */
      readonly sentence: string;
      readonly rows: readonly BoardRow[];
    }
  | {
      readonly kind: 'environment';
      readonly environment: string;
      readonly lines: readonly EnvironmentLine[];
      /** Since when the forge could not be asked about the repository; null: what is said is as new as ever. */
      readonly unheardSince: number | null;
    }
  | {
      readonly kind: 'status';
      readonly rows: readonly BoardRow[];
      /** As in `environment`. */
      readonly unheardSince: number | null;
      readonly locks: readonly { readonly project: string; readonly since: string }[];
      readonly skipped: BoardView['skipped'];
      readonly notes?: BoardView['notes'];
      readonly suspended?: BoardView['suspended'];
    }
);

/** An apply past what rules ask for, for whoever looks at it afterwards. */
export interface BreakGlassView {
  readonly kind: 'break-glass';
  readonly login: string;
  readonly reason: string;
  readonly headSha: string;
  readonly said: string;
  readonly projects: readonly {
    readonly name: string;
    readonly state: RunState;
    /** What its plan would do; null where that is not known. */
    readonly counts: Counts | null;
    /** What said no, and was passed. */
    readonly passed: readonly { readonly name: string; readonly because: string }[];
    /** Why it was not done, where it was not. */
    readonly sentence: string | null;
    readonly times: readonly { readonly what: string; readonly at: string }[];
  }[];
}

/** A comment of its own, because somebody has to act. */
export type NudgeView =
  | {
      readonly kind: 'stopped' | 'unknown';
      /** Of their applies; a sentence is a phrase of Markdown. */
      readonly projects: readonly { readonly name: string; readonly sentence: string }[];
    }
  | { readonly kind: 'after-merge'; readonly rows: readonly BoardRow[] }
  | {
      readonly kind: 'approvals';
      readonly projects: readonly { readonly name: string; readonly logins: readonly string[] }[];
    }
  | { readonly kind: 'turn'; readonly planned: readonly string[]; readonly failed: readonly string[] }
  | { readonly kind: 'not-applied'; readonly names: readonly string[] }
  | BreakGlassView
  | {
      readonly kind: 'suspension-ends' | 'suspension-over';
      readonly login: string;
      readonly until: string;
      readonly reason: string;
      readonly names: readonly string[];
    }
  | { readonly kind: 'lock-taken'; readonly login: string; readonly names: readonly string[] };

/** What a check run says, whatever its name and commit are. */
export type CheckView = Pick<
  CheckUpsert,
  'title' | 'summary' | 'text' | 'status' | 'conclusion' | 'annotations'
>;

export interface Renderer {
  /** Markdown, at most 60,000 UTF-8 bytes or those given, with nothing cut silently. Begins with the hidden marker. */
  board(view: BoardView, limit?: number): string;
  reply(view: ReplyView): string;
  /** What a pull request does to projects of other repositories, those that somebody has to see first, first. */
  consumers(marker: string, look: ConsumersLook): string;
  /** A few lines. Begins with the hidden marker. */
  nudge(marker: string, view: NudgeView): string;
  /** `tidegate/plan`: success where every affected project is planned or none is affected. */
  planCheck(view: BoardView): CheckView;
  /** `tidegate/apply`: success where nothing is left to apply. */
  applyCheck(view: BoardView): CheckView;
  /** Either of the two, on the commit of a merge queue. */
  groupCheck(group: MergeGroup, which: 'plan' | 'apply'): CheckView;
  /** Either of the two, on a commit that was pushed to a base branch without a pull request. */
  pushCheck(pendings: readonly Pending[]): CheckView;
  /** `tidegate/drift`, on the newest commit of a branch. `where`: what it comes to where a project drifts. */
  driftCheck(rows: readonly Drift[], where: 'neutral' | 'failure'): CheckView;
  /** `tidegate/plan: NAME` style check of one project. */
  projectCheck(row: BoardRow): CheckView;
}
