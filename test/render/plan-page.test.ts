import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anchorOf, planOf } from '../../src/render/pages/plan.ts';
import { attribute, networkPlan, resource, summary } from './samples.ts';

const names = (filter: string, plan = networkPlan): readonly string[] =>
  planOf(plan, filter).entries.map(({ name }) => name);

test('every change has an anchor of its own, of letters that mean nothing in an address or a page', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
      expect(anchorOf(one)).toMatch(/^[\w.~-]*$/);
      expect(anchorOf(one) === anchorOf(other)).toBe(one === other);
    }),
    {
      examples: [
        ['a~', 'a~7e~'],
        ['a[0]', 'a.0.'],
        ['a["b c"]', 'a["b_c"]'],
      ],
    },
  );
  expect(anchorOf('module.vpc["eu"].aws_x.a')).toBe('module.vpc~5b~~22~eu~22~~5d~.aws_x.a');
});

test('a filter finds changes by their addresses and by what is in them', () => {
  expect(names('')).toHaveLength(5);
  expect(names('GATEWAY')).toEqual(['module.vpc.terraform_data.gateway', 'output gateway_id']);
  expect(names('platform')).toEqual(['terraform_data.tags']);
  expect(names('  gateway   triggers ')).toEqual(['module.vpc.terraform_data.gateway']);
  expect(names('nothing like it')).toEqual([]);
  expect(planOf(networkPlan, 'gateway').found).toBe('2 of 5');
});

test('of very many changes the first are shown, the rest is counted, and a filter finds it', () => {
  const many = summary(
    Array.from({ length: 1_500 }, (_, index) =>
      resource('update', `terraform_data.item[${index}]`, [attribute('input', '"a"', '"b"')]),
    ),
  );
  const all = planOf(many, '');
  expect(all.entries).toHaveLength(1_000);
  expect(all.more).toBe(500);
  expect(names('item[1499]', many)).toEqual(['terraform_data.item[1499]']);
  expect(planOf(many, 'item[14').more).toBe(0);
});

test('what a tool says of its plan stands above it, as text', () => {
  const words = {
    tool: 'things',
    blocked: ['<b>ask</b>'],
    warnings: ['careful'],
    unpredictable: [],
    notPreviewable: [],
    deterministic: true,
    verified: false,
    base: { kind: 'revision', value: '14' },
    target: { cluster: 'https://k' },
    facts: {},
    noop: 3,
    noise: [{ path: 'labels.chart', before: '"1"', after: '"2"', objects: 48 }],
    noiseLeft: 2,
  };
  expect(planOf({ ...networkPlan, words, pin: 'verified' }, '').notes).toEqual([
    'Not verified: made without a look at what is there. It cannot be applied.',
    'Cannot be applied as things are: <b>ask</b>',
    'Warning: careful',
    'On 48 objects: labels.chart "1" → "2"',
    'Such changes that are not told: 2',
    'Made from revision: 14',
    'Where: cluster: https://k',
    'Pin: verified',
  ]);
  expect(planOf(networkPlan, '').notes).toEqual([]);
});
