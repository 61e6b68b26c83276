import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fingerprints } from '../../src/domain/fingerprint.ts';
import { projectKeyFromText } from '../../src/domain/ids.ts';
import type { PlanSummary } from '../../src/domain/plan-summary.ts';
import { compareWithState } from '../../src/domain/state-comparison.ts';
import { planOf } from '../../src/render/pages/plan.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import type { ReadOptions } from '../../src/runner/port.ts';
import { summaryToJson } from '../../src/store/stored-summary.ts';
import { row, view } from '../render/samples.ts';
import { readTerraformPlan } from '../support/read-plan.ts';
import { plan, resource } from './plan-json.ts';

const sign = (text: string) => createHmac('sha256', 'key').update(text).digest('hex');
const fingerprint = fingerprints(sign, projectKeyFromText('1:network:default:*'));
const read = (
  changes: readonly unknown[],
  more: Readonly<Record<string, unknown>> = {},
  options: ReadOptions = {},
) =>
  readTerraformPlan(plan({ resource_changes: changes, ...more }), undefined, { fingerprint, ...options })
    .summary;

const { board, planCheck } = createRenderer();

/** Everything that leaves: what is stored, the comment, the checks with what is said on lines, the page. */
const told = (summary: PlanSummary): string => {
  const places = summary.resources.map(({ address }, line) => ({
    address,
    path: 'main.tf',
    line: line + 1,
    endLine: line + 1,
    on: 'block' as const,
    argument: null,
  }));
  const seen = view([row('network', 'planned', { summary: { ...summary, places } })]);
  return JSON.stringify([summaryToJson(summary), board(seen), planCheck(seen), planOf(summary, '')]);
};

const marked = 'Gk7-vP2-xR9aqL4z';
const at = (key: string, type = 't') => `${type}.a[${JSON.stringify(key)}]`;
const destroyed = (key: string) =>
  resource(at(key), { actions: ['delete'], after: null }, { index: key, name: 'a', mode: 'managed' });
/** The tool marks it as a secret, elsewhere. */
const known = (secret: string) => ({
  variables: { password: { value: secret } },
  configuration: { root_module: { variables: { password: { sensitive: true } } } },
});

describe('a key of for_each', () => {
  test('that the tool marks as a secret elsewhere is shown by its fingerprint, wherever the address stands', () => {
    const address = `module.m[${JSON.stringify(marked)}].${at(marked)}`;
    const change = resource(
      address,
      { actions: ['delete'], after: null },
      {
        index: marked,
        name: 'a',
        mode: 'managed',
        module_address: `module.m[${JSON.stringify(marked)}]`,
        previous_address: `t.old[${JSON.stringify(marked)}]`,
      },
    );
    const summary = read([change], {
      ...known(marked),
      resource_drift: [resource(address)],
      relevant_attributes: [{ resource: address, attribute: ['a'] }],
      checks: [
        {
          address: { kind: 'resource', to_display: address },
          status: 'fail',
          instances: [{ address: { to_display: address }, status: 'fail', problems: [] }],
        },
      ],
      deferred_changes: [{ reason: 'deferred_prereq', resource_change: resource(address) }],
      action_invocations: [
        {
          address: `action.p_wake.a[${JSON.stringify(marked)}]`,
          type: 'p_wake',
          name: 'a',
          lifecycle_action_trigger: { triggering_resource_address: address },
        },
      ],
    });
    const key = `["(sensitive, ${fingerprint(marked)})"]`;
    expect(summary.resources[0]).toMatchObject({
      address: `module.m${key}.t.a${key}`,
      module: `module.m${key}`,
      previousAddress: `t.old${key}`,
      index: `(sensitive, ${fingerprint(marked)})`,
    });
    expect(summary.drift[0]?.address).toBe(`module.m${key}.t.a${key}`);
    expect(summary.checks[0]?.address).toBe(`module.m${key}.t.a${key}`);
    expect(summary.deferred[0]?.address).toBe(`module.m${key}.t.a${key}`);
    expect(summary.invocations[0]).toMatchObject({
      address: `action.p_wake.a${key}`,
      trigger: `module.m${key}.t.a${key}`,
    });
    expect(told(summary)).not.toContain(marked);
    expect(board(view([row('network', 'planned', { summary })]))).toContain(`t.a${key}`);
  });

  test('is shown as it is, where nobody says that it is a secret', () => {
    const summary = read([destroyed(marked)]);
    expect(summary.resources[0]?.address).toBe(at(marked));
    expect(told(summary)).toContain(marked);
  });

  test.each(['hunter-22', 'a"quoted" one', `and \${a} %{b}`, 'longer-than-any-line-'.repeat(20)])(
    'that the run was given is hidden, however it is written: %s',
    (key) => {
      // As the tool writes it.
      const written = JSON.stringify(key).replaceAll('${', '$${').replaceAll('%{', '%%{');
      const change = resource(
        `t.a[${written}]`,
        { actions: ['delete'], after: null },
        { index: key, name: 'a' },
      );
      const isGiven = (text: string) => text.includes(key);
      const summary = read([change], {}, { isGiven });
      expect(summary.resources[0]?.address).toMatch(/^t\.a\["\(sensitive[^"]*\)"\]$/);
      for (const part of [key, written.slice(1, -1)]) expect(told(summary)).not.toContain(part.slice(0, 20));
    },
  );

  test('that has the shape of a token is hidden, and one that looks like our own words', () => {
    const token = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
    const own = '(sensitive, abcdefgh)';
    const summary = read([destroyed(token), destroyed(own)]);
    expect(told(summary)).not.toContain(token);
    expect(summary.resources.map(({ address }) => address)).not.toContain(at(own));
  });

  test('that is a word, a region or a number is a name like any other', () => {
    const keys = ['prod', 'eu-west-1', 'a', 'orders/eu'];
    const summary = read(keys.map(destroyed), known('prod'));
    expect(summary.resources.map(({ address }) => address)).toEqual(keys.map((key) => at(key)).sort());
  });

  test('leaves as many addresses as there are, however many of them are secrets', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 8, maxLength: 30, unit: 'grapheme-ascii' }), { maxLength: 12 }),
        fc.func(fc.boolean()),
        (keys, isSecret) => {
          const secrets = keys.filter((key) => isSecret(key) === true);
          const summary = read(keys.map(destroyed), {}, { isGiven: (text) => secrets.includes(text) });
          expect(new Set(summary.resources.map(({ address }) => address)).size).toBe(keys.length);
          expect(summary.counts.delete).toBe(keys.length);
          for (const secret of secrets)
            expect(summary.resources.map(({ address }) => address)).not.toContain(at(secret));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('that is hidden says nothing of what an apply has done: its object is not found, and not gone', () => {
    const summary = read([destroyed(marked), destroyed('orders')], known(marked));
    const compared = compareWithState(summary.resources, { lineage: 'l', serial: 1, objects: new Map() });
    expect(compared.map(({ standing }) => standing).sort()).toEqual(['done', 'unclear']);
  });

  test('has no part in what is approved', () => {
    const meaning = (options: ReadOptions) =>
      readTerraformPlan(plan({ resource_changes: [destroyed(marked)] }), undefined, options).meaning;
    expect(meaning({ isGiven: () => true })).toBe(meaning({}));
  });
});
