import type { Drift, DriftStatus } from '../../domain/drift/drift.ts';
import type { Problem } from '../../domain/problem.ts';
import { momentText } from '../../domain/suspension.ts';
import type { HistoryEntry } from '../../domain/tracked.ts';
import { countsInWords } from '../drift-words.ts';
import { historyWords } from '../history-words.ts';
import { clip, visible } from '../markdown.ts';
import { count } from '../words.ts';
import { type EnvironmentLineView, environmentLineOf } from './environments.ts';
import { moment } from './moments.ts';
import { planOf } from './plan.ts';
import { problemBox } from './problem-box.ts';

export interface ProjectView {
  readonly line: EnvironmentLineView;
  /** Why what was asked for was not done. */
  readonly problem: Problem | null;
  readonly dir: string;
  readonly workspace: string;
  /** Full name of the branch or tag that it goes by; null: nothing is known of it. */
  readonly ref: string | null;
  /** Null: nobody looks for drift. */
  readonly drift: Drift | null;
  /** The issue that tells of its drift; null: there is none. */
  readonly issue: { readonly number: number; readonly issueUrl: string; readonly isOpen: boolean } | null;
  /** What comments and files say of a suspension. */
  readonly suspended: { readonly by: string; readonly reason: string; readonly until: number } | null;
  /** Newest first. */
  readonly history: readonly HistoryEntry[];
  /** Of a commit of the project's repository. */
  commitUrl(sha: string): string;
  pullUrl(number: number): string;
}

const name = (text: string): string => clip(visible(text), 200);
const sentence = (text: string): string => clip(visible(text.replaceAll('`', '')), 500);

const statusWords: Readonly<Record<DriftStatus, string>> = {
  clean: 'as it was applied',
  drifted: 'not as it was applied',
  pending: 'never applied here, and there is something to apply',
  failed: 'the last look failed',
  unknown: 'not known',
};

const driftOf = (drift: Drift) => {
  const { status, counts, ignored, outputs, checkedAt, commit, putOff, underWay, summary } = drift;
  const toDo = countsInWords(counts);
  return {
    words: statusWords[status],
    isBad: status === 'drifted' || status === 'failed',
    toDo: toDo === '' ? null : toDo,
    ignored: ignored === 0 ? null : count(ignored, 'change'),
    outputs: outputs === 0 ? null : count(outputs, 'output'),
    since: moment(drift.since),
    checked: checkedAt === null ? null : moment(checkedAt),
    commit: commit === null ? null : commit.slice(0, 7),
    due: moment(drift.dueAt),
    asked: drift.askedAt !== null,
    looks: underWay === null ? null : moment(underWay.since),
    putOff: putOff === null ? null : sentence(putOff.because),
    because: drift.because === null ? null : sentence(drift.because),
    plan: summary === null || status === 'clean' ? null : planOf(summary, ''),
  };
};

/** Of a history's facts only what they are known to hold is shown. */
const entryOf = (view: ProjectView, entry: HistoryEntry) => {
  const { sha, to, by, pull, run } = entry.facts;
  const commit = typeof sha === 'string' ? sha : typeof to === 'string' ? to : null;
  return {
    at: moment(entry.at),
    words: historyWords(entry),
    commit: commit === null ? null : { sha: commit.slice(0, 7), commitUrl: view.commitUrl(commit) },
    pull: typeof pull === 'number' ? { number: pull, pullUrl: view.pullUrl(pull) } : null,
    run: typeof run === 'string' ? run : null,
    by: typeof by === 'string' ? name(by) : null,
  };
};

/** A project as its page shows it: what the world was brought to, whether it still is so, and what happened. */
export const projectPage = (view: ProjectView) => ({
  ...{ line: environmentLineOf(view.line), dir: name(view.dir), issue: view.issue },
  id: view.line.path.slice('/projects/'.length),
  problem: problemBox(view.problem),
  environment: view.line.line.environment === null ? null : name(view.line.line.environment),
  workspace: view.workspace === 'default' ? null : name(view.workspace),
  ref: view.ref === null ? null : name(view.ref.replace(/^refs\/(?:heads|tags)\//, '')),
  drift: view.drift === null ? null : driftOf(view.drift),
  suspended:
    view.suspended === null
      ? null
      : {
          by: name(view.suspended.by),
          reason: sentence(view.suspended.reason),
          until: momentText(view.suspended.until),
        },
  history: view.history.map((entry) => entryOf(view, entry)),
});
