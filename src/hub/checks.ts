import { requirePermission } from './access.ts';
import type { App } from './app-state.ts';
import { HubError, notFound } from './errors.ts';
import { emit } from './events.ts';
import { commitOf } from './git/read.ts';
import { checkRunPayload, checkSuiteJson } from './shape/check.ts';
import { simpleCommitJson } from './shape/commit.ts';
import type {
  Actor,
  Annotation,
  CheckAction,
  CheckRun,
  CheckStatus,
  CheckSuite,
  Conclusion,
  HubState,
  Repo,
} from './state.ts';

/** What a create or an update brings; fields that are not given stay as they are. */
export interface CheckChange {
  readonly name?: string;
  readonly externalId?: string;
  readonly detailsUrl?: string;
  readonly status?: CheckStatus;
  readonly conclusion?: Conclusion;
  readonly startedAt?: number;
  readonly completedAt?: number;
  readonly output?: {
    readonly title?: string | null;
    readonly summary?: string | null;
    readonly text?: string | null;
  };
  readonly annotations?: readonly Annotation[];
  readonly actions?: readonly CheckAction[];
}

/** The branch of a merge queue whose tip that commit is. */
const queueBranchAt = (repo: Repo, sha: string): string | null =>
  [...repo.queues.values()]
    .flatMap(({ entries }) => entries.map(({ group }) => group))
    .find((group) => group?.head === sha)
    ?.ref.replace('refs/heads/', '') ?? null;

const suiteFor = (state: HubState, repo: Repo, app: App, sha: string): CheckSuite => {
  for (const suite of repo.checkSuites.values()) {
    if (suite.app === app && suite.headSha === sha) return suite;
  }
  const at = state.clock.now();
  const pull = [...repo.pulls.values()].findLast((one) => one.head.sha === sha);
  const suite: CheckSuite = {
    id: state.nextId(),
    repo,
    app,
    headSha: sha,
    headBranch: pull?.head.ref ?? queueBranchAt(repo, sha),
    createdAt: at,
    updatedAt: at,
  };
  repo.checkSuites.set(suite.id, suite);
  return suite;
};

const say = (
  state: HubState,
  run: CheckRun,
  actor: Actor,
  action: string,
  more: Readonly<Record<string, unknown>> = {},
  only?: App,
): void =>
  emit(state, {
    repo: run.repo,
    event: 'check_run',
    action,
    sender: actor.account,
    payload: { check_run: checkRunPayload(state, run), ...more },
    ...(only === undefined ? {} : { only }),
  });

const change = (state: HubState, run: CheckRun, wish: CheckChange): boolean => {
  const before = run.status;
  const at = state.clock.now();
  if (wish.name !== undefined) run.name = wish.name;
  if (wish.externalId !== undefined) run.externalId = wish.externalId;
  if (wish.detailsUrl !== undefined) run.detailsUrl = wish.detailsUrl;
  if (wish.startedAt !== undefined) run.startedAt = wish.startedAt;
  // A conclusion completes the run, whatever the status says.
  const status = wish.conclusion === undefined ? wish.status : 'completed';
  if (status !== undefined) {
    run.status = status;
    if (status !== 'completed') {
      run.conclusion = null;
      run.completedAt = null;
    }
  }
  if (wish.conclusion !== undefined) {
    run.conclusion = wish.conclusion;
    run.completedAt = wish.completedAt ?? at;
  }
  if (wish.output !== undefined) run.output = { ...run.output, ...wish.output };
  run.annotations.push(...(wish.annotations ?? []));
  if (wish.actions !== undefined) run.actions = wish.actions;
  run.suite.updatedAt = at;
  state.touch(run.repo);
  return before !== 'completed' && run.status === 'completed';
};

/** A check run of an App on a commit; the suite of App and commit is made with the first. */
export const createCheckRun = (
  state: HubState,
  repo: Repo,
  actor: Actor & { readonly app: App },
  headSha: string,
  wish: CheckChange & { readonly name: string },
): CheckRun => {
  const run: CheckRun = {
    id: state.nextId(),
    repo,
    app: actor.app,
    suite: suiteFor(state, repo, actor.app, headSha),
    name: wish.name,
    headSha,
    externalId: null,
    detailsUrl: null,
    status: 'queued',
    conclusion: null,
    startedAt: state.clock.now(),
    completedAt: null,
    output: { title: null, summary: null, text: null },
    annotations: [],
    actions: [],
  };
  repo.checkRuns.set(run.id, run);
  const completed = change(state, run, wish);
  say(state, run, actor, 'created');
  if (completed) say(state, run, actor, 'completed');
  return run;
};

/** Only the App that made it may change it. */
export const updateCheckRun = (state: HubState, run: CheckRun, actor: Actor, wish: CheckChange): void => {
  if (actor.app !== run.app)
    throw new HubError(
      403,
      'Invalid app_id `null` - check run can only be modified by the GitHub App that created it.',
    );
  if (change(state, run, wish)) say(state, run, actor, 'completed');
};

/** Check runs of a commit, newest first; `latest` keeps one per App and name. */
export const checksOf = (repo: Repo, sha: string, filter: 'latest' | 'all' = 'latest'): CheckRun[] => {
  const found = [...repo.checkRuns.values()].filter((run) => run.headSha === sha).reverse();
  if (filter === 'all') return found;
  const seen = new Set<string>();
  return found.filter((run) => {
    const key = `${run.app.id}:${run.name}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
};

/** Asks the App to run one check again. */
export const rerequestCheckRun = (state: HubState, run: CheckRun, actor: Actor): void => {
  requirePermission(run.repo, actor, 'write');
  if (run.status !== 'completed') throw new HubError(403, 'This check run is not rerequestable');
  say(state, run, actor, 'rerequested', {}, run.app);
};

/** Asks the App that made these checks to run all of them again. */
export const rerequestCheckSuite = async (
  state: HubState,
  suite: CheckSuite,
  actor: Actor,
): Promise<void> => {
  const { repo, app } = suite;
  requirePermission(repo, actor, 'write');
  const head = await commitOf(repo.folder, suite.headSha);
  if (head === null) throw notFound();
  // Beside what a list has of it, a webhook has no repository and no word of what may be asked again.
  const {
    repository: _repository,
    rerequestable: _rerequestable,
    runs_rerequestable: _runs,
    ...payload
  } = checkSuiteJson(state, suite, simpleCommitJson(head));
  emit(state, {
    repo,
    event: 'check_suite',
    action: 'rerequested',
    sender: actor.account,
    payload: { check_suite: payload },
    only: app,
  });
};

/** Presses one of the buttons a completed check offers. */
export const requestCheckAction = (
  state: HubState,
  run: CheckRun,
  actor: Actor,
  identifier: string,
): void => {
  requirePermission(run.repo, actor, 'write');
  if (run.status !== 'completed') throw new HubError(422, 'This check run offers no actions yet');
  if (!run.actions.some((action) => action.identifier === identifier))
    throw new HubError(422, `No such action: ${identifier}`);
  say(state, run, actor, 'requested_action', { requested_action: { identifier } }, run.app);
};
