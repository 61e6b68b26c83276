import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inCases } from '../support/in-cases.ts';
import { readTerraformPlan } from '../support/read-plan.ts';
import { beside, change, plan, resource } from './plan-json.ts';

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: unknown): value is unknown[] => Array.isArray(value);

const recorded = (name: string): Fields =>
  JSON.parse(readFileSync(`runners/terraform/fixtures/${name}/plan.jsonl`, 'utf8'));
const changesOf = (name: string): readonly unknown[] => {
  const changes = recorded(name)['resource_changes'];
  return isList(changes) ? changes : [];
};

/** Every kind of change, of the real tool where it can make it. */
const base: Fields = {
  ...recorded('sensitive'),
  ...beside,
  resource_changes: [
    ...['sensitive', 'replace', 'moved', 'import', 'deposed', 'reads', 'forget', 'nested'].flatMap((name) => [
      ...changesOf(name),
    ]),
    resource(
      't.late',
      { replace_paths: [['a'], ['b', 0]], importing: { id: 'x' } },
      { previous_address: 't.b' },
    ),
  ],
  output_changes: { o: change(), p: change({ after_unknown: true, after_sensitive: true }) },
};
const meaning = (content: unknown) => readTerraformPlan(Buffer.from(JSON.stringify(content))).meaning;
const before = meaning(base);

const shuffled = (value: unknown, order: () => number): unknown => {
  if (isList(value)) return value.map((one) => shuffled(one, order));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => ({ entry: [key, shuffled(inner, order)] as const, at: order() }))
      .sort((a, b) => a.at - b.at)
      .map(({ entry }) => entry),
  );
};
/** Their order says nothing; that of a value's list does. */
const unordered = [
  'resource_changes',
  'deferred_changes',
  'action_invocations',
  'deferred_action_invocations',
  'checks',
  'resource_drift',
  'relevant_attributes',
];

const anything = fc.oneof(
  fc.constantFrom<unknown[]>(null, true, 0, 'x', [], {}, [{ address: 'x' }], { a: { b: [1] } }),
  fc.jsonValue({ maxDepth: 3 }),
);

test('the order of keys and of lists, the time, the state it was made on and the configuration say nothing', () => {
  fc.assert(
    fc.property(
      fc.infiniteStream(fc.nat()),
      fc.record(
        {
          timestamp: fc.string(),
          prior_state: anything,
          planned_values: anything,
          configuration: fc.constant({}),
          terraform_version: fc.string(),
          format_version: fc.constantFrom('1.0', '1.2', '1.99'),
          resource_drift: fc.constantFrom([], [resource('t.z')]),
          relevant_attributes: fc.constantFrom([], [{ resource: 't.z', attribute: [] }]),
          checks: fc.constantFrom([], beside.checks.slice(1)),
          complete: fc.boolean(),
          applyable: fc.boolean(),
          variables: fc.constant({}),
        },
        { requiredKeys: [] },
      ),
      (numbers, other) => {
        const order = () => Number(numbers.next().value);
        const mixed = shuffled({ ...base, ...other }, order);
        if (!isFields(mixed)) throw new TypeError('not a plan');
        for (const key of unordered) {
          const list = mixed[key];
          if (!isList(list)) continue;
          mixed[key] = list
            .map((one) => ({ one, at: order() }))
            .sort((a, b) => a.at - b.at)
            .map(({ one }) => one);
        }
        expect(meaning(mixed)).toBe(before);
      },
    ),
    { numRuns: 100 },
  );
});

/** Every place below `value` that holds something, lists and records themselves too. */
const placesIn = (value: unknown, path: readonly string[] = []): readonly (readonly string[])[] => {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [path, ...inner.flatMap(([key, one]) => placesIn(one, [...path, key]))];
};

const acting = ['address', 'previous_address', 'deposed', 'change'];
/** Its words for why, what it brings in a file, and what tells one object from another for the provider alone. */
const notActing = ['action_reason', 'generated_config', 'before_identity', 'after_identity'];

const isChange = (path: readonly string[]): boolean =>
  path.length > 2 && acting.includes(path[2] ?? '') && !notActing.includes(path[3] ?? '');
const places = [
  ...placesIn(base['resource_changes'], ['resource_changes']).filter(isChange),
  ...placesIn(base['deferred_changes'], ['deferred_changes']).filter(
    (path) => path[2] === 'reason' || (path[2] === 'resource_change' && acting.includes(path[3] ?? '')),
  ),
  ...placesIn(base['output_changes'], ['output_changes']).filter(({ length }) => length > 2),
  ...placesIn(base['action_invocations'], ['action_invocations']).filter(({ length }) => length > 2),
  ...placesIn(base['deferred_action_invocations'], ['deferred_action_invocations']).filter(
    ({ length }) => length > 2,
  ),
];

/** A copy with something else at that place; null where the plan could not be read so, or it says the same. */
const changed = (path: readonly string[], to: (old: unknown) => unknown): Fields => {
  const copy: Fields = structuredClone(base);
  let at: unknown = copy;
  for (const key of path.slice(0, -1)) at = (isFields(at) || isList(at)) && Reflect.get(at, key);
  const last = path.at(-1) ?? '';
  if (!isFields(at) && !isList(at)) throw new TypeError(path.join('.'));
  Reflect.set(at, last, to(Reflect.get(at, last)));
  return copy;
};

const meaningIfReadable = (content: unknown): string | null => {
  try {
    return meaning(content);
  } catch {
    return null;
  }
};

const text = (value: unknown): string => JSON.stringify(value ?? null);

describe('changes with every value that says what would be done', () => {
  test('each place of each kind of change, wherever it lies', () => {
    expect(places.length).toBeGreaterThan(500);
    let read = 0;
    for (const path of places) {
      const other = meaningIfReadable(changed(path, () => 'something else'));
      if (other === null) continue;
      read += 1;
      expect(other, path.join('.')).not.toBe(before);
    }
    expect(read).toBeGreaterThan(400);
  });

  inCases(100, 1_000)('to anything else', (numRuns) => {
    fc.assert(
      fc.property(fc.constantFrom(...places), anything, (path, value) => {
        let same = false;
        const copy = changed(path, (old) => {
          // Nothing and null are the same to the tool.
          same = text(old) === text(value);
          return value;
        });
        const other = meaningIfReadable(copy);
        fc.pre(!same && other !== null);
        expect(other, path.join('.')).not.toBe(before);
      }),
      { numRuns },
    );
  });

  const actions = [['create'], ['update'], ['delete'], ['read'], ['no-op'], ['forget']];
  const orders = [
    ['create', 'delete'],
    ['delete', 'create'],
  ];
  test('every action from every other', () => {
    const each = [...actions, ...orders].map((one) =>
      meaning(JSON.parse(plan({ resource_changes: [resource('t.a', { actions: one })] }).toString())),
    );
    expect(new Set(each).size).toBe(each.length);
  });

  test.each(unordered.slice(0, 4))('one more and one less of %s', (key) => {
    const list = base[key];
    if (!isList(list)) throw new TypeError(key);
    for (const index of list.keys())
      expect(meaning({ ...base, [key]: list.toSpliced(index, 1) }), String(index)).not.toBe(before);
    expect(meaning({ ...base, [key]: [...list, list[0]] })).not.toBe(before);
  });

  test('one output more or less, or under another name', () => {
    expect(meaning({ ...base, output_changes: { o: change() } })).not.toBe(before);
    const { o, p } = { o: change(), p: change({ after_unknown: true, after_sensitive: true }) };
    expect(meaning({ ...base, output_changes: { o, q: p } })).not.toBe(before);
  });
});

test('tells numbers apart that a double can not', () => {
  const withNumber = (digits: string) =>
    readTerraformPlan(
      Buffer.from(
        plan({ resource_changes: [resource('t.a', { after: { a: 'NUMBER' } })] })
          .toString()
          .replace('"NUMBER"', digits),
      ),
    );
  const one = withNumber('12345678901234567890');
  const two = withNumber('12345678901234567891');
  expect(one.meaning).not.toBe(two.meaning);
  expect(two.summary.resources[0]?.attributes[0]?.after).toBe('12345678901234567891');
  expect(withNumber('0.1').meaning).not.toBe(withNumber('0.10000000000000001').meaning);
});

test('a plan of what there always was means what it always meant: plans that wait for their apply stay good', () => {
  const { meaning: old } = readTerraformPlan(
    plan({ resource_changes: [resource('t.a')], output_changes: { o: change() } }),
  );
  expect(old).toMatchInlineSnapshot(
    `"{"invocations":[],"outputs":{"o":{"actions":["update"],"after":{"a":2},"after_sensitive":{},"after_unknown":{},"before":{"a":1},"before_sensitive":{}}},"resources":["hRY6_7KJvZ7IcHEnkn2N3WSl1LsGX69l3-rdi1njMVU"]}"`,
  );
});
