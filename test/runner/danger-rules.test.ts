import { describe, expect, test } from 'vitest';
import { dangerFiles } from '../../src/config/danger.ts';
import { parseRulePath, type RulePath } from '../../src/domain/danger/rule-path.ts';
import { readTerraformPlan } from '../support/read-plan.ts';
import { actionsOf, catalogue, forAll, forMe, policy } from './exposure-samples.ts';
import { plan, resource } from './plan-json.ts';

/** A value put where a path leads, lists and JSON made on the way. */
const put = (at: unknown, [step, ...rest]: RulePath, value: unknown): unknown => {
  if (step === undefined) return value;
  if (step === 'each') return [put(Array.isArray(at) ? at[0] : undefined, rest, value)];
  if (step === 'json')
    return JSON.stringify(put(typeof at === 'string' ? JSON.parse(at) : undefined, rest, value));
  const fields = at instanceof Object ? at : {};
  return { ...fields, [step.key]: put(Reflect.get(fields, step.key), rest, value) };
};

const steps = (...texts: readonly string[]): RulePath =>
  texts.flatMap((text) => {
    const path = parseRulePath(text);
    if (path === null) throw new Error(text);
    return path;
  });

type Rule = ReturnType<typeof dangerFiles>[number]['rules'][number];

/** A value that the rule is about, and one that it is not. */
const valuesOf = ({ is = [] }: Rule): readonly [unknown, unknown] => {
  if (is === 'every-address') return ['0.0.0.0/0', '192.0.2.0/24'];
  if (is === 'policy-for-anybody') return [policy(forAll), policy(forMe)];
  if (is === 'policy-for-anything')
    return [policy({ Effect: 'Allow', Action: '*', Resource: '*' }), policy(forMe)];
  const [first = null] = is;
  if (typeof first === 'boolean') return [first, !first];
  return [first, typeof first === 'number' ? 7 : 'something-else'];
};

const sideOf = (rule: Rule, value: unknown): unknown => {
  const conditions = rule.when.flatMap(({ path, is, not }) =>
    not === undefined && (is ?? []).includes(null) ? [] : [{ path, value: is?.[0] ?? 'x' }],
  );
  return [...conditions, { path: rule.path ?? '', value }].reduce<unknown>(
    (at, one) => put(at, steps(rule.block ?? '', one.path), one.value),
    {},
  );
};

describe('every rule that is shipped', () => {
  const rules = dangerFiles().flatMap(({ rules }) => rules);
  test.each(rules.map((rule, index) => [index, rule.types[0], rule.path ?? 'is gone', rule] as const))(
    '%i: %s %s',
    (_, __, ___, rule) => {
      const type = (rule.types[0] ?? '').replaceAll('*', 'example');
      const told = (before: unknown, after: unknown) => {
        const change = resource(`${type}.x`, { actions: actionsOf(before, after), before, after }, { type });
        const { summary } = readTerraformPlan(plan({ resource_changes: [change] }), catalogue);
        return (summary.resources[0]?.exposures?.found ?? []).some(
          ({ kind, says }) => kind === rule.kind && says === rule.says,
        );
      };
      if (rule.path === undefined) {
        expect(told({ id: 'x' }, null)).toBe(true);
        expect(told({ id: 'x' }, { id: 'y' })).toBe(false);
        return;
      }
      const [danger, safe] = valuesOf(rule).map((value) => sideOf(rule, value));
      expect(told(safe, danger)).toBe(true);
      expect(told(danger, danger)).toBe(false);
      expect(told(danger, safe)).toBe(false);
      expect(told(null, danger)).toBe(rule.kind === 'opening' && rule.new_resources !== false);
    },
  );
});
