import type { components } from '@octokit/openapi-types';
import type { Annotation, CheckRun, CheckSuite, HubState, Pull, Repo, Status } from '../state.ts';
import { accountJson, isoTime, nodeId } from './account.ts';
import { appJson } from './app.ts';
import { pullMinimalJson } from './pull.ts';
import { repoApi, repoHtml, repoJson } from './repo.ts';

type Schemas = components['schemas'];

const time = (at: number | null): string | null => (at === null ? null : isoTime(at));

/** Open pull requests whose head is that commit, on a branch of the same repository: those from forks are not told. */
const pullsAt = (repo: Repo, sha: string): Pull[] =>
  [...repo.pulls.values()].filter(
    (pull) => pull.state === 'open' && pull.head.sha === sha && pull.head.repo === repo,
  );

export const checkRunJson = (state: HubState, run: CheckRun): Schemas['check-run'] => {
  const url = `${repoApi(state, run.repo)}/check-runs/${run.id}`;
  const html = `${repoHtml(state, run.repo)}/runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CR', run.id),
    head_sha: run.headSha,
    external_id: run.externalId ?? '',
    url,
    html_url: html,
    details_url: run.detailsUrl ?? html,
    status: run.status,
    conclusion: run.conclusion === 'stale' ? null : run.conclusion,
    started_at: time(run.startedAt),
    completed_at: time(run.completedAt),
    output: {
      title: run.output.title,
      summary: run.output.summary,
      text: run.output.text,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suite.id },
    app: appJson(state, run.app),
    pull_requests: pullsAt(run.repo, run.headSha).map((pull) => pullMinimalJson(state, pull)),
  };
};

/** The check run of a payload carries its suite. */
export const checkRunPayload = (state: HubState, run: CheckRun) => ({
  ...checkRunJson(state, run),
  check_suite: suiteBase(state, run.suite),
});

const suiteBase = (state: HubState, suite: CheckSuite) => {
  const runs = [...suite.repo.checkRuns.values()].filter((run) => run.suite === suite);
  const open = runs.find((run) => run.status !== 'completed');
  const failed = runs.find((run) => !['success', 'neutral', 'skipped'].includes(run.conclusion ?? ''));
  const done = runs.length > 0 && open === undefined;
  return {
    id: suite.id,
    node_id: nodeId('CS', suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    status: done
      ? ('completed' as const)
      : runs.length === 0
        ? ('queued' as const)
        : ('in_progress' as const),
    conclusion: done ? (failed?.conclusion ?? ('success' as const)) : null,
    url: `${repoApi(state, suite.repo)}/check-suites/${suite.id}`,
    before: null,
    after: suite.headSha,
    pull_requests: pullsAt(suite.repo, suite.headSha).map((pull) => pullMinimalJson(state, pull)),
    app: appJson(state, suite.app),
    created_at: isoTime(suite.createdAt),
    updated_at: isoTime(suite.updatedAt),
  };
};

export const checkSuiteJson = (
  state: HubState,
  suite: CheckSuite,
  head: Schemas['simple-commit'],
): Schemas['check-suite'] => ({
  ...suiteBase(state, suite),
  repository: repoJson(state, suite.repo),
  head_commit: head,
  latest_check_runs_count: [...suite.repo.checkRuns.values()].filter((run) => run.suite === suite).length,
  check_runs_url: `${repoApi(state, suite.repo)}/check-suites/${suite.id}/check-runs`,
  rerequestable: true,
  runs_rerequestable: true,
});

export const annotationJson = (
  state: HubState,
  run: CheckRun,
  annotation: Annotation,
): Schemas['check-annotation'] => ({
  ...annotation,
  blob_href: `${repoApi(state, run.repo)}/contents/${annotation.path}?ref=${run.headSha}`,
});

const statusBase = (state: HubState, api: string, status: Status) => ({
  url: `${api}/statuses/${status.sha}`,
  avatar_url: `${state.url}/avatars/${status.creator.id}`,
  id: status.id,
  node_id: nodeId('SC', status.id),
  state: status.state,
  context: status.context,
  created_at: isoTime(status.createdAt),
  updated_at: isoTime(status.createdAt),
});

export const statusJson = (state: HubState, api: string, status: Status): Schemas['status'] => ({
  ...statusBase(state, api, status),
  // The description says these are never null; GitHub answers null where nothing was given.
  description: status.description ?? '',
  target_url: status.targetUrl ?? '',
  creator: accountJson(state, status.creator),
});

export const simpleStatusJson = (
  state: HubState,
  api: string,
  status: Status,
): Schemas['simple-commit-status'] => ({
  ...statusBase(state, api, status),
  description: status.description,
  target_url: status.targetUrl ?? '',
});
