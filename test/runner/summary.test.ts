import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlanReading } from '../../src/domain/plan-summary.ts';
import { UserError } from '../../src/domain/problem.ts';
import { factNotes } from '../../src/render/facts.ts';
import { createSummaryReader } from '../../src/runner/read/summary.ts';
import { summarySchema, summaryToJson } from '../../src/store/stored-summary.ts';

const readText = (text: string): PlanReading => {
  const reader = createSummaryReader();
  reader.push(Buffer.from(text));
  const reading = reader.end();
  if (reading === null) throw new Error('it asks for a second time');
  return reading;
};
const tool = { name: 'things', version: '1.0.0' };
type Item = Readonly<Record<string, unknown>> & { readonly action: string };
const read = (items: readonly Item[], more: Readonly<Record<string, unknown>> = {}): PlanReading => {
  const changes: Record<string, number> = {};
  for (const { action } of items) changes[action] = (changes[action] ?? 0) + 1;
  return readText(JSON.stringify({ schema: 1, tool, items, changes, ...more }));
};
const update = (name: string, more: Readonly<Record<string, unknown>> = {}): Item => ({
  address: `thing/${name}`,
  action: 'update',
  before: { value: 1 },
  after: { value: 2 },
  ...more,
});

test('the example of the contract is read, stored and told', () => {
  const [, example = ''] =
    /```json\n(\{\s*"schema": 1[\s\S]*?)```/.exec(readFileSync('runners/README.md', 'utf8')) ?? [];
  const { summary } = readText(example);
  expect(summary).toMatchObject({
    toolVersion: '1.0.0',
    counts: { update: 1, invoke: 1 },
    resources: [
      {
        address: 'github/alice',
        type: 'account',
        action: 'update',
        noise: 1,
        reasons: ['its role changes'],
        attributes: [
          { path: 'role', before: '"member"', after: '"admin"' },
          { path: 'token', before: '(sensitive value)' },
        ],
      },
    ],
    words: { noop: 4, noise: [{ path: 'seen', before: '1', after: '2', objects: 1 }] },
  });
  const notes = factNotes(summary).join('\n');
  expect(notes).toContain('bob has no team');
  expect(notes).toContain('`seen` `1` → `2` on 1 object');
  expect(notes).toContain('`acme`');
  expect(summarySchema.parse(JSON.parse(summaryToJson({ ...summary, pin: 'none' })))).toEqual({
    ...summary,
    pin: 'none',
  });
});

test('what cannot be applied, and what is not pinned, is told first', () => {
  const { summary } = read([update('a')], {
    verified: false,
    blocked: ['A release is pending.'],
    unpredictable: ['thing/a#/value'],
    deterministic: false,
  });
  expect(factNotes({ ...summary, pin: 'none' }).join('\n')).toMatchInlineSnapshot(`
    "**Not verified:** made without a look at what is there. It is for reading only, and cannot be applied.
    **Cannot be applied as things are**: A release is pending.
    Made anew at the apply, and compared by nobody: thing/a&#35;/value.
    Two plans of the same things may differ: the tool is not deterministic here.
    **Not pinned:** the tool plans anew when it is applied, and may do something else than what stands here."
  `);
});

describe('values', () => {
  test('that are sensitive are told by whether they change, in noise as well, and are secrets everywhere else', () => {
    const secret = 'hunter2-hunter2-hunter2';
    const { summary, secrets } = read(
      [
        update('a', {
          before: { data: { key: secret, list: [{ x: secret }] } },
          after: { data: { key: `${secret}!`, list: [{ x: `${secret}?` }] } },
          sensitive: ['/data/key', '/data/list/0/x'],
          noise: ['/data/list/0/x'],
        }),
        update('b', { after: { value: `and ${secret}` } }),
        update('c', { before: secret, after: `${secret}.`, sensitive: true }),
      ],
      { warnings: [`it has ${secret}`] },
    );
    expect(secrets).toContain(secret);
    expect(JSON.stringify(summary)).not.toContain(secret);
    expect(summary.words?.noise).toHaveLength(1);
  });

  test('that are known later are no values', () => {
    const { summary } = read([
      update('a', { after: { list: [1], value: 2 }, unknown: ['/value', '/more/deep', '/list/3'] }),
    ]);
    const later = summary.resources[0]?.attributes.filter(({ after }) => after === '(known after apply)');
    expect(later?.map(({ path }) => path).sort()).toEqual(['list', 'more.deep', 'value']);
  });

  test('that are longer than a number can be stay what they are', () => {
    const text = (value: string) =>
      `{"schema":1,"tool":{"name":"t","version":"1"},"items":[{"address":"a","action":"update","before":{"id":12345678901234567890},"after":{"id":${value}}}],"changes":{"update":1}}`;
    const { summary, meaning } = readText(text('12345678901234567891'));
    expect(summary.resources[0]?.attributes[0]?.after).toBe('12345678901234567891');
    expect(meaning).not.toBe(readText(text('12345678901234567892')).meaning);
  });
});

test('the same small change of many is one line with its number, and is applied all the same', () => {
  const chart = (version: string) => ({ labels: { 'helm.sh/chart': `web-${version}` }, replicas: 1 });
  const items = Array.from({ length: 48 }, (_, index) =>
    update(String(index), {
      before: chart('1.2.0'),
      after: chart('1.3.0'),
      noise: ['/labels/helm.sh~1chart'],
    }),
  );
  const { summary, meaning } = read(items);
  expect(summary.counts.update).toBe(48);
  expect(summary.resources.every(({ attributes, noise }) => attributes.length === 0 && noise === 1)).toBe(
    true,
  );
  expect(factNotes(summary).join('\n')).toContain('on 48 objects');
  const [first, ...rest] = items;
  expect(read([{ ...first, action: 'update', after: chart('1.4.0') }, ...rest]).meaning).not.toBe(meaning);
});

describe('the meaning', () => {
  test('is the same in any order, and another one with anything that is applied', () => {
    const items = [update('a'), update('b', { action: 'delete', after: null }), update('c')];
    const more = { base: { kind: 'revision', value: '1' }, target: { uid: 'x' }, facts: { chart: 'y' } };
    const { meaning } = read(items, more);
    expect(read(items.toReversed(), more).meaning).toBe(meaning);
    expect(read([...items, { address: 'z', action: 'noop' }], { ...more, warnings: ['w'] }).meaning).toBe(
      meaning,
    );
    for (const other of [
      read(items.slice(1), more),
      read([update('a', { after: { value: 3 } }), ...items.slice(1)], more),
      read([update('a', { before: { value: 0 } }), ...items.slice(1)], more),
      read(items, { ...more, base: { kind: 'revision', value: '2' } }),
      read(items, { ...more, target: { uid: 'z' } }),
      read(items, { ...more, facts: {} }),
      read(items, { ...more, verified: false }),
      read(items, { ...more, unpredictable: ['thing/a'] }),
      read(items, { ...more, runs: [{ address: 'r', type: 'Job' }] }),
      read(items, { ...more, outputs: [{ name: 'o', after: 1 }] }),
    ])
      expect(other.meaning).not.toBe(meaning);
  });

  test('leaves out new values that are made at the apply, and nothing beside them', () => {
    const at = (value: number, other = 1) =>
      read([update('a', { after: { value, other } })], { unpredictable: ['thing/a#/value'] }).meaning;
    expect(at(2)).toBe(at(3));
    expect(at(2)).not.toBe(at(2, 2));
  });
});

test('whatever is in the file, it is read or refused, and never anything else', () => {
  const item = fc.record(
    {
      address: fc.string({ minLength: 1, maxLength: 5 }),
      action: fc.constantFrom('create', 'update', 'replace', 'delete', 'import', 'forget', 'noop'),
      before: fc.jsonValue(),
      after: fc.jsonValue(),
      unknown: fc.array(fc.constantFrom('', '/a', '/0', '/a/b', '/~0')),
      sensitive: fc.oneof(fc.constant(true), fc.array(fc.constantFrom('', '/a', '/0/1'))),
      noise: fc.array(fc.constantFrom('', '/a', '/0')),
    },
    { requiredKeys: ['address', 'action'] },
  );
  fc.assert(
    fc.property(fc.array(item, { maxLength: 5 }), (items) => {
      try {
        const { summary } = read(items);
        const { counts, words } = summary;
        expect(summary.resources.length + (words?.noop ?? 0)).toBe(items.length);
        const { import: imported } = counts;
        expect(imported).toBe(items.filter(({ action }) => action === 'import').length);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }),
  );
});
