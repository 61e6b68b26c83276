/** A plan of any size: it comes in pieces, and what memory has no room for is read twice. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readInPieces, readTerraformPlan } from '../support/read-plan.ts';
import { beside, change, plan, resource } from './plan-json.ts';

const recorded = [
  new URL('../../runners/terraform/fixtures', import.meta.url).pathname,
  new URL('../fixtures/plans', import.meta.url).pathname,
].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /plan\.jsonl?$/.test(file))
    .map((file) => [path.join(path.basename(folder), file), readFileSync(path.join(folder, file))] as const),
);

const pieces = (bytes: Buffer, size: number): readonly Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );

describe.each([...recorded, ['beside', plan(beside)] as const])('%s', (_name, bytes) => {
  const whole = readTerraformPlan(bytes);

  test.each([1, 7, 1000])('in pieces of %i bytes', (size) => {
    expect(readInPieces(pieces(bytes, size))).toEqual(whole);
  });

  test.each([0, 500, 5000])('with room for %i bytes of it', (keepBytes) => {
    expect(readInPieces([bytes], undefined, { keepBytes })).toEqual(whole);
  });
});

const action = fc.constantFrom(
  ['no-op'],
  ['create'],
  ['update'],
  ['delete'],
  ['delete', 'create'],
  ['read'],
  ['forget'],
);
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constant(null) },
  fc.dictionary(
    fc.constantFrom('a', 'b', 'c', 'password'),
    fc.oneof(fc.string(), fc.nat(), fc.array(fc.nat())),
  ),
);

test('any plan: nothing of it hangs on how much of it memory had room for', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ actions: action, before: value, after: value }), { maxLength: 80 }),
      fc.nat({ max: 20_000 }),
      fc.integer({ min: 1, max: 4000 }),
      (changes, keepBytes, size) => {
        const bytes = plan({
          resource_changes: changes.map((one, index) => resource(`t.r${index}`, one)),
          output_changes: { o: change() },
        });
        expect(readInPieces(pieces(bytes, size), undefined, { keepBytes })).toEqual(readTerraformPlan(bytes));
      },
    ),
    { numRuns: 200 },
  );
});

test('of more changes than there are rows for, the worst have them, whatever memory has room for', () => {
  const many = (actions: readonly string[], from: number, count: number) =>
    Array.from({ length: count }, (_, index) =>
      resource(`t.r${from + index}`, {
        actions,
        before: actions[0] === 'create' ? null : { a: 1, b: 1 },
        after: actions[0] === 'delete' ? null : { a: 2, b: 2 },
      }),
    );
  const bytes = plan({
    resource_changes: [
      ...many(['create'], 0, 1000),
      ...many(['delete'], 1000, 1400),
      ...many(['update'], 3000, 500),
    ],
  });
  for (const keepBytes of [0, 100_000, 100_000_000]) {
    const { resources } = readInPieces([bytes], undefined, { keepBytes }).summary;
    const isTold = (one: (typeof resources)[number] | undefined) => one?.attributes[0]?.path !== '… left out';
    const told = resources.filter(isTold);
    expect(told.length).toBe(1500);
    for (const { action: kind } of told) expect(kind).not.toBe('create');
    expect(told.filter(({ action: kind }) => kind === 'delete').length).toBe(1400);
  }
});

test('what comes twice is refused: of two lists the tool itself would take one', () => {
  const text = plan({ resource_changes: [] }).toString();
  const twice = Buffer.from(text.replace('{', `{"resource_changes":${JSON.stringify([resource('t.a')])},`));
  expect(() => readTerraformPlan(twice)).toThrow('twice');
});

test('a plan that ends early is refused, wherever it ends', () => {
  const bytes = plan({ resource_changes: [resource('t.a')], prior_state: { values: { root_module: {} } } });
  for (let end = 0; end < bytes.length; end += 1)
    expect(() => readTerraformPlan(bytes.subarray(0, end)), String(end)).toThrow();
});

test('changes that have no row to tell leave their rows to others, whatever they mark', () => {
  const marked = { before_sensitive: { p: true }, after_sensitive: { p: true } };
  const same = { actions: ['no-op'], before: { p: 'secretsecret' }, after: { p: 'secretsecret' } };
  const moved = Array.from({ length: 3000 }, (_, index) =>
    resource(`t.a${index}`, { ...same, ...marked }, { previous_address: `t.b${index}` }),
  );
  const made = resource('t.z', { actions: ['create'], before: null, after: { name: 'n' } });
  for (const keepBytes of [0, 100_000_000]) {
    const bytes = plan({ resource_changes: [...moved, made] });
    const { resources } = readInPieces([bytes], undefined, { keepBytes }).summary;
    expect(resources.at(-1)?.attributes).toMatchObject([{ path: 'name', after: '"n"' }]);
    expect(resources.filter(({ attributes }) => attributes.length > 0).length).toBe(1);
  }
});

test('a mark whose name is written in another way is found beside one that only looks like it', () => {
  const state = {
    address: 'data.x.y',
    MARKS: { p: true },
    values: { p: 'only-in-state', sensitive_values: 1 },
  };
  const text = plan({
    resource_changes: [resource('t.a', { actions: ['create'], before: null, after: { v: 'only-in-state' } })],
    prior_state: { values: { root_module: { resources: [state] } } },
  }).toString();
  for (const name of ['sensitive_values', 'sensitive_\\u0076alues', 'sensitive\\u005Fvalues']) {
    const { summary, secrets } = readTerraformPlan(Buffer.from(text.replace('MARKS', name)));
    expect(secrets, name).toEqual(['only-in-state']);
    expect(JSON.stringify(summary), name).not.toContain('only-in-state');
  }
});

const nested = (modules: number): Buffer =>
  Buffer.from(
    `{"format_version":"1.2","terraform_version":"1.11.4","prior_state":{"values":{"root_module":{${'"child_modules":[{'.repeat(modules)}"resources":[{"values":{"p":"deep-secret"},"sensitive_values":{"p":true}}]${'}]'.repeat(modules)}}}}}`,
  );

test('modules in modules are searched for secrets, as deep as anybody has them', () => {
  expect(readTerraformPlan(nested(400)).secrets).toEqual(['deep-secret']);
});

test('a plan that is too deep is refused soon, however deep it is', () => {
  for (const modules of [1000, 100_000])
    expect(() => readTerraformPlan(nested(modules))).toThrow('too large or too deep');
  const deep = plan({ resource_changes: [resource('t.a', { importing: 'DEEP' })] }).toString();
  const lists = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  expect(() => readTerraformPlan(Buffer.from(deep.replace('"DEEP"', lists)))).toThrow(
    'too large or too deep',
  );
});

test.each(['constructor', 'toString', '__proto__'])('a key that goes and is called %s', (key) => {
  const before = Object.fromEntries([
    [key, 'x'],
    ['k', 1],
  ]);
  const { resources } = readTerraformPlan(
    plan({ resource_changes: [resource('t.a', { before: { m: before }, after: { m: { k: 1 } } })] }),
  ).summary;
  expect(resources[0]?.attributes).toMatchObject([{ path: `m.${key}`, before: '"x"', after: null }]);
});
