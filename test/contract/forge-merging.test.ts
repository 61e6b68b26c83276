import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { methodFor } from '../../src/domain/merging.ts';
import { queueRule } from '../../src/hub/branch-rules.ts';
import { githubWorld } from './forge/github-world.ts';
import { memoryWorld } from './forge/memory-world.ts';
import type { Merging, World } from './forge/world.ts';

const gone = expect.objectContaining({ name: 'ForgeError', failure: 'gone' });
const all = ['merge', 'squash', 'rebase'] as const;
const linear = ['squash', 'rebase'] as const;

const ways: readonly (readonly [
  what: string,
  Merging,
  Awaited<ReturnType<World['forge']['mergeWay']>>['methods'],
])[] = [
  ['nothing asked', {}, all],
  ['a repository that lets through one', { repository: ['rebase'] }, ['rebase']],
  ['linear history, by a ruleset', { ruleset: { linearHistory: true } }, linear],
  ['linear history, by protection', { protection: { linearHistory: true } }, linear],
  ['a ruleset that names one', { ruleset: { methods: ['squash'] } }, ['squash']],
  ['a ruleset that asks for something else', { ruleset: { approvals: 1, signatures: true } }, all],
  [
    'a ruleset and a repository without a method in common',
    { repository: ['merge'], ruleset: { methods: ['squash'], linearHistory: true } },
    [],
  ],
];

describe.each([
  ['memory', memoryWorld],
  ['github', githubWorld],
])('the forge %s, asked to merge', (_name, make) => {
  let world: World;
  let branches = 0;
  beforeAll(async () => {
    world = await make();
  });
  afterAll(() => world.stop());

  const openPull = async (
    merging: Merging = {},
    told: Parameters<World['arrangeMerging']>[2] = { way: {} },
    options: { readonly draft?: boolean } = {},
  ) => {
    branches += 1;
    const ref = await world.openPull(`change-${branches}`, { base: `base-${branches}`, ...options });
    await world.arrangeMerging(ref, merging, told);
    return { ref, headSha: (await world.forge.pull(ref)).head.sha };
  };

  test.each(ways)('how: %s', async (_what, merging, methods) => {
    const { ref, headSha } = await openPull(merging, { way: { methods } });
    expect(await world.forge.mergeWay(ref)).toEqual({ headSha, methods, queue: 'none' });
  });

  test.each(all)('does so, by %s', async (method) => {
    const { ref, headSha } = await openPull();
    const answer = await world.forge.merge(ref, { headSha, method });
    const pull = await world.forge.pull(ref);
    expect(answer).toEqual({ kind: 'merged', commit: pull.merged?.commit });
    expect(pull).toMatchObject({
      state: 'closed',
      merged: { by: { login: 'tidegate[bot]', kind: 'bot' }, at: expect.any(Number) },
    });
  });

  test('twice, does so once', async () => {
    const { ref, headSha } = await openPull();
    const { kind } = await world.forge.merge(ref, { headSha, method: 'merge' });
    expect(kind).toBe('merged');
    expect(await world.forge.merge(ref, { headSha, method: 'merge' })).toEqual({
      kind: 'refused',
      reason: 'Pull Request is not mergeable',
    });
  });

  test('another head than the one that is there, says no', async () => {
    const { ref, headSha } = await openPull();
    await world.push(ref);
    expect(await world.forge.merge(ref, { headSha, method: 'merge' })).toEqual({
      kind: 'refused',
      reason: 'Head branch was modified. Review and try the merge again.',
    });
    expect((await world.forge.pull(ref)).state).toBe('open');
  });

  test('a draft, says no', async () => {
    const { ref, headSha } = await openPull({}, { way: {} }, { draft: true });
    expect(await world.forge.merge(ref, { headSha, method: 'merge' })).toEqual({
      kind: 'refused',
      reason: 'Pull Request is still a draft',
    });
  });

  test('what the base branch does not take yet, says why in its own words', async () => {
    const reason = 'At least 1 approving review is required by reviewers with write access.';
    const { ref, headSha } = await openPull({ ruleset: { approvals: 1 } }, { way: {}, refusal: reason });
    expect(await world.forge.merge(ref, { headSha, method: 'merge' })).toEqual({ kind: 'refused', reason });
  });

  test('by a method that is not let through, says no', async () => {
    const { ref, headSha } = await openPull({ repository: ['squash'] }, { way: { methods: ['squash'] } });
    expect(await world.forge.merge(ref, { headSha, method: 'merge' })).toEqual({
      kind: 'refused',
      reason: expect.stringMatching(/allowed on this repository/),
    });
  });

  test('where a queue merges, puts it in, once', async () => {
    const { ref, headSha } = await openPull(
      { ruleset: { queue: queueRule(), checks: [{ name: 'ci', appId: null }] } },
      { way: { queue: 'required' }, refusal: 'Required status check "ci" is expected.' },
    );
    expect((await world.forge.mergeWay(ref)).queue).toBe('required');
    expect(await world.forge.merge(ref, { headSha, method: 'merge' })).toEqual({
      kind: 'refused',
      reason: 'Required status check "ci" is expected.',
    });
    const check = {
      id: null,
      headSha,
      name: 'ci',
      status: 'completed',
      conclusion: 'success',
      title: 'Fine',
      summary: '',
      text: null,
      detailsUrl: null,
    } as const;
    await world.forge.upsertCheck(world.repo, check);
    await world.arrangeMerging(
      ref,
      { ruleset: { queue: queueRule(), checks: [{ name: 'ci', appId: null }] } },
      { way: { queue: 'required' } },
    );
    for (let time = 0; time < 2; time += 1) {
      expect(await world.forge.merge(ref, { headSha, method: 'merge' })).toEqual({ kind: 'queued' });
      expect((await world.forge.mergeWay(ref)).queue).toBe('waiting');
    }
    expect((await world.forge.pull(ref)).state).toBe('open');
  });

  test('what is not there', async () => {
    const nowhere = { repo: world.elsewhere, number: 1 };
    const { headSha } = await openPull();
    await expect(world.forge.mergeWay(nowhere)).rejects.toEqual(gone);
    await expect(world.forge.merge(nowhere, { headSha, method: 'merge' })).rejects.toEqual(gone);
  });
});

test('the method that was asked for is taken where it may be, or else the first that may', () => {
  expect(methodFor('rebase', all)).toBe('rebase');
  expect(methodFor('merge', linear)).toBe('squash');
  expect(methodFor(null, all)).toBe('merge');
  expect(methodFor('merge', [])).toBeNull();
});
