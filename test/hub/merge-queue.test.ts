import { describe, expect, it } from 'vitest';
import { type BranchRules, type QueueRule, queueRule } from '../../src/hub/branch-rules.ts';
import { placeOf } from '../../src/hub/queue/entries.ts';
import { dequeue, enqueue } from './queue.ts';
import { createWorld, git, infra, type Received, refusal } from './world.ts';

const full = 'acme/infra';

type Verdict = 'success' | 'failure';

/** Pull requests 1 to `count`, each with a file of its own, all green; a queue that waits for the App's check `plan`. */
const queueWorld = async (count: number, rule: Partial<QueueRule> = {}, more: Partial<BranchRules> = {}) => {
  const world = await createWorld();
  const { hub, sink, app, bot, as } = world;
  hub.protect(full, 'main', 'ruleset', {
    queue: queueRule(rule),
    checks: [{ name: 'plan', appId: app.appId }],
    ...more,
  });
  const report = (head_sha: string, conclusion: Verdict) =>
    bot.checks.create({ ...infra, name: 'plan', head_sha, conclusion });
  for (let number = 1; number <= count; number += 1) {
    const head = `change-${number}`;
    const sha = await hub.pushFiles(full, head, {
      files: { [head]: `${number}\n` },
      as: 'bob',
      from: 'main',
    });
    await hub.openPull(full, { title: `Change ${number}`, head, base: 'main', as: 'bob' });
    await report(sha, 'success');
  }
  await hub.settled();
  sink.received.length = 0;
  const repo = hub.repo(full);
  const groups = () => repo.queues.get('main')?.entries.map(({ group }) => group?.head ?? '') ?? [];
  return {
    ...world,
    repo,
    git: (...args: string[]) => git(repo.folder, ...args),
    enqueue: async (number: number, wish: Parameters<typeof enqueue>[3] = {}, login = 'bob') => {
      const answer = await enqueue(as(login), hub, number, wish);
      await hub.settled();
      return answer;
    },
    dequeue: async (number: number) => {
      await dequeue(as('bob'), hub, number);
      await hub.settled();
    },
    /** Numbers of those in the queue, the next one first. */
    queued: () => repo.queues.get('main')?.entries.map(({ pull }) => pull.number) ?? [],
    groups,
    /** Of the group in this place, counted from one. */
    check: async (place: number, conclusion: Verdict) => {
      await report(groups()[place - 1] ?? '', conclusion);
      await hub.settled();
    },
    pull: async (number: number) => (await as('bob').pulls.get({ ...infra, pull_number: number })).data,
    /** What was said since: the queue's own events, with numbers and reasons. */
    said: () => sink.received.splice(0).flatMap(told),
  };
};

const told = ({ event, payload }: Received): string[] => {
  const text = JSON.stringify(payload);
  const reason = typeof payload['reason'] === 'string' ? ` ${payload['reason']}` : '';
  if (event === 'merge_group')
    return [`group ${/"head_ref":"[^"]*pr-(\d+)-/.exec(text)?.[1]} ${payload['action']}${reason}`];
  if (event !== 'pull_request') return [];
  return [`pull ${payload['number']} ${payload['action']}${reason}`];
};

const refusedGraph = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  throw new Error('this was not refused');
};

describe('a merge queue', () => {
  it('takes the place of merging by hand, for everybody', async () => {
    const { as, enqueue: put } = await queueWorld(1);
    for (const login of ['bob', 'alice'])
      expect(await refusal(as(login).pulls.merge({ ...infra, pull_number: 1 }))).toMatchObject({
        status: 405,
        data: { message: expect.stringMatching(/Changes must be made through the merge queue$/) },
      });
    expect(await put(1)).toEqual({
      enqueuePullRequest: { mergeQueueEntry: { position: 1, state: 'QUEUED' } },
    });
  });

  it('makes a branch of its own, waits for its checks, and merges that very commit', async () => {
    const { git: run, groups, check, pull, said, enqueue: put, hub, sink } = await queueWorld(1);
    const base = await run('rev-parse', 'main');
    await put(1);
    const [head = ''] = groups();
    const group = sink.received.find(({ event }) => event === 'merge_group')?.payload['merge_group'];
    expect(group).toMatchObject({
      head_sha: head,
      head_ref: `refs/heads/gh-readonly-queue/main/pr-1-${base}`,
      base_sha: base,
      base_ref: 'refs/heads/main',
      head_commit: { id: head, message: expect.stringMatching(/^Merge pull request #1 from acme/) },
    });
    expect(await run('rev-parse', `gh-readonly-queue/main/pr-1-${base}`)).toBe(head);
    expect(await run('rev-parse', 'main')).toBe(base);
    expect(said()).toEqual(['pull 1 enqueued', 'group 1 checks_requested']);
    await check(1, 'success');
    expect(await run('rev-parse', 'main')).toBe(head);
    expect(await pull(1)).toMatchObject({
      state: 'closed',
      merged: true,
      merge_commit_sha: head,
      merged_by: { login: 'github-merge-queue[bot]' },
    });
    expect(said()).toEqual(['pull 1 dequeued MERGE', 'pull 1 closed', 'group 1 destroyed merged']);
    expect(await run('branch', '--list', 'gh-readonly-queue/*')).toBe('');
    expect(hub.repo(full).activity.findLast(({ ref }) => ref === 'refs/heads/main')).toMatchObject({
      type: 'pr_merge',
      after: head,
    });
  });

  it('builds each on the one before it, and merges them together', async () => {
    const { git: run, groups, check, said, queued, enqueue: put } = await queueWorld(3);
    for (const number of [1, 2, 3]) await put(number);
    const [first, second = '', third = ''] = groups();
    expect(await run('rev-parse', `${second}^1`)).toBe(first);
    expect(await run('rev-parse', `${third}^1`)).toBe(second);
    await check(3, 'success');
    await check(2, 'success');
    expect(queued()).toEqual([1, 2, 3]);
    said();
    await check(1, 'success');
    expect(await run('rev-parse', 'main')).toBe(third);
    expect(said().filter((line) => line.endsWith('MERGE'))).toHaveLength(3);
    expect(await run('ls-tree', '-r', '--name-only', 'main')).toMatch(/change-1\nchange-2\nchange-3/);
  });

  it.each(['SQUASH', 'REBASE'] as const)('merges by %s', async (merge_method) => {
    const { git: run, check, pull, enqueue: put } = await queueWorld(2, { merge_method });
    await put(1);
    await put(2);
    await check(2, 'success');
    await check(1, 'success');
    expect(await pull(2)).toMatchObject({ merged: true, merge_commit_sha: await run('rev-parse', 'main') });
    expect((await run('log', '--merges', '--format=%H', 'main')).length).toBe(0);
  });

  it('throws out what fails, and makes those behind it anew', async () => {
    const { groups, check, queued, said, pull, enqueue: put } = await queueWorld(2);
    await put(1);
    await put(2);
    const [, before] = groups();
    said();
    await check(1, 'failure');
    expect(queued()).toEqual([2]);
    expect(said()).toEqual([
      'pull 1 dequeued CI_FAILURE',
      'group 1 destroyed dequeued',
      'group 2 destroyed invalidated',
      'group 2 checks_requested',
    ]);
    expect(groups()[0]).not.toBe(before);
    expect(await pull(1)).toMatchObject({ state: 'open', merged: false });
    await check(1, 'success');
    expect(await pull(2)).toMatchObject({ merged: true });
  });

  it('does not throw one out before those ahead of it are decided', async () => {
    const { check, queued, enqueue: put } = await queueWorld(2);
    await put(1);
    await put(2);
    await check(2, 'failure');
    expect(queued()).toEqual([1, 2]);
    await check(1, 'success');
    expect(queued()).toEqual([]);
  });

  it('looks at the last of a group only, where it says so', { tags: ['long'] }, async () => {
    const {
      check,
      queued,
      said,
      git: run,
      enqueue: put,
      groups,
    } = await queueWorld(3, {
      grouping_strategy: 'HEADGREEN',
      max_entries_to_merge: 2,
    });
    for (const number of [1, 2, 3]) await put(number);
    const [, second] = groups();
    await check(1, 'failure');
    expect(queued()).toEqual([1, 2, 3]);
    await check(2, 'success');
    expect(queued()).toEqual([3]);
    expect(await run('rev-parse', 'main')).toBe(second);
    said();
    await check(1, 'failure');
    expect(said()).toContain('pull 3 dequeued CI_FAILURE');
  });

  it('counts checks of the App that is named, on the group and not on the head', async () => {
    const { as, check, queued, groups, enqueue: put, hub } = await queueWorld(1);
    await put(1);
    await as('bob').repos.createCommitStatus({
      ...infra,
      sha: groups()[0] ?? '',
      context: 'plan',
      state: 'success',
    });
    await hub.settled();
    expect(queued()).toEqual([1]);
    await check(1, 'success');
    expect(queued()).toEqual([]);
  });

  it('lets one jump to the front', { tags: ['long'] }, async () => {
    const { queued, said, check, pull, enqueue: put } = await queueWorld(3);
    await put(1);
    await put(2);
    said();
    await put(3, { jump: true });
    expect(queued()).toEqual([3, 1, 2]);
    const lines = said();
    expect(lines).toEqual(
      expect.arrayContaining(['group 1 destroyed invalidated', 'group 2 destroyed invalidated']),
    );
    expect(lines.filter((line) => line.endsWith('checks_requested'))).toEqual([
      'group 3 checks_requested',
      'group 1 checks_requested',
      'group 2 checks_requested',
    ]);
    await check(1, 'success');
    expect(await pull(3)).toMatchObject({ merged: true });
    expect(queued()).toEqual([1, 2]);
  });

  it('asks for no more checks at a time than it may', { tags: ['long'] }, async () => {
    const { groups, check, repo, enqueue: put } = await queueWorld(3, { max_entries_to_build: 2 });
    for (const number of [1, 2, 3]) await put(number);
    expect(groups().filter((head) => head !== '')).toHaveLength(2);
    expect([...repo.pulls.values()].map((pull) => placeOf(pull)?.state)).toEqual([
      'AWAITING_CHECKS',
      'AWAITING_CHECKS',
      'QUEUED',
    ]);
    await check(1, 'success');
    expect(groups().filter((head) => head !== '')).toHaveLength(2);
  });

  it('waits for a group to be large enough, until the time is over', { tags: ['long'] }, async () => {
    const {
      check,
      queued,
      hub,
      enqueue: put,
    } = await queueWorld(3, {
      min_entries_to_merge: 2,
      max_entries_to_merge: 2,
    });
    await put(1);
    await check(1, 'success');
    expect(queued()).toEqual([1]);
    await put(2);
    await check(2, 'success');
    expect(queued()).toEqual([]);
    await put(3);
    await check(1, 'success');
    expect(queued()).toEqual([3]);
    hub.endQueueTime(full, 'main');
    await hub.settled();
    expect(queued()).toEqual([]);
  });

  it('throws out what is not reported in time', { tags: ['long'] }, async () => {
    const { queued, said, hub, enqueue: put } = await queueWorld(2);
    await put(1);
    await put(2);
    said();
    hub.endQueueTime(full, 'main');
    await hub.settled();
    expect(queued()).toEqual([2]);
    expect(said()).toEqual(
      expect.arrayContaining(['pull 1 dequeued CI_TIMEOUT', 'group 2 destroyed invalidated']),
    );
  });

  it('begins anew when the base branch is pushed to', async () => {
    const { git: run, groups, said, hub, check, pull, enqueue: put } = await queueWorld(1);
    await put(1);
    const [before] = groups();
    said();
    const tip = await hub.pushFiles(full, 'main', { files: { meanwhile: '1' }, as: 'alice' });
    await hub.settled();
    expect(said()).toEqual(['group 1 destroyed invalidated', 'group 1 checks_requested']);
    const [after = ''] = groups();
    expect(after).not.toBe(before);
    expect(await run('rev-parse', `${after}^1`)).toBe(tip);
    await check(1, 'success');
    expect(await pull(1)).toMatchObject({ merged: true, merge_commit_sha: after });
  });

  it('lets go of what is taken out, pushed to, closed, or made a draft', { tags: ['long'] }, async () => {
    const { queued, said, hub, as, enqueue: put, dequeue: take, groups } = await queueWorld(4);
    for (const number of [1, 2, 3, 4]) await put(number);
    said();
    await take(1);
    expect(said()).toEqual(expect.arrayContaining(['pull 1 dequeued MANUAL', 'group 1 destroyed dequeued']));
    await hub.pushFiles(full, 'change-2', { files: { more: '1' }, as: 'bob' });
    await hub.settled();
    expect(said()).toEqual(expect.arrayContaining(['pull 2 dequeued UNKNOWN_REMOVAL_REASON']));
    await as('bob').pulls.update({ ...infra, pull_number: 3, state: 'closed' });
    hub.setDraft(full, 4, 'bob', true);
    await hub.settled();
    expect(queued()).toEqual([]);
    expect(groups()).toEqual([]);
  });

  it('throws out what conflicts with what is before it', async () => {
    const { queued, said, hub, bot, enqueue: put } = await queueWorld(1);
    const head_sha = await hub.pushFiles(full, 'other', {
      files: { 'change-1': 'other\n' },
      as: 'bob',
      from: 'main',
    });
    await hub.openPull(full, { title: 'Other', head: 'other', base: 'main', as: 'bob' });
    await bot.checks.create({ ...infra, name: 'plan', head_sha, conclusion: 'success' });
    await put(1);
    await put(2);
    expect(queued()).toEqual([1]);
    expect(said()).toContain('pull 2 dequeued MERGE_CONFLICT');
  });

  it('is emptied when the branch has no queue any more', async () => {
    const { queued, said, hub, as, enqueue: put } = await queueWorld(1);
    await put(1);
    hub.protect(full, 'main', 'ruleset', {});
    await hub.settled();
    expect(queued()).toEqual([]);
    expect(said()).toContain('pull 1 dequeued QUEUE_CLEARED');
    expect((await as('bob').pulls.merge({ ...infra, pull_number: 1 })).status).toBe(200);
  });

  it('takes what may be merged, of those who may write, with the head that they saw', async () => {
    const { hub, as, queued, enqueue: put, pull } = await queueWorld(2, {}, { approvals: 1 });
    expect(await refusedGraph(put(1))).toMatch(/approving review/);
    for (const number of [1, 2])
      await as('carol').pulls.createReview({ ...infra, pull_number: number, event: 'APPROVE' });
    expect(await refusedGraph(put(1, {}, 'dave'))).toMatch(/Must have write rights/);
    const other = (await pull(2)).head.sha;
    expect(await refusedGraph(put(1, { expectedHeadOid: other }))).toMatch(/Head branch was modified/);
    hub.setDraft(full, 2, 'bob', true);
    expect(await refusedGraph(put(2))).toMatch(/draft/);
    await put(1, { expectedHeadOid: (await pull(1)).head.sha });
    expect(await refusedGraph(put(1))).toMatch(/already in the queue/);
    expect(queued()).toEqual([1]);
  });

  it('cannot be pushed into', async () => {
    const { git: run, enqueue: put, hub, tokenOf, groups } = await queueWorld(1);
    await put(1);
    const ref = (await run('for-each-ref', '--format=%(refname)', 'refs/heads/gh-readonly-queue')).trim();
    const address = `${hub.url.replace('http://', `http://x:${tokenOf('bob')}@`)}/${full}.git`;
    await expect(run('push', '--force', address, `main:${ref}`)).rejects.toThrow(/hidden ref/);
    expect(await run('rev-parse', ref)).toBe(groups()[0]);
  });
});
