/** What happened, as facts in the order in which they became true. */
import type { ApplyCause } from '../../src/domain/batch.ts';
import type { DriftMode } from '../../src/domain/drift/settings.ts';
import type { DueEnding } from '../../src/domain/due.ts';
import type { ProjectKey } from '../../src/domain/ids.ts';
import type { ApplyMode } from '../../src/domain/project.ts';
import type { RunState, RunVerb } from '../../src/domain/run.ts';

/** A pull request, `repository id/number`. */
export type PullName = string;

export type Fact =
  | {
      readonly kind: 'run';
      readonly run: string;
      readonly verb: RunVerb;
      readonly project: ProjectKey;
      readonly pull: PullName;
      readonly head: string;
      readonly planRun: string | null;
      readonly needsApproval: boolean;
      /** An administrator said with a reason that nothing is to keep it from being applied. */
      readonly breaksGlass: boolean;
      /** Of an apply: why it began. */
      readonly cause: ApplyCause;
      /** When the project is applied, as it was understood then. */
      readonly mode: ApplyMode['kind'];
      readonly tree: string;
    }
  | {
      readonly kind: 'state';
      readonly run: string;
      readonly state: RunState;
      readonly digest: string | null;
      /** Null: there is no plan. */
      readonly changes: boolean | null;
    }
  | { readonly kind: 'spent'; readonly planRun: string; readonly by: string }
  | {
      readonly kind: 'verdict';
      /** Unix milliseconds, by the server's clock. */
      readonly at: number;
      readonly run: string;
      readonly holds: boolean;
      readonly digest: string | null;
    }
  | { readonly kind: 'lock taken' | 'lock released'; readonly project: ProjectKey; readonly pull: PullName }
  /**
   * The tool has written its plan. `content` names its bytes, `meaning` what it would do, `byRule`: the rule of its project
   * lets such a plan begin by itself. Absent: the world does not know.
   */
  | {
      readonly kind: 'plan made';
      readonly run: string;
      readonly content: string;
      readonly meaning?: string;
      readonly byRule?: boolean;
    }
  /** When the project is applied, as the story's people have written it. */
  | { readonly kind: 'mode'; readonly project: ProjectKey; readonly mode: ApplyMode['kind'] }
  /** What is done about its drift, in the same way. */
  | { readonly kind: 'drift mode'; readonly project: ProjectKey; readonly mode: DriftMode }
  /** Somebody's comment says that nothing is applied to it until then (Unix milliseconds), and that this is over. */
  | {
      readonly kind: 'suspended';
      readonly project: ProjectKey;
      readonly comment: number;
      readonly until: number;
    }
  | { readonly kind: 'resumed'; readonly project: ProjectKey; readonly comment: number }
  /** It is applied from tags, and from nothing else. */
  | { readonly kind: 'follows tags'; readonly project: ProjectKey }
  /** Where that tag led when it was chosen first. */
  | { readonly kind: 'tag kept'; readonly tag: string; readonly commit: string }
  /** Meanings of the plans that people can read in the comment, from now on. */
  | { readonly kind: 'comment shows'; readonly pull: PullName; readonly meanings: readonly string[] }
  /** `order`: its place on the base branch, where each holds those before it. `touches`: projects that it changes. Null: not known. */
  | {
      readonly kind: 'merged';
      readonly pull: PullName;
      readonly head: string;
      readonly order: number | null;
      readonly tree: string | null;
      readonly touches: readonly ProjectKey[];
    }
  /** `ended`: null while the merge asks for it. */
  | {
      readonly kind: 'due';
      readonly pull: PullName;
      readonly project: ProjectKey;
      readonly ended: DueEnding | null;
    }
  /** What the check of applies says on that commit. */
  | {
      readonly kind: 'check';
      readonly head: string;
      /** Its conclusion; where it has none yet, its status. */
      readonly says: string;
      readonly title: string;
    }
  /** From here on the world changes. */
  | {
      readonly kind: 'tool started';
      readonly run: string;
      readonly project: ProjectKey;
      readonly content: string;
    }
  /** `well`: it did all that was planned and kept its state. `unknown`: nobody could say. */
  | {
      readonly kind: 'tool ended';
      readonly run: string;
      readonly project: ProjectKey;
      readonly outcome: 'well' | 'failed' | 'unknown';
    }
  /** How many people stand behind that commit of the pull request, its author aside. */
  | { readonly kind: 'approvals'; readonly pull: PullName; readonly head: string; readonly count: number }
  /** `comment`: id of the comment that the delivery tells of, if any. Several deliveries may tell of one. */
  | { readonly kind: 'acknowledged'; readonly delivery: string; readonly comment: number | null }
  | { readonly kind: 'delivery kept'; readonly delivery: string; readonly comment: number | null }
  | { readonly kind: 'delivery ended'; readonly delivery: string }
  /** A comment that was not there before. */
  | { readonly kind: 'comment made'; readonly pull: PullName; readonly marker: string }
  | { readonly kind: 'comment gone'; readonly pull: PullName; readonly marker: string }
  /** An issue of ours that was not there before. */
  | { readonly kind: 'issue made'; readonly pull: PullName; readonly marker: string }
  /** Somebody saw what must not be. */
  | { readonly kind: 'broken'; readonly what: string };

export interface Journal {
  readonly facts: readonly Fact[];
  note(fact: Fact): void;
}

export const createJournal = (): Journal => {
  const facts: Fact[] = [];
  return { facts, note: (fact) => void facts.push(fact) };
};
