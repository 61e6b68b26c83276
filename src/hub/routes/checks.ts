import { checksOf, createCheckRun, rerequestCheckRun, updateCheckRun } from '../checks.ts';
import { forbidden, notFound } from '../errors.ts';
import {
  annotationJson,
  checkRunJson,
  checkSuiteJson,
  simpleStatusJson,
  statusJson,
} from '../shape/check.ts';
import { simpleCommitJson } from '../shape/commit.ts';
import { repoApi, repoJson } from '../shape/repo.ts';
import type { CheckRun } from '../state.ts';
import { combinedState, createStatus, statusesOf } from '../statuses.ts';
import { checkWish } from './check-wish.ts';
import {
  type Answer,
  type Call,
  checkRunOf,
  commitAt,
  created,
  ok,
  page,
  type Route,
  requiredText,
  text,
} from './route.ts';

const appActor = (call: Call) => {
  const { account, app } = call.actor();
  if (app === null) throw forbidden('You must authenticate via a GitHub App.');
  return { account, app };
};

const create = async (call: Call): Promise<Answer> => {
  const actor = appActor(call);
  const head = await commitAt(call, requiredText(call.body, 'head_sha'));
  const name = requiredText(call.body, 'name');
  const run = createCheckRun(call.state, call.repo(), actor, head.sha, { name, ...checkWish(call.body) });
  return created(checkRunJson(call.state, run));
};

const update = (call: Call): Answer => {
  const run = checkRunOf(call);
  const name = text(call.body, 'name');
  updateCheckRun(call.state, run, appActor(call), {
    ...(name === undefined ? {} : { name }),
    ...checkWish(call.body),
  });
  return ok(checkRunJson(call.state, run));
};

const fits = (call: Call) => {
  const [name, status, app] = ['check_name', 'status', 'app_id'].map((key) => call.query.get(key));
  return (run: CheckRun): boolean =>
    (name === null || run.name === name) &&
    (status === null || run.status === status) &&
    (app === null || String(run.app.id) === app);
};

const shown = (call: Call, runs: readonly CheckRun[]): Answer =>
  page(
    call,
    runs.filter(fits(call)),
    (run) => checkRunJson(call.state, run),
    (items, total) => ({ total_count: total, check_runs: items }),
  );

const forRef = async (call: Call): Promise<Answer> => {
  const { sha } = await commitAt(call, call.param('ref'));
  return shown(call, checksOf(call.repo(), sha, call.query.get('filter') === 'all' ? 'all' : 'latest'));
};

const forSuite = (call: Call): Answer => {
  const suite = call.repo().checkSuites.get(call.id('suite'));
  if (suite === undefined) throw notFound();
  const runs = [...call.repo().checkRuns.values()].filter((run) => run.suite === suite);
  return shown(call, runs.reverse());
};

const suites = async (call: Call): Promise<Answer> => {
  const head = await commitAt(call, call.param('ref'));
  const app = call.query.get('app_id');
  const found = [...call.repo().checkSuites.values()].filter(
    (suite) => suite.headSha === head.sha && (app === null || String(suite.app.id) === app),
  );
  return page(
    call,
    found,
    (suite) => checkSuiteJson(call.state, suite, simpleCommitJson(head)),
    (items, total) => ({ total_count: total, check_suites: items }),
  );
};

const annotations = (call: Call): Answer => {
  const run = checkRunOf(call);
  return page(call, run.annotations, (one) => annotationJson(call.state, run, one));
};

const rerequest = (call: Call): Answer => {
  rerequestCheckRun(call.state, checkRunOf(call), call.actor());
  return created({});
};

const status = async (call: Call): Promise<Answer> => {
  const { sha } = await commitAt(call, call.param('sha'));
  const context = text(call.body, 'context');
  const made = createStatus(call.state, call.repo(), call.actor(), sha, {
    state: call.body['state'],
    ...(context === undefined ? {} : { context }),
    targetUrl: text(call.body, 'target_url') ?? null,
    description: text(call.body, 'description') ?? null,
  });
  return created(statusJson(call.state, repoApi(call.state, call.repo()), made));
};

const combined = async (call: Call): Promise<Answer> => {
  const repo = call.repo();
  const api = repoApi(call.state, repo);
  const { sha } = await commitAt(call, call.param('ref'));
  const found = statusesOf(repo, sha);
  return page(
    call,
    found,
    (one) => simpleStatusJson(call.state, api, one),
    (statuses, total) => ({
      state: combinedState(found),
      statuses,
      sha,
      total_count: total,
      repository: repoJson(call.state, repo),
      commit_url: `${api}/commits/${sha}`,
      url: `${api}/commits/${sha}/status`,
    }),
  );
};

const statuses = async (call: Call): Promise<Answer> => {
  const repo = call.repo();
  const { sha } = await commitAt(call, call.param('ref'));
  const found = repo.statuses.filter((one) => one.sha === sha).reverse();
  return page(call, found, (one) => statusJson(call.state, repoApi(call.state, repo), one));
};

const base = '/repos/:owner/:repo';
const run = `${base}/check-runs/:run`;
const read = { who: 'anyone', needs: ['checks:read'] } as const;
const write = { who: 'token', needs: ['checks:write'], role: 'write' } as const;

export const checkRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: `${base}/check-runs`,
    doc: 'checks/runs#create-a-check-run',
    ...write,
    handle: create,
  },
  {
    method: 'GET',
    path: run,
    doc: 'checks/runs#get-a-check-run',
    ...read,
    handle: (call) => ok(checkRunJson(call.state, checkRunOf(call))),
  },
  { method: 'PATCH', path: run, doc: 'checks/runs#update-a-check-run', ...write, handle: update },
  {
    method: 'GET',
    path: `${run}/annotations`,
    doc: 'checks/runs#list-check-run-annotations',
    ...read,
    handle: annotations,
  },
  {
    method: 'POST',
    path: `${run}/rerequest`,
    doc: 'checks/runs#rerequest-a-check-run',
    ...write,
    handle: rerequest,
  },
  {
    method: 'GET',
    path: `${base}/commits/:ref/check-runs`,
    doc: 'checks/runs#list-check-runs-for-a-git-reference',
    ...read,
    handle: forRef,
  },
  {
    method: 'GET',
    path: `${base}/commits/:ref/check-suites`,
    doc: 'checks/suites#list-check-suites-for-a-git-reference',
    ...read,
    handle: suites,
  },
  {
    method: 'GET',
    path: `${base}/check-suites/:suite/check-runs`,
    doc: 'checks/runs#list-check-runs-in-a-check-suite',
    ...read,
    handle: forSuite,
  },
  {
    method: 'POST',
    path: `${base}/statuses/:sha`,
    doc: 'commits/statuses#create-a-commit-status',
    who: 'token',
    needs: ['statuses:write'],
    role: 'write',
    creates: true,
    handle: status,
  },
  {
    method: 'GET',
    path: `${base}/commits/:ref/status`,
    doc: 'commits/statuses#get-the-combined-status-for-a-specific-reference',
    who: 'anyone',
    needs: ['statuses:read'],
    handle: combined,
  },
  {
    method: 'GET',
    path: `${base}/commits/:ref/statuses`,
    doc: 'commits/statuses#list-commit-statuses-for-a-reference',
    who: 'anyone',
    needs: ['statuses:read'],
    handle: statuses,
  },
];
