import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTerraformPlan } from '../support/read-plan.ts';
import { change, plan, resource } from './plan-json.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const read = (...resources: readonly unknown[]) => readTerraformPlan(plan({ resource_changes: resources }));
const rows = (more: Readonly<Record<string, unknown>>) =>
  read(resource('t.a', more)).summary.resources[0]?.attributes.map((row) => [
    row.path,
    row.before,
    row.after,
  ]);

describe('what can not be read is said, and nothing is counted', () => {
  test.each([
    ['the next major', { format_version: '2.0' }, '`2.0`'],
    ['an old one', { format_version: '0.2' }, '`0.2`'],
    ['none', { format_version: undefined }, 'no `format_version`'],
    [
      'an action nobody knows',
      { resource_changes: [resource('t.a', { actions: ['create', 'forget'] })] },
      'create,forget',
    ],
    [
      'the name of a property of objects',
      { resource_changes: [resource('t.a', { actions: ['constructor'] })] },
      'constructor',
    ],
    ['no action', { resource_changes: [resource('t.a', { actions: [] })] }, 't.a'],
    ['an output action', { output_changes: { o: change({ actions: ['delete', 'create'] }) } }, '`o`'],
    ['no masks', { resource_changes: [resource('t.a', { after_sensitive: undefined })] }, 'after_sensitive'],
    ['another shape', { resource_changes: {} }, 'resource_changes'],
    ['a plan that failed', { errored: true }, 'error'],
  ])('%s', (_what, more, words) => {
    expect(() => readTerraformPlan(plan(more))).toThrow(words);
    expect(() => readTerraformPlan(plan(more))).toThrowError(
      expect.objectContaining({ problem: expect.objectContaining({ code: 'plan-unreadable' }) }),
    );
  });

  test.each(['', 'null', '[]', 'Error: no', '{"format_version":"1.2"'])('%j', (text) => {
    expect(() => readTerraformPlan(Buffer.from(text))).toThrowError(
      expect.objectContaining({ problem: expect.objectContaining({ code: 'plan-unreadable' }) }),
    );
  });
});

describe('hasChanges', () => {
  test.each([
    ['a no-op', [resource('t.a', { actions: ['no-op'] })], false],
    ['a read', [resource('data.t.a', { actions: ['read'] })], false],
    ['a move', [resource('t.a', { actions: ['no-op'] }, { previous_address: 't.b' })], true],
    ['an import', [resource('t.a', { actions: ['no-op'], importing: { id: 'x' } })], true],
    ['a forget', [resource('t.a', { actions: ['forget'] })], true],
    ['an update', [resource('t.a')], true],
  ])('without `applyable`: %s', (_what, resources, expected) => {
    expect(read(...resources).summary.hasChanges).toBe(expected);
  });

  test('`applyable` is the tool’s own word', () => {
    expect(readTerraformPlan(plan({ applyable: true })).summary.hasChanges).toBe(true);
    expect(readTerraformPlan(plan({ applyable: false })).summary.hasChanges).toBe(false);
  });
});

describe('attribute rows', () => {
  test('lists of plain values in one row, others by index; keys that are no names quoted', () => {
    expect(
      rows({
        before: { zones: ['a'], disks: [{ size: 1 }], tags: { 'a.b': 'x' } },
        after: { zones: ['a', 'b'], disks: [{ size: 1 }, { size: 2 }], tags: { 'a.b': 'y' } },
      }),
    ).toEqual([
      ['disks[1].size', null, '2'],
      ['tags["a.b"]', '"x"', '"y"'],
      ['zones', '["a"]', '["a","b"]'],
    ]);
  });

  test('unknown as a whole and inside, where the value is absent', () => {
    expect(
      rows({
        before: { a: 1 },
        after: { b: {} },
        after_unknown: { a: true, b: { c: true, d: [true] }, e: false },
      }),
    ).toEqual([
      ['a', '1', '(known after apply)'],
      ['b.c', null, '(known after apply)'],
      ['b.d[0]', null, '(known after apply)'],
    ]);
  });

  test('a value that is marked on one side only is hidden on both', () => {
    expect(rows({ before: { a: 'hush' }, after: { a: 'loud' }, after_sensitive: { a: true } })).toEqual([
      ['a', '(sensitive value)', '(sensitive value)'],
    ]);
    expect(
      rows({
        before: { a: ['x', 'hush'] },
        after: { a: ['y', 'hush'] },
        before_sensitive: { a: [false, true] },
      }),
    ).toEqual([['a', '["x","(sensitive value)"]', '["y","(sensitive value)"]']]);
  });

  test('a replace names the paths that force it', () => {
    const [one] = read(
      resource('t.a', {
        actions: ['create', 'delete'],
        before: { disk: [{ size: 1, kind: 'x' }] },
        after: { disk: [{ size: 2, kind: 'y' }] },
        replace_paths: [['disk', 0, 'size']],
      }),
    ).summary.resources;
    expect(one).toMatchObject({ action: 'replace', order: 'create-first', replacePaths: ['disk[0].size'] });
    expect(one?.attributes.map((row) => [row.path, row.forcesReplacement])).toEqual([
      ['disk[0].kind', false],
      ['disk[0].size', true],
    ]);
  });

  test('at most 60 rows and then the rest by number; long values are cut with the number of characters', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`k${index}`, index]));
    const found = rows({ before: {}, after: many });
    expect(found).toHaveLength(61);
    expect(found?.at(-1)).toEqual(['… 40 more changed attributes', null, null]);
    expect(rows({ before: {}, after: { a: 'x'.repeat(1000) } })?.[0]?.[2]).toBe(
      `"${'x'.repeat(399)}… (602 more characters)`,
    );
  });

  test('of very large plans what is destroyed and changed is shown before what is new', () => {
    const fresh = Array.from({ length: 2000 }, (_, index) =>
      resource(`t.a[${index}]`, { actions: ['create'], before: null, after: { x: 1, y: 2 } }),
    );
    const { resources, counts } = read(
      ...fresh,
      resource('t.z', { actions: ['delete'], after: null }),
    ).summary;
    expect(counts).toMatchObject({ create: 2000, delete: 1 });
    expect(resources).toHaveLength(2001);
    expect(resources.at(-1)?.attributes).toEqual([
      { path: 'a', before: '1', after: null, forcesReplacement: false },
    ]);
    const cut = resources.filter((one) => one.attributes[0]?.path.startsWith('… left out'));
    expect(cut).toHaveLength(500);
  });

  test('a deposed object is told apart', () => {
    const { resources } = read(resource('t.a', {}, { deposed: 'ab12' }), resource('t.a')).summary;
    expect(resources.map((one) => one.address)).toEqual(['t.a', 't.a (deposed ab12)']);
  });
});

/** Letters never collide with what the summary itself prints. */
const secret = fc.stringMatching(/^[g-m]{8,12}Q$/);
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json[]>(null, true, 1, 'text', 'other'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c.d'), tie('value'), { maxKeys: 3 }),
  ),
})).value;

/** A value with a secret put somewhere, and the mask that covers that place. */
const hiddenIn = (value: Json, hush: string, pick: number): { value: Json; mask: Json } => {
  if (Array.isArray(value) && value.length > 0) {
    const at = pick % value.length;
    const inner = hiddenIn(value[at] ?? null, hush, pick >> 2);
    return {
      value: value.map((one: Json, index) => (index === at ? inner.value : one)),
      mask: value.map((_one, index) => (index === at ? inner.mask : false)),
    };
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const keys = Object.keys(value);
    const key = keys[pick % keys.length];
    if (key !== undefined) {
      const inner = hiddenIn((value as { readonly [name: string]: Json })[key] ?? null, hush, pick >> 2);
      return { value: { ...value, [key]: inner.value }, mask: { [key]: inner.mask } };
    }
  }
  return { value: pick % 2 === 0 ? hush : { inside: [hush, { deep: `x${hush}` }] }, mask: true };
};

test('what a mask covers never appears in a summary, wherever it is and whatever is beside it', () => {
  fc.assert(
    fc.property(
      json,
      json,
      secret,
      fc.nat(255),
      fc.boolean(),
      fc.boolean(),
      (one, two, hush, pick, onAfter, flat) => {
        const hidden = hiddenIn({ top: one }, hush, pick);
        const open: Json = { top: two, copy: flat ? hush : `see ${hush} here` };
        const text = JSON.stringify(
          readTerraformPlan(
            plan({
              resource_changes: [
                resource('t.a', {
                  before: onAfter ? open : hidden.value,
                  after: onAfter ? hidden.value : open,
                  before_sensitive: onAfter ? {} : hidden.mask,
                  after_sensitive: onAfter ? hidden.mask : {},
                  after_unknown: {},
                }),
              ],
              output_changes: { o: change({ before: null, after: { nested: hush }, after_sensitive: true }) },
            }),
          ).summary,
        );
        expect(text).not.toContain(hush);
      },
    ),
    { numRuns: 500 },
  );
});

test('secrets are texts and long numbers under a mark, and what a variable with one was given', () => {
  const read = readTerraformPlan(
    Buffer.from(
      JSON.stringify({
        ...JSON.parse(readFileSync('runners/terraform/fixtures/sensitive/plan.jsonl', 'utf8')),
        resource_changes: [],
        prior_state: undefined,
        planned_values: undefined,
        output_changes: {
          pin: change({ actions: ['create'], before: null, after: 8_675_309, after_sensitive: true }),
          port: change({ actions: ['create'], before: null, after: 8080, after_sensitive: true }),
        },
        variables: { hidden: { value: { deep: ['hidden-value'] } }, open: { value: 'open-value' } },
        configuration: { root_module: { variables: { hidden: { sensitive: true }, open: {} } } },
      }),
    ),
  );
  expect(read.secrets).toEqual(['hidden-value', '8675309']);
});
