import type { Batch } from '../domain/batch.ts';
import type { Convergence } from '../domain/convergence/convergence.ts';
import type { AppliedCommit, Due } from '../domain/due.ts';
import type { ProjectKey, Sha } from '../domain/ids.ts';
import type { Lock, Waiter } from '../domain/lock.ts';
import type { Look } from '../domain/look.ts';
import type { MergeGroup } from '../domain/merge-group.ts';
import type { MergeAsk } from '../domain/merging.ts';
import type { Preview } from '../domain/preview.ts';
import type { Problem } from '../domain/problem.ts';
import type { Pull, PullRef } from '../domain/pull.ts';
import type { Run } from '../domain/run.ts';
import type { Trust } from '../domain/trust/trust.ts';
import type { BoardRow, BoardView, SinceShown } from '../render/view.ts';
import { liftedOf } from './board-lifted.ts';
import { insteadOf } from './board-next.ts';
import { boardRow } from './board-rows.ts';
import { skippedNow } from './followers.ts';
import { progressOf } from './stages.ts';

/** Rows of the store that a board is made of. */
export interface BoardFacts {
  readonly pull: Pull;
  /** Newest batch of plans; null where nothing was ever asked. */
  readonly batch: Batch | null;
  /** Newest run per project and verb. */
  readonly runs: readonly Run[];
  /** Plans that those applies used, where they are not the newest any more. */
  readonly used: readonly Run[];
  readonly waits: readonly Waiter[];
  /** Locks of the projects that this pull request waits for. */
  readonly held: readonly Lock[];
  /** Applies whose outcome is not known, with the newest look at what they left. */
  readonly unresolved?: readonly { readonly run: Run; readonly look: Look | null }[];
  readonly trust?: Trust | null;
  readonly previews?: readonly Preview[];
  /** Why none of its plans may be applied, whoever asks. */
  readonly noApply?: Problem | null;
  /** How it stands with a merge that nobody has to ask for. */
  readonly mergeAsk?: MergeAsk | null;
  /** What the rules of a project still wait for, a phrase behind "waits for", by project key. */
  readonly missing?: ReadonlyMap<ProjectKey, string>;
  /** What the merge asked for, ended or not. */
  readonly dues?: readonly Due[];
  /** The newest commit that each project was applied from, where a merge of this pull request is part of it. */
  readonly appliedCommits?: readonly AppliedCommit[];
  /** The pull request of ours that goes on with what is left; null: none is open. Absent: there is nothing it could be for. */
  readonly followup?: number | null;
  /** What pushes to the base branch left undone of these projects. */
  readonly pendings?: BoardView['pendings'];
  /** A commit of a merge queue that was told no at this head. */
  readonly refusedGroup?: MergeGroup | null;
  /** Projects whose plan the rules let be applied without a command. */
  readonly byRule?: ReadonlySet<ProjectKey>;
  /** Approvals of other plans of a project, by its key. */
  readonly since?: ReadonlyMap<ProjectKey, NonNullable<BoardRow['since']>>;
  /** What changed since the plan that was shown before, by project key. */
  readonly sinceShown?: ReadonlyMap<ProjectKey, SinceShown>;
  /** What plans behind the applies of these projects came to. */
  readonly convergences?: readonly Convergence[];
  /** Commits that plans were asked of, newest first. */
  readonly heads?: readonly Sha[];
  /** Why no run starts: the server's disk is full, or it is being restarted. */
  readonly standing?: BoardRow['waitsFor'];
  /** A run's page, where others can open it. */
  readonly runUrl?: (id: Run['id']) => string | null;
  /** The page of all runs of the pull request, where others can open it. */
  readonly runsUrl?: string | null;
}

export const boardMarkerOf = ({ repo, number }: PullRef): string => `tidegate:board:${repo.id}:${number}`;

/** The one comment of a pull request, made from the latest run of every project. Pure. */
export const boardView = (facts: BoardFacts): BoardView => {
  const { pull, batch, runs, dues = [] } = facts;
  const instead = insteadOf(facts);
  const lifted = liftedOf(facts);
  return {
    marker: boardMarkerOf(pull.ref),
    headSha: batch?.headSha ?? pull.head.sha,
    baseRef: pull.base.ref,
    earlier: (facts.heads ?? []).filter((sha) => sha !== (batch?.headSha ?? pull.head.sha)),
    filesUrl: filesUrl(pull, batch?.headSha ?? pull.head.sha),
    runsUrl: facts.runsUrl ?? null,
    pullState: pull.merged === null ? pull.state : 'merged',
    trustedBy: facts.trust?.headSha === batch?.headSha ? (facts.trust?.actor.login ?? null) : null,
    problem: batch?.problem ?? null,
    noApply: pull.state === 'open' ? (facts.noApply ?? null) : null,
    notMerged: pull.state === 'open' ? notMerged(pull, facts.mergeAsk ?? null) : null,
    refusedGroup: facts.refusedGroup ?? null,
    pendings: facts.pendings ?? [],
    rows: (batch?.affected ?? []).map((project) => ({
      ...boardRow(facts, project),
      ...instead(project),
      ...lifted(project),
    })),
    skipped: batch === null ? [] : skippedNow(batch, progressOf(batch, { runs, dues })),
    notTaken: batch?.notTaken ?? [],
    rulesAfterMerge: batch?.rulesAfterMerge ?? 0,
    notes: batch?.notes ?? null,
  };
};

/** A pull request's page is that of its repository, and a commit that was only just pushed is found there as well. */
const filesUrl = ({ url }: Pull, sha: string): string | null => {
  const repository = url.replace(/\/pull\/\d+$/, '');
  return repository === url ? null : `${repository}/blob/${sha}`;
};

/** Why it is not merged by itself, though nothing of it is left to do. */
const notMerged = ({ head, base }: Pull, ask: MergeAsk | null): Problem | null => {
  if (ask?.headSha !== head.sha) return null;
  if (ask.outcome === 'left')
    return {
      code: 'merge-refused',
      sentence: `Nothing is left to apply, and GitHub took it out of the merge queue of \`${base.ref}\`.`,
      advice: 'Look there for the reason. It is put in again after the next plan or apply, or by you.',
    };
  if (ask.outcome !== 'refused') return null;
  const reason = (ask.reason ?? '').replaceAll(/\s+/g, ' ').trim();
  return {
    code: 'merge-refused',
    sentence: `Nothing is left to apply, and GitHub does not let it be merged: ${reason}`,
    advice:
      'It is tried again when a review comes, and from time to time. You can merge it yourself as well.',
  };
};
