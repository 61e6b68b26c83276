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
  return { ...api, ask: () => forge.authorship({ repo, number: 4 }, head) };
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
  expect(await ask()).toEqual({ pusher: null, authors: [], complete: true });
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
