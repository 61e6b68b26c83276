import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { summaryLineCounts } from '../../src/domain/plan-summary.ts';
import { readTerraformPlan } from '../support/read-plan.ts';
import { beside, change, plan, resource, summaryOf } from './plan-json.ts';

const all = summaryOf(beside);

test('what waits for another plan is counted, and named with its reason and what would follow', () => {
  expect(all.counts.deferred).toBe(3);
  expect(all.deferred).toEqual([
    { address: 'action.p_wake.b', type: 'p_wake', action: 'invoke', reason: 'deferred_prereq' },
    { address: 'module.m.t.b', type: 't', action: 'replace', reason: 'deferred_prereq' },
    { address: 't.late[*]', type: 't', action: 'create', reason: 'provider_config_unknown' },
  ]);
  // It is no change of this plan.
  expect(all.counts).toMatchObject({ create: 0, replace: 0, import: 0 });
  expect(() =>
    summaryOf({
      deferred_changes: [{ reason: 'r', resource_change: resource('t.a', { actions: ['explode'] }) }],
    }),
  ).toThrow('explode');
});

test('provider actions are counted, with what sets them off; none of their values is told', () => {
  expect(all.counts.invoke).toBe(2);
  expect(summaryLineCounts(all.counts)).toMatchObject({ invoke: 2, add: 0 });
  expect(all.invocations).toEqual([
    { address: 'action.p_wake.a', type: 'p_wake', trigger: 't.a', event: 'AfterCreate' },
    { address: 'action.p_wake.c', type: 'p_wake', trigger: null, event: null },
  ]);
});

test('checks: each instance by itself, what fails first, messages masked, a status nobody knows is no pass', () => {
  expect(all.checkCounts).toEqual({ pass: 1, fail: 1, error: 1, unknown: 1 });
  expect(all.checks).toEqual([
    { address: 'check.c', kind: 'check', status: 'error', problems: ['is down'] },
    { address: 't.a[1]', kind: 'resource', status: 'fail', problems: ['(sensitive value)'] },
    { address: 'output.o', kind: 'output_value', status: 'unknown', problems: [] },
    { address: 't.a[0]', kind: 'resource', status: 'pass', problems: [] },
  ]);
});

describe('drift', () => {
  test('of all that changed outside, what the plan was made from, and of that the attributes it was made from', () => {
    expect(all.driftCounts).toEqual({ relevant: 3, all: 5 });
    const row = { forcesReplacement: false };
    expect(all.drift).toEqual([
      {
        address: 't.each["k"]',
        type: 't',
        action: 'update',
        attributes: [{ path: 'ports', before: '[80,81]', after: '[8080,81]', ...row }],
      },
      {
        address: 't.gone',
        type: 't',
        action: 'delete',
        attributes: [],
      },
      {
        address: 't.seen',
        type: 't',
        action: 'update',
        attributes: [{ path: 'tags.owner', before: '"ada"', after: '"eve"', ...row }],
      },
    ]);
    expect(all.resources).toEqual([]);
    expect(all.hasChanges).toBe(true);
  });

  test('of a refresh-only plan all is relevant: an attribute of no resource is one of any', () => {
    const { driftCounts } = summaryOf({
      resource_drift: beside.resource_drift,
      relevant_attributes: [{ attribute: [] }],
    });
    expect(driftCounts).toEqual({ relevant: 5, all: 5 });
  });

  test('makes nothing to do by itself', () => {
    expect(summaryOf({ resource_drift: beside.resource_drift }).hasChanges).toBe(false);
  });
});

test('what waits and what is invoked is something to do', () => {
  const { deferred_changes, deferred_action_invocations, action_invocations } = beside;
  expect(summaryOf({ action_invocations }).hasChanges).toBe(true);
  expect(summaryOf({ deferred_changes }).hasChanges).toBe(true);
  expect(summaryOf({ deferred_action_invocations, applyable: false, complete: false })).toMatchObject({
    hasChanges: true,
    applyable: false,
    complete: false,
  });
});

test('the id of an import is told, unless it is sensitive', () => {
  const importing = (more: Record<string, unknown>) =>
    summaryOf({ resource_changes: [resource('t.a', { importing: { id: 'i-12345' }, ...more })] }).resources[0]
      ?.importing;
  expect(importing({})).toEqual({ id: 'i-12345' });
  expect(importing({ importing: null })).toBeNull();
  expect(importing({ importing: { identity: { arn: 'x' } } })).toEqual({ id: null });
  expect(importing({ after_sensitive: { id: true } })).toEqual({ id: null });
  expect(importing({ after: { other: 'i-12345' }, after_sensitive: { other: true } })).toEqual({ id: null });
});

test('marks name their paths, nested ones too, on either side', () => {
  const [one] = summaryOf({
    resource_changes: [
      resource('t.a', {
        before_sensitive: { old: true, list: [{}, { 'a.b': true }], empty: [{}], no: false },
        after_sensitive: { old: true, fresh: { deep: true } },
        after_unknown: { id: true, disks: [{ id: true }, { size: 1 }] },
      }),
    ],
  }).resources;
  expect(one?.sensitive).toEqual(['fresh.deep', 'list[1]["a.b"]', 'old']);
  expect(one?.unknown).toEqual(['disks[0].id', 'id']);
});

test('however long the lists of a plan are, the summary stays small, and the counts are of all', () => {
  const many = Array.from({ length: 400 }, (_, index) => `t.a[${index}]`);
  const marks = Object.fromEntries(many.map((name) => [name, true]));
  const found = summaryOf({
    resource_changes: [
      ...many.map((name) => resource(`data.${name}`, { actions: ['read'] })),
      ...many.map((name) => resource(name, { after_sensitive: marks, after_unknown: marks })),
    ],
    deferred_changes: many.map((name) => ({ reason: 'unknown', resource_change: resource(name) })),
    action_invocations: many.map((name) => ({ address: `action.${name}` })),
    checks: many.map((name, index) => ({
      address: { kind: 'resource', to_display: name },
      status: index === 399 ? 'fail' : 'pass',
      problems: many.slice(0, 15).map((message) => ({ message: message.repeat(100) })),
    })),
    relevant_attributes: many.map((name) => ({ resource: name, attribute: [] })),
    resource_drift: many.map((name) => resource(name)),
  });
  expect(found.counts).toMatchObject({ read: 400, deferred: 400, invoke: 400 });
  expect(found.checkCounts).toMatchObject({ pass: 399, fail: 1 });
  expect(found.checks[0]).toMatchObject({ address: 't.a[399]', status: 'fail' });
  expect(found.driftCounts).toEqual({ relevant: 400, all: 400 });
  // Cut, and never as if there were none.
  expect(found.resources.every(({ sensitive, unknown }) => sensitive.length > 0 && unknown.length > 0)).toBe(
    true,
  );
  expect(found.resources[0]?.sensitive.at(-1)).toBe('… 340 more');
  expect(JSON.stringify(found).length).toBeLessThan(1_200_000);
});

/** Letters never collide with what the summary itself prints. */
const secret = fc.stringMatching(/^[g-m]{8,12}Q$/);

test('what any part of the plan marks as sensitive appears nowhere in the summary', () => {
  const marked = (hush: string) => ({ before: { a: hush }, after: {}, before_sensitive: { a: true } });
  const state = (hush: string) => ({
    resources: [
      { values: { a: 'x', b: ['y', { c: hush }] }, sensitive_values: { b: [false, { c: true }] } },
      { values: { a: 'x' }, sensitive_values: {} },
    ],
  });
  const places = {
    drift: (hush: string) => ({ resource_drift: [resource('t.z', marked(hush))] }),
    deferred: (hush: string) => ({
      deferred_changes: [{ reason: 'unknown', resource_change: resource('t.z', marked(hush)) }],
    }),
    invocation: (hush: string) => ({
      action_invocations: [
        { address: 'action.t.z', config_values: { a: [hush] }, config_sensitive: { a: true } },
      ],
    }),
    waiting: (hush: string) => ({
      deferred_action_invocations: [
        {
          reason: 'unknown',
          action_invocation: { address: 'action.t.z', config_values: { a: hush }, config_sensitive: true },
        },
      ],
    }),
    output: (hush: string) => ({ output_changes: { z: change({ before: hush, before_sensitive: true }) } }),
    // What a data source reads while planning stands nowhere else.
    prior: (hush: string) => ({
      prior_state: { values: { root_module: { child_modules: [{ child_modules: [state(hush)] }] } } },
    }),
    planned: (hush: string) => ({ planned_values: { root_module: state(hush) } }),
    priorOutput: (hush: string) => ({
      prior_state: { values: { outputs: { z: { sensitive: true, value: { a: [hush] } } } } },
    }),
  };
  fc.assert(
    fc.property(secret, fc.constantFrom(...Object.values(places)), fc.boolean(), (hush, place, inside) => {
      const open = inside ? `see ${hush} here` : hush;
      const reading = readTerraformPlan(
        plan({
          resource_changes: [
            resource('t.a', { before: { a: 'x' }, after: { a: open }, importing: { id: open } }),
          ],
          checks: [
            {
              address: { kind: 'check', to_display: 'check.c' },
              status: 'fail',
              problems: [{ message: open }],
            },
          ],
          relevant_attributes: [
            { resource: 't.z', attribute: ['a'] },
            { resource: 't.y', attribute: [] },
          ],
          ...place(hush),
          resource_drift: [
            ...('resource_drift' in place(hush) ? [resource('t.z', marked(hush))] : []),
            resource('t.y', { after: { a: open } }),
          ],
        }),
      );
      expect(JSON.stringify(reading.summary)).not.toContain(hush);
      expect(reading.secrets).toContain(hush);
    }),
    { numRuns: 200 },
  );
});
