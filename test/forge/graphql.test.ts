import { afterEach, expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { sha } from '../../src/domain/ids.ts';
import { createGithubForge } from '../../src/forge/github/forge.ts';
import { silentLog } from '../../src/observe/log.ts';
import { json, stubApi } from './stub-api.ts';
import { privateKey } from './webhook-server.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const repo = { id: 9, owner: 'acme', name: 'infra', installationId: 3 };
const head = sha('a'.repeat(40));

const arrange = async (root: string, reply: Parameters<typeof stubApi>[0]) => {
  const api = await stubApi(reply);
  closing.push(api.close);
  const clock = createSystemClock();
  const forge = createGithubForge({
    appId: 1,
    privateKey,
    apiUrl: `${api.url}${root}`,
    clock,
    log: silentLog,
  });
  return { ...api, forge, ask: () => forge.authorship({ repo, number: 4 }, head) };
};

const pullRequest = {
  headRefName: 'grow',
  headRefOid: head,
  headRepository: null,
  commits: { totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null }, nodes: [] },
};
const answer = (repository: object) => json(200, { data: { repository } });

test.each([
  ['/api/v3', 'POST /api/graphql'],
  ['', 'POST /graphql'],
])('is asked where the server has it: %j', async (root, line) => {
  const { ask, calls } = await arrange(root, answer({ databaseId: 9, pullRequest }));
  expect(await ask()).toEqual({ pusher: null, movers: null, authors: [], bots: [], complete: true });
  expect(calls()).toMatchObject([{ line, authorization: 'token ghs_t1' }]);
});

const error = (type: string, path: readonly string[] = []) =>
  json(200, { data: { repository: null }, errors: [{ type, path, message: 'it is so' }] });

test.each([
  ['what is not there', error('NOT_FOUND'), 'gone'],
  ['what is not ours to see', error('FORBIDDEN', ['repository', 'pullRequest']), 'refused'],
  ['too many questions', error('RATE_LIMITED'), 'limited'],
  ['a mistake of its own', error('SERVICE_UNAVAILABLE'), 'unavailable'],
  ['errors without a type', json(200, { data: null, errors: [{ message: 'timeout' }] }), 'unavailable'],
  ['another shape', answer({ databaseId: 9, pullRequest: { ...pullRequest, commits: null } }), 'unavailable'],
  ['another repository of that name', answer({ databaseId: 10, pullRequest }), 'gone'],
  ['a bad gateway', json(502, { message: 'bad gateway' }), 'unavailable'],
] as const)('%s', async (_what, reply, failure) => {
  const { ask } = await arrange('', reply);
  await expect(ask()).rejects.toMatchObject({ name: 'ForgeError', failure });
});

test('a list that never ends is not followed for ever', async () => {
  const endless = {
    totalCount: 100_000,
    pageInfo: { hasNextPage: true, endCursor: 'again' },
    nodes: Array.from({ length: 100 }, () => ({
      commit: { authors: { totalCount: 0, nodes: [] }, committer: null },
    })),
  };
  const { ask, calls } = await arrange(
    '',
    answer({ databaseId: 9, pullRequest: { ...pullRequest, commits: endless } }),
  );
  expect(await ask()).toMatchObject({ complete: false });
  expect(calls()).toHaveLength(3);
});

const ada = { email: 'ada@example.com', user: { databaseId: 7, login: 'ada' } };
const nobodys = (email: string | null) => ({ email, user: null });
const buttons = nobodys('noreply@github.com');
const robot = nobodys('29139614+renovate[bot]@users.noreply.github.com');

test.each([
  ['people and GitHub’s buttons', [ada], buttons, true],
  ['a person and a bot', [ada, robot], ada, true],
  ['a bot alone', [nobodys('renovate[bot]@users.noreply.github.com')], robot, true],
  ['an author of no account', [nobodys('bob@example.com')], ada, false],
  ['a co-author of no account', [ada, nobodys('bob@example.com')], ada, false],
  ['a committer of no account', [ada], nobodys('bob@example.com'), false],
  ['an account that is gone', [nobodys('5+bob@users.noreply.github.com')], ada, false],
  ['what looks like a bot', [nobodys('x[bot]@users.noreply.github.com.example.com')], ada, false],
  ['a bot’s address within another', [nobodys('bob@x[bot]@users.noreply.github.com')], ada, false],
  ['no address', [nobodys(null)], ada, false],
  ['no author', [], ada, false],
  ['no committer', [ada], null, false],
] as const)('whether every author is known: %s', async (_what, nodes, committer, complete) => {
  const commit = { authors: { totalCount: nodes.length, nodes }, committer };
  const commits = { ...pullRequest.commits, totalCount: 1, nodes: [{ commit }] };
  const { ask } = await arrange('', answer({ databaseId: 9, pullRequest: { ...pullRequest, commits } }));
  expect((await ask()).complete).toBe(complete);
});

const actor = { id: 5, login: 'bob', type: 'User' };

test.each([
  ['push', actor, { id: 5, login: 'bob', kind: 'user' }],
  ['force_push', { ...actor, type: 'Bot' }, { id: 5, login: 'bob', kind: 'bot' }],
  ['merge_queue_merge', actor, { id: 5, login: 'bob', kind: 'user' }],
  ['push', null, null],
  ['invented_tomorrow', actor, null],
] as const)('who pushed, where the list says %s by %j', async (type, who, pusher) => {
  const own = { ...pullRequest, headRepository: { name: 'infra', owner: { login: 'acme' } } };
  const list = [
    { after: 'b'.repeat(40), activity_type: 'push', actor: { ...actor, login: 'eve' } },
    { after: head, activity_type: type, actor: who },
  ];
  const { ask, calls } = await arrange('', (res, asked) =>
    asked.line.includes('/graphql')
      ? answer({ databaseId: 9, pullRequest: own })(res, asked)
      : json(200, list)(res, asked),
  );
  expect((await ask()).pusher).toEqual(pusher);
  expect(calls().map(({ line }) => line)).toContainEqual(
    'GET /repos/acme/infra/activity?ref=refs%2Fheads%2Fgrow&direction=desc&per_page=100',
  );
});

const judged = (merge: object) => {
  const pull = {
    state: 'open',
    user: actor,
    mergeable: true,
    mergeable_state: 'clean',
    head: { sha: 'c'.repeat(40), ref: 'grow', repo: { id: 9 } },
    base: { sha: head, ref: 'main', repo: { id: 9, full_name: 'acme/infra' } },
  };
  const bodies: readonly (readonly [part: string, body: unknown])[] = [
    ['/graphql', merge],
    ['/rules/', []],
    ['/branches/', { protected: false, protection: {} }],
    ['/check-runs', { check_runs: [] }],
    ['/status', { statuses: [] }],
    ['/pulls/', pull],
  ];
  const reply: Parameters<typeof stubApi>[0] = (res, asked) =>
    json(200, bodies.find(([part]) => asked.line.includes(part))?.[1])(res, asked);
  return { pull, reply };
};
const merge = {
  headRefOid: head,
  reviewDecision: null,
  isMergeQueueEnabled: false,
  commits: pullRequest.commits,
  reviewThreads: pullRequest.commits,
  baseRef: { refUpdateRule: null, branchProtectionRule: null },
};
const data = { repository: { databaseId: 9, pullRequest: merge } };

test('a merge is not judged by two heads at once', async () => {
  const { pull, reply } = judged({ data });
  const { forge } = await arrange('', reply);
  await expect(forge.mergeFacts({ repo, number: 4 })).rejects.toMatchObject({
    failure: 'unavailable',
    message: expect.stringMatching('acme/infra#4 was pushed to meanwhile'),
  });
  pull.head.sha = head;
  expect(await forge.mergeFacts({ repo, number: 4 })).toMatchObject({ headSha: head, unknown: [] });
});

test.each([
  ['FORBIDDEN', 'branchProtectionRule', null],
  ['FORBIDDEN', 'reviewThreads', 'refused'],
  ['NOT_FOUND', 'branchProtectionRule', 'gone'],
] as const)('%s for %s', async (type, field, failure) => {
  const path = ['repository', 'pullRequest', field];
  const { pull, reply } = judged({ data, errors: [{ type, path, message: 'it is so' }] });
  pull.head.sha = head;
  const { forge } = await arrange('', reply);
  const asked = forge.mergeFacts({ repo, number: 4 });
  if (failure === null) expect(await asked).toMatchObject({ headSha: head });
  else await expect(asked).rejects.toMatchObject({ failure });
});
