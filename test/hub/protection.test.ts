import { describe, expect, it } from 'vitest';
import type { BranchRules } from '../../src/hub/branch-rules.ts';
import { openThread, resolveThread } from '../../src/hub/threads.ts';
import { createWorld, infra, refusal } from './world.ts';

const full = 'acme/infra';
const one = { ...infra, pull_number: 1 };

const protectedWorld = async (where: 'protection' | 'ruleset', rules: Partial<BranchRules>) => {
  const world = await createWorld();
  world.hub.protect(full, 'main', where, rules);
  const pull = await world.open();
  return {
    ...world,
    pull,
    state: async () => (await world.as('bob').pulls.get(one)).data.mergeable_state,
    /** Why it was refused. */
    refused: async (login = 'bob') => {
      const { status, data } = await refusal(world.as(login).pulls.merge(one));
      expect(status).toBe(405);
      return data;
    },
    approve: (login: string) => world.as(login).pulls.createReview({ ...one, event: 'APPROVE' }),
  };
};

const words = (message: RegExp) => ({ message: expect.stringMatching(message) });

describe.each(['protection', 'ruleset'] as const)('a branch with rules, by a %s', (where) => {
  it('takes a merge when enough people approved, readers not counted', async () => {
    const { state, refused, approve, as } = await protectedWorld(where, { approvals: 1 });
    expect(await state()).toBe('blocked');
    await approve('dave');
    expect(await refused()).toMatchObject(words(/^At least 1 approving review/));
    await approve('carol');
    expect(await state()).toBe('clean');
    await as('alice').pulls.createReview({ ...one, event: 'REQUEST_CHANGES', body: 'no' });
    expect(await refused()).toMatchObject(words(/^Changes have been requested/));
    await approve('alice');
    expect((await as('bob').pulls.merge(one)).status).toBe(200);
  });

  it('wants the last push approved by somebody else', async () => {
    const { hub, state, approve } = await protectedWorld(where, { approvals: 1, lastPush: true });
    await hub.pushFiles(full, 'greeting', { files: { more: '1' }, as: 'carol' });
    await approve('carol');
    expect(await state()).toBe('blocked');
    await approve('alice');
    expect(await state()).toBe('clean');
  });

  it('takes approvals away at a push, and says so', async () => {
    const { hub, sink, state, approve, as } = await protectedWorld(where, {
      approvals: 1,
      dismissStale: true,
    });
    await approve('carol');
    await hub.settled();
    sink.received.length = 0;
    await hub.pushFiles(full, 'greeting', { files: { more: '1' }, as: 'bob' });
    await hub.settled();
    expect(sink.names()).toContain('pull_request_review.dismissed');
    expect((await as('bob').pulls.listReviews(one)).data).toMatchObject([{ state: 'DISMISSED' }]);
    expect(await state()).toBe('blocked');
  });

  it('wants its checks green, of the App it names', async () => {
    const { hub, bot, as, app, pull, state, refused } = await protectedWorld(where, {});
    hub.requireChecks(full, 'main', where, [
      { name: 'plan', appId: app.appId },
      { name: 'lint', appId: null },
    ]);
    const at = { ...infra, sha: pull.head.sha };
    await as('bob').repos.createCommitStatus({ ...at, context: 'plan', state: 'success' });
    await as('bob').repos.createCommitStatus({ ...at, context: 'lint', state: 'success' });
    expect(await refused()).toMatchObject(words(/"plan" is expected/));
    const { data: run } = await bot.checks.create({ ...infra, name: 'plan', head_sha: pull.head.sha });
    expect(await state()).toBe('blocked');
    await bot.checks.update({ ...infra, check_run_id: run.id, conclusion: 'neutral' });
    expect(await state()).toBe('clean');
    await as('bob').repos.createCommitStatus({ ...at, context: 'other', state: 'failure' });
    expect(await state()).toBe('unstable');
    await as('bob').repos.createCommitStatus({ ...at, context: 'plan', state: 'failure' });
    expect((await as('bob').pulls.merge(one)).status).toBe(200);
  });

  it('wants the head to have what the base has', async () => {
    const { hub, as, pull, state, refused } = await protectedWorld(where, {
      checks: [{ name: 'lint', appId: null }],
      strict: true,
    });
    const green = { ...infra, context: 'lint', state: 'success' } as const;
    await as('bob').repos.createCommitStatus({ ...green, sha: pull.head.sha });
    expect(await state()).toBe('clean');
    await hub.pushFiles(full, 'main', { files: { meanwhile: '1' }, as: 'carol' });
    expect(await state()).toBe('behind');
    expect(await refused()).toMatchObject(words(/out of date/));
    await as('bob').pulls.updateBranch(one);
    await as('bob').repos.createCommitStatus({ ...green, sha: pull.head.sha });
    expect(await state()).toBe('clean');
  });

  it('wants conversations resolved, commits signed, and no merge commits', async () => {
    const { hub, pull, state, refused, as } = await protectedWorld(where, { conversations: true });
    const thread = openThread(hub.state, pull, hub.actor('dave'));
    expect(await refused()).toMatchObject(words(/^A conversation must be resolved/));
    resolveThread(pull, hub.actor('bob'), thread.id);
    expect(await state()).toBe('clean');
    hub.protect(full, 'main', where, { signatures: true });
    expect(await refused()).toMatchObject(words(/verified signatures/));
    hub.protect(full, 'main', where, { linearHistory: true });
    expect(await state()).toBe('clean');
    expect(await refused()).toMatchObject(words(/merge commits/));
    expect((await as('bob').pulls.merge({ ...one, merge_method: 'squash' })).status).toBe(200);
  });
});

it('is merged only in the ways that a ruleset lets through', async () => {
  const { as, refused } = await protectedWorld('ruleset', { methods: ['squash'] });
  expect(await refused()).toMatchObject(words(/Merge commits are not allowed on this branch/));
  const { data: rules } = await as('bob').repos.getBranchRules({ ...infra, branch: 'main' });
  expect(rules).toMatchObject([
    {
      type: 'pull_request',
      parameters: { allowed_merge_methods: ['squash'], require_code_owner_review: false },
    },
  ]);
  expect((await as('bob').pulls.merge({ ...one, merge_method: 'squash' })).status).toBe(200);
});

it.each([
  ['* @alice @carol', ['carol']],
  ['/app/ @alice\n*.tf @dave # who only reads\nmain.tf @acme/database', ['carol']],
  ['app/* @alice\napp/new.tf @carol', ['alice', 'carol']],
  ['docs/ @alice', []],
])('wants the code owners of what is changed: %j', async (owners, asked) => {
  const world = await createWorld();
  world.hub.addTeam('acme', 'database', { members: ['carol'] });
  await world.hub.pushFiles(full, 'main', {
    files: { '.github/CODEOWNERS': `# who\n${owners}\n` },
    as: 'alice',
  });
  world.hub.protect(full, 'main', 'ruleset', { codeOwners: true });
  await world.open();
  const state = async () => (await world.as('bob').pulls.get(one)).data.mergeable_state;
  for (const login of asked) {
    expect(await state()).toBe('blocked');
    expect(await refusal(world.as('bob').pulls.merge(one))).toMatchObject({
      status: 405,
      data: words(/code owner/),
    });
    await world.as(login).pulls.createReview({ ...one, event: 'APPROVE' });
  }
  expect(await state()).toBe('clean');
});

it('administrators go past protection that does not hold them, and past no ruleset', async () => {
  const { hub, refused, as } = await protectedWorld('protection', { signatures: true, admins: true });
  expect(await refused('alice')).toMatchObject(words(/verified signatures/));
  hub.protect(full, 'main', 'protection', { signatures: true });
  hub.protect(full, 'main', 'ruleset', { others: ['code_scanning'] });
  expect(await refused('alice')).toMatchObject(words(/code_scanning/));
  hub.protect(full, 'main', 'ruleset', {});
  expect(await refused('bob')).toMatchObject(words(/verified signatures/));
  expect((await as('alice').pulls.merge(one)).status).toBe(200);
});
