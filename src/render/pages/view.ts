import type { Convergence } from '../../domain/convergence/convergence.ts';
import type { Isolation } from '../../domain/isolation.ts';
import type { PlanSummary } from '../../domain/plan-summary.ts';
import type { Problem } from '../../domain/problem.ts';
import type { RunState, RunVerb } from '../../domain/run.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { Piece } from '../terminal.ts';
import type { EnvironmentsView } from './environments.ts';
import type { ProjectView } from './project.ts';

/** What every page is put into. */
export interface Frame {
  readonly title: string;
  /** Before every path of ours: empty, or the path that people reach the pages under. */
  readonly base: string;
  readonly here: 'front' | 'runs' | 'locks' | 'environments' | 'notifications' | null;
  /** Is anybody told of what happens, besides the forge? */
  readonly tells: boolean;
  /** Null: nobody is let in here yet. */
  readonly reader: {
    /** Null: whoever holds the link of this start. */
    readonly login: string | null;
    readonly csrf: string;
  } | null;
}

/** One run in a list. Times are Unix milliseconds. */
export interface RunLine {
  readonly id: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly pullNumber: number;
  readonly pullUrl: string;
  readonly project: string;
  readonly dir: string;
  readonly workspace: string;
  readonly verb: RunVerb;
  readonly state: RunState;
  /** Who asked; null for what Tidegate began by itself. */
  readonly login: string | null;
  readonly headSha: string;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

export interface RunsView {
  readonly runs: readonly RunLine[];
  /** As they were asked for. */
  readonly filter: { readonly repository: string; readonly pull: string; readonly state: string };
  /** What can be chosen. */
  readonly repositories: readonly string[];
  readonly problem: string | null;
  /** Query of the next page. */
  readonly older: string | null;
  readonly isFirst: boolean;
}

export interface FrontView {
  readonly running: readonly RunLine[];
  readonly unresolved: readonly RunLine[];
  readonly newest: readonly RunLine[];
  readonly locks: number;
}

/** One step of a run: what is shown of its log, and when it was. */
export interface StepView {
  readonly number: number;
  readonly name: string;
  readonly command: string | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** How it ended, in words; null while it goes on. */
  readonly ended: string | null;
  readonly bytes: number;
  readonly head: readonly (readonly Piece[])[];
  /** Bytes between head and tail that are not shown. */
  readonly left: number;
  readonly tail: readonly (readonly Piece[])[];
}

export interface RunView {
  readonly run: RunLine;
  readonly commitUrl: string;
  readonly toolVersion: string | null;
  readonly extra: readonly string[];
  readonly labels: readonly string[];
  /** What kept the run apart from the rest of the machine; null: it has not begun, or nobody noted it. */
  readonly isolation: Isolation | null;
  readonly problem: Problem | null;
  readonly summary: PlanSummary | null;
  /** Words that have to stand in a change for it to be shown. */
  readonly filter: string;
  /** Of an apply: the run that planned it. */
  readonly planRunId: string | null;
  readonly spent: boolean;
  /** Of an apply: what was decided before it began. */
  readonly verdict: Verdict | null;
  /** Of an apply that ended well: what a plan behind it came to; null: there was none. */
  readonly after: Pick<Convergence, 'outcome' | 'remaining' | 'unsettled' | 'because'> | null;
  readonly steps: readonly StepView[];
  /** What is kept where there is no log any more. */
  readonly output: readonly (readonly Piece[])[];
  /** Where following goes on; null for a run that is over. */
  readonly follow: string | null;
}

export interface LockLine {
  readonly project: string;
  readonly dir: string;
  readonly workspace: string;
  readonly repository: string;
  readonly pullNumber: number;
  readonly pullUrl: string;
  readonly since: number;
  /** It goes when the apply under it is over. */
  readonly atEnd: boolean;
  readonly waiting: readonly { readonly pullNumber: number; readonly pullUrl: string }[];
  /** What the form sends; null where the reader cannot be asked who they are. */
  readonly key: string | null;
}

/** A project with commits on a base branch that no merged pull request brought and nothing applied. */
export interface PendingLine {
  readonly project: string;
  readonly repository: string;
  readonly branch: string;
  readonly commit: string;
  readonly commitUrl: string;
  /** How many concern the project; 0 where a push took commits away. */
  readonly commits: number;
  /** Null: not known. */
  readonly login: string | null;
  /** Unix milliseconds. */
  readonly at: number;
}

/** A project to which nothing is applied for a time, by a word of a comment. */
export interface SuspendedLine {
  readonly project: string;
  readonly repository: string;
  readonly pullNumber: number;
  /** The pull request on which it was said. */
  readonly pullUrl: string;
  readonly login: string;
  readonly reason: string;
  /** Unix milliseconds. */
  readonly until: number;
}

export interface LocksView {
  readonly suspended: readonly SuspendedLine[];
  /** How many are not shown. */
  readonly moreSuspended: number;
  readonly pendings: readonly PendingLine[];
  /** How many are not shown. */
  readonly morePendings: number;
  readonly locks: readonly LockLine[];
  readonly more: number;
  readonly problem: Problem | null;
  readonly done: string | null;
}

/** What did not arrive at a channel, yet or for ever. */
export interface NotificationLine {
  readonly channel: string;
  readonly title: string;
  readonly repository: string;
  readonly state: 'waiting' | 'dead';
  readonly attempts: number;
  /** At the last attempt; null: there was none. */
  readonly because: string | null;
  /** Unix milliseconds. */
  readonly at: number;
}

export interface NotificationsView {
  readonly notifications: readonly NotificationLine[];
  /** Are there more than these? */
  readonly more: boolean;
}

/** A page that says one thing. */
export interface NoticeView {
  readonly sentence: string;
  readonly advice: string;
  readonly link: { readonly path: string; readonly words: string } | null;
}

/** HTML of whole pages. Every value is escaped; nothing in it can be a tag, a script or an address of its own. */
export interface PageRenderer {
  front(frame: Frame, view: FrontView): string;
  runs(frame: Frame, view: RunsView): string;
  run(frame: Frame, view: RunView): string;
  locks(frame: Frame, view: LocksView): string;
  environments(frame: Frame, view: EnvironmentsView): string;
  project(frame: Frame, view: ProjectView): string;
  notifications(frame: Frame, view: NotificationsView): string;
  notice(frame: Frame, view: NoticeView): string;
}
