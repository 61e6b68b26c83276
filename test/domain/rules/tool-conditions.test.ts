import { describe, expect, test } from 'vitest';
import type { PinClass, ToolWords } from '../../../src/domain/plan-summary.ts';
import { applyConditions } from '../../../src/domain/rules/apply-conditions.ts';
import { planView } from '../../../src/domain/rules/plan-view.ts';
import { toolConditions } from '../../../src/domain/rules/tool-conditions.ts';
import { summary } from '../../store/samples.ts';
import { applyFacts } from './facts.ts';

const words: ToolWords = {
  tool: 'people',
  blocked: [],
  warnings: [],
  unpredictable: [],
  notPreviewable: [],
  deterministic: true,
  verified: true,
  base: null,
  target: { cluster: 'https://api.acme' },
  facts: {},
  noop: 0,
  noise: [],
  noiseLeft: 0,
};

/** The plan of the facts, with what its tool says of it. */
const runSaying = (more: Partial<ToolWords>, pin?: PinClass) => {
  const { planRun } = applyFacts;
  if (planRun.plan === null) throw new Error('the sample has no plan');
  const said = { ...planRun.plan.summary, words: { ...words, ...more }, ...(pin && { pin }) };
  return { ...planRun, plan: { ...planRun.plan, summary: said } };
};

const told = (more: Partial<ToolWords>, pin?: PinClass) =>
  toolConditions(runSaying(more, pin)).map(({ name, holds, because, problem }) => [
    name,
    holds,
    because,
    problem?.code ?? null,
  ]);

describe('what a plan says of itself before its apply', () => {
  test('nothing where its tool has no words for it, as Terraform, or there is none', () => {
    expect(toolConditions(applyFacts.planRun)).toEqual([]);
    expect(toolConditions({ ...applyFacts.planRun, plan: null })).toEqual([]);
  });

  test('how its apply is bound to it, by the class of its runner', () => {
    const bound = (pin?: PinClass) => told({}, pin)[0];
    const exact = ['pin', true, 'exact: the kept plan is applied, and nothing else', null];
    expect(bound('exact')).toEqual(exact);
    expect(bound()).toEqual(exact);
    expect(bound('verified')).toEqual([
      'pin',
      true,
      'verified: it is planned once more right before, and has to mean the same',
      null,
    ]);
    expect(bound('none')).toEqual(['pin', true, 'none: the tool does whatever it does then', null]);
  });

  test('one that is made from what is there, and that nothing is in the way of, may be applied', () => {
    expect(told({})).toHaveLength(2);
    expect(told({})[1]).toEqual([
      'verified',
      true,
      'made from what is there, and nothing is in its way',
      null,
    ]);
  });

  test('one that is made without a look at what is there is for reading, also where nothing is in its way', () => {
    expect(told({ verified: false })[1]).toEqual([
      'verified',
      false,
      'made without a look at what is there',
      'plan-unverified',
    ]);
    expect(told({ verified: false, blocked: ['The namespace is not there.'] })[1]?.[3]).toBe(
      'plan-unverified',
    );
  });

  test('one that its tool calls impossible says each reason', () => {
    const reasons = ['The namespace is not there.', 'Somebody else owns it.'];
    expect(told({ blocked: ['The namespace is not there.'] })[1]).toEqual([
      'verified',
      false,
      'the tool says what has to be done first',
      'plan-blocked',
    ]);
    const [, verdict] = toolConditions(runSaying({ blocked: reasons }));
    expect(verdict?.problem?.details).toBe(reasons.join('\n'));
  });

  test('one that was made of outputs of others says so, and is for reading while one of these is not known', () => {
    const feed = (name: string, known: boolean) => ({
      ...{ name, project: `of-${name}`, output: `${name}_out`, known },
      sensitive: false,
    });
    const fed = (...taken: ReturnType<typeof feed>[]) => {
      const run = runSaying({});
      const plan = { ...run.plan, summary: { ...run.plan.summary, feeds: { digest: 'd', taken } } };
      return toolConditions({ ...run, plan });
    };
    const [, , all] = fed(feed('a', true), feed('b', true));
    expect(all).toMatchObject({ name: 'fed', holds: true });
    expect(all?.because).toBe('made of 2 outputs of other projects as they are');
    const [, , one] = fed(feed('a', true), feed('b', false));
    expect(one).toMatchObject({ name: 'fed', holds: false, because: '`b`: not known yet' });
    expect(one?.problem?.code).toBe('feed-unknown');
    expect(one?.problem?.sentence).toContain('made without `b`, which is not known yet');
    expect(one?.problem?.advice).toContain('Have `of-b` applied with the output `b_out`');
    const [, , two] = fed(feed('a', false), feed('b', false));
    expect(two?.problem?.sentence).toContain('which are not known yet');
    expect(two?.problem?.sentence).toContain('`a`');
  });

  test('it is asked before every apply', () => {
    const asked = applyConditions({ ...applyFacts, planRun: runSaying({ verified: false }, 'none') });
    expect(asked.filter(({ holds }) => !holds).map(({ name }) => name)).toEqual(['verified']);
    expect(asked.map(({ name }) => name)).toContain('pin');
  });
});

describe('conditions of an operator see it', () => {
  test('what the tool says, and for Terraform what always holds of it', () => {
    const seen = (more: Partial<typeof summary>) => {
      const { pin, verified, target } = planView({ ...summary, ...more });
      return { pin, verified, target };
    };
    expect(seen({})).toEqual({ pin: 'exact', verified: true, target: [] });
    expect(seen({ pin: 'none', words: { ...words, verified: false } })).toEqual({
      pin: 'none',
      verified: false,
      target: [{ name: 'cluster', value: 'https://api.acme' }],
    });
  });

  test('the kind of a thing, and the namespace where it has one', () => {
    const [first] = summary.resources;
    if (first === undefined) throw new Error('no resource');
    const seen = (more: Partial<typeof first>) => {
      const [one] = planView({ ...summary, resources: [{ ...first, ...more }] }).resources;
      return [one?.kind, one?.namespace];
    };
    expect(seen({})).toEqual([first.type, '']);
    expect(seen({ type: 'Deployment', namespace: 'web' })).toEqual(['Deployment', 'web']);
  });
});
