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
