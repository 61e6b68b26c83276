import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MergeFacts } from '../../src/domain/rules/merge-facts.ts';
import { queueRule } from '../../src/hub/branch-rules.ts';
import { githubWorld } from './forge/github-world.ts';
import { memoryWorld } from './forge/memory-world.ts';
import type { Situation, World } from './forge/world.ts';

const gone = expect.objectContaining({ name: 'ForgeError', failure: 'gone' });

type Facts = Omit<MergeFacts, 'headSha'>;

/** Nothing is asked for, nothing stands in the way. */
const free: Facts = {
  draft: false,
  mergeable: true,
  state: 'clean',
  reviews: null,
  required: [],
  strict: false,
  behindBy: null,
  checks: [],
  unsigned: null,
  unresolved: null,
  unknown: [],
};

/** Of classic protection, what only those who administer are told. */
const hidden = { unknown: ['branch_protection'] };

type Row = readonly [what: string, situation: Situation, facts: Partial<Facts>];

const rowsOf = ({ ours, other }: World['apps']): readonly Row[] => {
  const apply = { name: 'tidegate/apply', appId: ours };
  const test = { name: 'test', appId: other };
  const lint = { name: 'lint', appId: null };
  const approve = ['bob', 'APPROVE'] as const;
  const refuse = ['cleo', 'REQUEST_CHANGES'] as const;
  const blocked = { state: 'blocked' } as const;
  return [
    ['nothing asked', {}, {}],
    [
      'a ruleset with checks of an App and of anybody, none of them there',
      { ruleset: { checks: [apply, lint] } },
      { ...blocked, required: [apply, lint] },
    ],
    [
      'protection with checks of an App and of anybody, none of them there',
      { protection: { checks: [apply, lint] } },
      {
        ...blocked,
        ...hidden,
        required: [apply, lint],
        strict: true,
        behindBy: 0,
        unsigned: null,
        unresolved: null,
      },
    ],
    [
      'a ruleset and protection, both',
      { ruleset: { checks: [apply], strict: true }, protection: { checks: [lint] } },
      { ...blocked, ...hidden, required: [apply, lint], strict: true, behindBy: 0 },
    ],
    [
      'checks: good, bad and not yet ready',
      {
        checks: [
          ['test', 'success'],
          ['e2e', 'failure'],
          ['slow', null],
        ],
      },
      {
        state: 'unstable',
        checks: [
          { name: 'slow', appId: other, state: 'pending' },
          { name: 'e2e', appId: other, state: 'failure' },
          { name: 'test', appId: other, state: 'success' },
        ],
      },
    ],
    [
      'statuses, the newest of each',
      {
        statuses: [
          ['lint', 'failure'],
          ['lint', 'success'],
          ['cost', 'pending'],
        ],
      },
      {
        state: 'unstable',
        checks: [
          { name: 'lint', appId: null, state: 'success' },
          { name: 'cost', appId: null, state: 'pending' },
        ],
      },
    ],
    [
      'a required check that is green',
      { ruleset: { checks: [test] }, checks: [['test', 'success']] },
      { required: [test], checks: [{ ...test, state: 'success' }] },
    ],
    [
      'a required check that somebody else reported',
      { ruleset: { checks: [{ name: 'test', appId: ours }] }, checks: [['test', 'success']] },
      { ...blocked, required: [{ name: 'test', appId: ours }], checks: [{ ...test, state: 'success' }] },
    ],
    [
      'a head that lacks what the base has, on a strict branch',
      { ruleset: { checks: [test], strict: true }, checks: [['test', 'success']], base: 'moved' },
      { state: 'behind', required: [test], strict: true, checks: [{ ...test, state: 'success' }] },
    ],
    [
      'a head that lacks what the base has, on a strict branch that is blocked as well',
      { ruleset: { checks: [apply], strict: true }, base: 'moved' },
      { ...blocked, required: [apply], strict: true, behindBy: 1 },
    ],
    ['a head that lacks what the base has, where nobody asks', { base: 'moved' }, {}],
    [
      'a head that lacks what the base has, where a merge queue brings it up to date',
      {
        ruleset: { checks: [apply], strict: true, queue: queueRule() },
        protection: { checks: [lint] },
        base: 'moved',
      },
      { ...blocked, ...hidden, required: [apply, lint] },
    ],
    ['conflicts', { base: 'conflicts' }, { mergeable: false, state: 'dirty' }],
    ['reviews required, none given', { ruleset: { approvals: 1 } }, { ...blocked, reviews: 'required' }],
    ['approved', { ruleset: { approvals: 1 }, reviews: [approve] }, { reviews: 'approved' }],
    [
      'approved by one of two',
      { ruleset: { approvals: 2 }, reviews: [approve] },
      { ...blocked, reviews: 'required' },
    ],
    [
      'approved, and then changes requested',
      { ruleset: { approvals: 1 }, reviews: [approve, refuse] },
      { ...blocked, reviews: 'changes_requested' },
    ],
    [
      'changes requested, and that dismissed',
      { ruleset: { approvals: 1 }, reviews: [approve, refuse], dismiss: true },
      { reviews: 'approved' },
    ],
    [
      'approved, and that dismissed',
      { ruleset: { approvals: 1 }, reviews: [approve], dismiss: true },
      { ...blocked, reviews: 'required' },
    ],
    [
      'approved as protection asks',
      { protection: { approvals: 1 }, reviews: [approve] },
      { ...hidden, reviews: 'approved' },
    ],
    ['signatures, by a ruleset', { ruleset: { signatures: true } }, { ...blocked, unsigned: 1 }],
    [
      'signatures, by protection',
      { protection: { signatures: true } },
      { ...blocked, ...hidden, unsigned: 1 },
    ],
    [
      'conversations, one of them open',
      { ruleset: { conversations: true }, conversations: 1 },
      { ...blocked, unresolved: 1 },
    ],
    ['conversations, none', { ruleset: { conversations: true } }, { unresolved: 0 }],
    ['an open conversation that nobody minds', { conversations: 2 }, {}],
    [
      'conversations, by protection',
      { protection: { conversations: true }, conversations: 2 },
      { ...blocked, ...hidden, unresolved: 2 },
    ],
    ['linear history', { ruleset: { linearHistory: true } }, {}],
    [
      'rules of which nobody tells whether they hold',
      { ruleset: { others: ['required_deployments', 'code_scanning', 'invented_tomorrow'] } },
      { ...blocked, unknown: ['required_deployments', 'code_scanning', 'invented_tomorrow'] },
    ],
  ];
};

describe.each([
  ['memory', memoryWorld],
  ['github', githubWorld],
])('the forge %s, asked how a merge is judged', (_name, make) => {
  let world: World;
  let branches = 0;
  beforeAll(async () => {
    world = await make();
    await world.permit('cleo', 'write');
  });
  afterAll(() => world.stop());

  const openPull = (options?: { readonly draft?: boolean }) => {
    branches += 1;
    return world.openPull(`change-${branches}`, { base: `base-${branches}`, ...options });
  };

  test.each(rowsOf({ ours: 1, other: 2 }).map(([what], index) => [what, index] as const))(
    '%s',
    async (_what, index) => {
      const [, situation, facts] = rowsOf(world.apps)[index] ?? [];
      if (situation === undefined || facts === undefined) throw new Error('no such row');
      const ref = await openPull();
      await world.arrange(ref, situation, facts);
      const { head } = await world.forge.pull(ref);
      expect(await world.forge.mergeFacts(ref)).toEqual({ ...free, ...facts, headSha: head.sha });
    },
  );

  test('a draft', async () => {
    expect(await world.forge.mergeFacts(await openPull({ draft: true }))).toMatchObject({
      draft: true,
      state: 'draft',
    });
  });

  test('what GitHub is still finding out', async () => {
    const ref = await openPull();
    await world.forgetMergeability(ref);
    expect(await world.forge.mergeFacts(ref)).toMatchObject({ mergeable: null, state: null });
  });

  test('our own checks, each as it is now', async () => {
    const ref = await openPull();
    const { head } = await world.forge.pull(ref);
    const check = {
      id: null,
      headSha: head.sha,
      name: 'tidegate/apply',
      status: 'completed',
      conclusion: 'success',
      title: 'Done',
      summary: 'Applied.',
      text: null,
      detailsUrl: null,
    } as const;
    const id = await world.forge.upsertCheck(world.repo, check);
    const fact = { name: 'tidegate/apply', appId: world.apps.ours };
    expect((await world.forge.mergeFacts(ref)).checks).toEqual([{ ...fact, state: 'success' }]);
    await world.forge.upsertCheck(world.repo, { ...check, id, status: 'queued', conclusion: null });
    expect((await world.forge.mergeFacts(ref)).checks).toEqual([{ ...fact, state: 'pending' }]);
  });

  test('of the head of now', async () => {
    const ref = await openPull();
    const pushed = await world.push(ref);
    expect((await world.forge.mergeFacts(ref)).headSha).toBe(pushed);
  });

  test('of a pull request that is not there', async () => {
    await expect(world.forge.mergeFacts({ repo: world.repo, number: 99_999 })).rejects.toEqual(gone);
  });
});
