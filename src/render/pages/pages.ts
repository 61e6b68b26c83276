import type { Isolation } from '../../domain/isolation.ts';
import type { RunState } from '../../domain/run.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { afterApplyWords } from '../after-apply.ts';
import { clip, visible } from '../markdown.ts';
import { loadPages, type PageName } from '../page-templates.ts';
import type { Piece } from '../terminal.ts';
import { count } from '../words.ts';
import { environmentsPage } from './environments.ts';
import { lasted, moment, sized } from './moments.ts';
import { planOf } from './plan.ts';
import { problemBox } from './problem-box.ts';
import { projectPage } from './project.ts';
import type {
  Frame,
  FrontView,
  LocksView,
  NotificationsView,
  PageRenderer,
  PendingLine,
  RunLine,
  RunsView,
  RunView,
  StepView,
} from './view.ts';

const words: Readonly<Record<RunState, string>> = {
  queued: 'queued',
  running: 'running',
  planned: 'planned',
  applied: 'applied',
  failed: 'failed',
  cancelled: 'cancelled',
  superseded: 'superseded',
  unresolved: 'outcome unknown',
};
const isolationWords: Readonly<Record<Isolation, string>> = {
  bubblewrap: 'walls (bubblewrap)',
  uid: 'a user of its own',
  none: 'none',
};
const states = Object.keys(words);

/** What people and tools named: on one line, with nothing in it that cannot be seen. */
const name = (text: string): string => clip(visible(text), 200);

const line = (run: RunLine) => ({
  id: run.id,
  repository: name(run.repository),
  pullNumber: run.pullNumber,
  pullUrl: run.pullUrl,
  project: name(run.project),
  dir: name(run.dir),
  workspace: run.workspace === 'default' ? null : name(run.workspace),
  verb: run.verb,
  state: run.state,
  stateWords: words[run.state],
  login: run.login === null ? 'Tidegate' : name(run.login),
  sha: run.headSha.slice(0, 7),
  at: moment(run.createdAt),
  took: run.startedAt === null || run.endedAt === null ? null : lasted(run.endedAt - run.startedAt),
});

const pieces = (lines: readonly (readonly Piece[])[]) => lines.map((one) => ({ pieces: one }));

const step = (one: StepView) => ({
  number: one.number,
  name: name(one.name),
  command: one.command === null ? name(one.name) : name(one.command),
  startedAt: one.startedAt === null ? null : moment(one.startedAt),
  took: one.startedAt === null || one.endedAt === null ? null : lasted(one.endedAt - one.startedAt),
  ended: one.ended ?? 'going on',
  size: sized(one.bytes),
  isEmpty: one.bytes === 0,
  head: pieces(one.head),
  left: one.left === 0 ? null : `${one.left.toLocaleString('en')} bytes are not shown here`,
  tail: pieces(one.tail),
});

const front = (view: FrontView) => ({
  running: view.running.map(line),
  unresolved: view.unresolved.map(line),
  newest: view.newest.map(line),
  locks: view.locks,
});

const runs = ({ filter, ...view }: RunsView) => ({
  runs: view.runs.map(line),
  repositories: view.repositories.map((one) => ({ name: one, chosen: one === filter.repository })),
  isUnlisted: filter.repository !== '' && !view.repositories.includes(filter.repository),
  repository: filter.repository,
  pull: filter.pull,
  states: states.map((one) => ({
    name: one,
    words: words[one as RunState],
    chosen: one === filter.state,
  })),
  problem: view.problem,
  older: view.older,
  isFirst: view.isFirst,
  isFiltered: filter.repository !== '' || filter.pull !== '' || filter.state !== '',
});

const mostParts = 200;

/** Back-ticks mark names in comments; on a page they are noise. */
const sentence = (text: string, limit: number): string => clip(visible(text.replaceAll('`', '')), limit);

/** The tree as lines, each with how deep it stands. */
const partsOf = (parts: readonly Verdict[], depth: number): readonly object[] =>
  parts.flatMap((part) => [
    {
      depth: Math.min(depth, 3),
      holds: part.holds,
      name: name(part.name),
      because: sentence(part.because, 500),
      source: part.source === null ? null : name(part.source),
      needs:
        part.holds || part.needs === null || part.needs === part.because ? null : sentence(part.needs, 300),
    },
    ...partsOf(part.parts, depth + 1),
  ]);

const verdictOf = ({ holds, parts }: Verdict) => {
  const missing = parts.filter((part) => !part.holds).length;
  return {
    holds,
    looked: holds ? `${parts.length} things held` : `${missing} of ${parts.length} things did not hold`,
    // What is missing comes first, as in the answer to `/why`.
    parts: partsOf(
      parts.toSorted((one, other) => Number(one.holds) - Number(other.holds)),
      0,
    ).slice(0, mostParts),
  };
};

const runPage = (view: RunView) => {
  const { run } = view;
  return {
    run: line(run),
    commitUrl: view.commitUrl,
    startedAt: run.startedAt === null ? null : moment(run.startedAt),
    endedAt: run.endedAt === null ? null : moment(run.endedAt),
    toolVersion: view.toolVersion === null ? null : name(view.toolVersion),
    labels: view.labels.length === 0 ? null : name(view.labels.join(' ')),
    extra: view.extra.length === 0 ? null : name(view.extra.join(' ')),
    isolation: view.isolation === null ? null : isolationWords[view.isolation],
    problem: problemBox(view.problem),
    plan: view.summary === null ? null : planOf(view.summary, view.filter),
    planRunId: view.planRunId,
    after: view.after === null ? null : afterApplyWords(view.after),
    spent: view.spent && run.verb === 'plan',
    verdict: view.verdict === null ? null : verdictOf(view.verdict),
    steps: view.steps.map(step),
    output: view.steps.length > 0 ? [] : pieces(view.output),
    follow: view.follow,
    isLive: view.follow !== null,
  };
};

const pending = (line: PendingLine) => ({
  ...line,
  project: name(line.project),
  repository: name(line.repository),
  branch: name(line.branch),
  commit: line.commit.slice(0, 7),
  commits: line.commits === 0 ? null : count(line.commits, 'commit'),
  login: line.login === null ? null : name(line.login),
  at: moment(line.at),
});

const locks = (view: LocksView) => ({
  pendings: view.pendings.map(pending),
  morePendings: view.morePendings,
  suspended: view.suspended.map((one) => ({
    ...one,
    project: name(one.project),
    repository: name(one.repository),
    login: name(one.login),
    reason: sentence(one.reason, 500),
    until: moment(one.until),
  })),
  moreSuspended: view.moreSuspended,
  locks: view.locks.map((lock) => ({
    ...lock,
    project: name(lock.project),
    dir: name(lock.dir),
    workspace: lock.workspace === 'default' ? null : name(lock.workspace),
    repository: name(lock.repository),
    since: moment(lock.since),
  })),
  more: view.more,
  problem: problemBox(view.problem),
  done: view.done === null ? null : name(view.done),
});

const notifications = (view: NotificationsView) => ({
  notifications: view.notifications.map((one) => ({
    channel: name(one.channel),
    title: sentence(one.title, 300),
    repository: name(one.repository),
    isDead: one.state === 'dead',
    attempts: one.attempts === 0 ? null : count(one.attempts, 'attempt'),
    because: one.because === null ? null : sentence(one.because, 200),
    at: moment(one.at),
  })),
  more: view.more,
});

/** Reads and compiles the templates once. */
export const createPageRenderer = (): PageRenderer => {
  const templates = loadPages();
  const put = (which: PageName, frame: Frame, view: object): string =>
    templates(which, {
      ...view,
      base: frame.base,
      title: name(frame.title),
      isFront: frame.here === 'front',
      isRuns: frame.here === 'runs',
      isLocks: frame.here === 'locks',
      isEnvironments: frame.here === 'environments',
      isNotifications: frame.here === 'notifications',
      tells: frame.tells,
      isIn: frame.reader !== null,
      reader: frame.reader?.login ?? null,
      csrf: frame.reader?.csrf ?? null,
    });
  return {
    front: (frame, view) => put('front', frame, front(view)),
    runs: (frame, view) => put('runs', frame, runs(view)),
    run: (frame, view) => put('run', frame, runPage(view)),
    locks: (frame, view) => put('locks', frame, locks(view)),
    environments: (frame, view) => put('environments', frame, environmentsPage(view)),
    project: (frame, view) => put('project', frame, projectPage(view)),
    notifications: (frame, view) => put('notifications', frame, notifications(view)),
    notice: (frame, view) => put('notice', frame, view),
  };
};
