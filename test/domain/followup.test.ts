import { describe, expect, it } from 'vitest';
import type { Due } from '../../src/domain/due.ts';
import { followupBranch, type LeftFacts, leftOf } from '../../src/domain/followup.ts';
import { planDigest, runId } from '../../src/domain/ids.ts';
import type { Run } from '../../src/domain/run.ts';
import { plan as samplePlan, run as sampleRun } from '../store/samples.ts';
import { commit, sampleProject } from '../support/samples.ts';

const network = sampleProject('network');
const head = commit('a');
const digest = (digit: string) => planDigest(digit.repeat(64));

const plan = (more: Partial<Run> = {}, hasChanges = true, of = '1'): Run => {
  const made = { ...samplePlan(), digest: digest(of) };
  return sampleRun({
    id: runId('plan-0001'),
    project: network,
    verb: 'plan',
    state: 'planned',
    headSha: head,
    extra: [],
    plan: { ...made, summary: { ...made.summary, hasChanges } },
    createdAt: 1_000,
    ...more,
  });
};
const apply = (more: Partial<Run> = {}): Run =>
  sampleRun({
    id: runId('apply-0001'),
    project: network,
    verb: 'apply',
    state: 'applied',
    headSha: head,
    extra: [],
    planRunId: runId('plan-0001'),
    startedAt: 2_000,
    createdAt: 2_000,
    ...more,
  });
const due = (more: Partial<Due> = {}): Due => ({
  repositoryId: 1,
  pullNumber: 3,
  project: network.key,
  commit: commit('c'),
  approved: digest('1'),
  by: null,
  mergedAt: 1_500,
  ended: null,
  ...more,
});
const of = (facts: Partial<LeftFacts>) =>
  leftOf({
    head,
    affected: [network],
    dues: [],
    runs: [],
    unresolved: [],
    used: [],
    waits: new Set(),
    isContained: () => false,
    ...facts,
  });
const because = (facts: Partial<LeftFacts>) => of(facts).left[0]?.because ?? null;

describe('what a merged pull request has left', () => {
  it.each<readonly [what: string, facts: Partial<LeftFacts>, reason: string | null]>([
    ['nothing was ever run', {}, 'never'],
    ['it was taken away', { affected: [{ ...network, ends: 'digest' }] }, null],
    ['it was planned and not applied', { runs: [plan()] }, 'never'],
    ['its plan was thrown away at the merge', { runs: [plan({ state: 'superseded' })] }, 'never'],
    ['there was nothing to change', { runs: [plan({}, false)] }, null],
    ['a part of it had nothing to change', { runs: [plan({ extra: ['-target=a.b'] }, false)] }, 'never'],
    ['an older commit had nothing to change', { runs: [plan({ headSha: commit('b') }, false)] }, 'never'],
    ['it was applied', { runs: [plan({ spent: true }), apply()] }, null],
    [
      'an older commit was applied',
      { runs: [plan(), apply({ headSha: commit('b'), planRunId: runId('plan-0000') })] },
      'partial',
    ],
    ['a part was applied', { runs: [plan({ extra: ['-target=a.b'] }), apply()] }, 'partial'],
    [
      'a part was applied, and nothing is left since',
      {
        runs: [plan({ id: runId('plan-0002'), createdAt: 3_000 }, false), apply()],
        used: [plan({ extra: ['-target=a.b'] })],
      },
      null,
    ],
    [
      'more was planned since it was applied',
      { runs: [plan({ id: runId('plan-0002'), createdAt: 3_000 }), apply()], used: [plan()] },
      'partial',
    ],
    ['its apply failed', { runs: [plan(), apply({ state: 'failed' })] }, 'failed'],
    ['its apply was refused', { runs: [plan(), apply({ state: 'failed', startedAt: null })] }, 'never'],
    ['a newer commit was applied', { isContained: () => true }, null],
    ['the merge asks for it, as it was agreed to', { dues: [due()], runs: [plan()] }, 'waits'],
    [
      'the merge asks for it, and it is another one',
      { dues: [due()], runs: [plan({}, true, '2')] },
      'differs',
    ],
    [
      'the merge asks for it, and nobody agreed',
      { dues: [due({ approved: null })], runs: [plan()] },
      'differs',
    ],
    [
      'what the merge asks for failed',
      { dues: [due()], runs: [plan(), apply({ state: 'failed' })] },
      'failed',
    ],
    ['somebody gave it up', { dues: [due({ ended: 'given-up' })], runs: [plan()] }, 'given-up'],
    ['it ended', { dues: [due({ ended: 'overtaken' })], runs: [plan()] }, null],
  ])('%s', (_what, facts, reason) => {
    expect(because(facts)).toBe(reason);
  });

  it.each<readonly [what: string, facts: Partial<LeftFacts>, why: string]>([
    ['applied', { runs: [apply({ state: 'running' })] }, 'is being applied'],
    ['about to be', { runs: [apply({ state: 'queued', startedAt: null })] }, 'is being applied'],
    ['planned', { runs: [plan({ state: 'running' })] }, 'is being planned'],
    ['in line', { dues: [due()], waits: new Set([network.key]) }, 'waits for its turn'],
    ['nobody knows what', { unresolved: [apply({ state: 'unresolved' })] }, '`/recover` first'],
  ])('is left to whoever is at it while it is %s', (_what, facts, why) => {
    expect(of(facts)).toEqual({
      left: [],
      notYet: [{ name: 'network', why: expect.stringContaining(why) }],
    });
  });

  it('has a branch for each attempt', () => {
    expect([followupBranch(12, 1), followupBranch(12, 2)]).toEqual([
      'tidegate/followup-12',
      'tidegate/followup-12-2',
    ]);
  });
});
