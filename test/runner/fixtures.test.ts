import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { addressParts } from '../../src/domain/address-parts.ts';
import type { Counts } from '../../src/domain/plan-summary.ts';
import { readTerraformPlan } from '../support/read-plan.ts';

const folder = path.resolve('runners/terraform/fixtures');
const cases = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

const none: Counts = {
  create: 0,
  update: 0,
  replace: 0,
  delete: 0,
  import: 0,
  move: 0,
  forget: 0,
  read: 0,
  invoke: 0,
  deferred: 0,
};
/** Counted by hand from before.tf and after.tf. */
const counts: Readonly<Record<string, Counts>> = {
  checks: { ...none, create: 1 },
  create: { ...none, create: 3 },
  deposed: { ...none, replace: 1, delete: 1, update: 1 },
  destroy: { ...none, delete: 1 },
  forget: { ...none, forget: 1 },
  import: { ...none, import: 2, update: 1 },
  moved: { ...none, move: 2, update: 1 },
  nested: { ...none, create: 5, update: 1, replace: 1 },
  nothing: none,
  outputs: { ...none, create: 1 },
  'outputs-only': none,
  reads: { ...none, update: 1, read: 3 },
  replace: { ...none, replace: 2 },
  sensitive: { ...none, create: 1, update: 3, replace: 1 },
  update: { ...none, update: 1 },
};

test('every recorded case has counts made by hand', () => {
  expect(cases.sort()).toEqual(Object.keys(counts).sort());
});

describe.each(cases)('%s', (name) => {
  const reading = readTerraformPlan(readFileSync(path.join(folder, name, 'plan.jsonl')));

  test('counts what the configurations say', () => {
    expect(reading.summary.counts).toEqual(counts[name]);
  });

  test('sees changes exactly where the tool does', () => {
    const code = readFileSync(path.join(folder, name, 'detailed-exitcode'), 'utf8').trim();
    expect(['0', '2']).toContain(code);
    expect(reading.summary.hasChanges).toBe(code === '2');
  });

  test('reads into the recorded summary', async () => {
    const text = `${JSON.stringify(reading.summary, null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(path.join(folder, name, 'summary.snap'));
  });

  test('shows no sensitive value', () => {
    expect(JSON.stringify(reading.summary)).not.toContain('secret-');
  });
});

test('the sensitive values were in the plans, and are in their meaning', () => {
  for (const [name, secret] of [
    ['sensitive', 'secret-after'],
    ['outputs', 'secret-after'],
    ['nested', 'secret-deep'],
  ] as const) {
    const plan = readFileSync(path.join(folder, name, 'plan.jsonl'), 'utf8');
    expect(plan).toContain(secret);
    const other = readTerraformPlan(Buffer.from(plan.replaceAll(secret, `${secret}-another`)));
    expect(other.meaning).not.toBe(readTerraformPlan(Buffer.from(plan)).meaning);
  }
});

test('what each module, index and mark of an address says', () => {
  const read = (name: string) =>
    readTerraformPlan(readFileSync(path.join(folder, name, 'plan.jsonl'))).summary;
  const parts = cases.flatMap((name) => read(name).resources);
  // By the tool's own fields: what the address says by itself is the same.
  expect(parts.length).toBeGreaterThan(20);
  for (const { address, module, mode, name, index, deposed } of parts)
    expect(addressParts(address), address).toEqual({ module, mode, name, index, deposed });
  expect(read('nested').resources.at(-1)).toMatchObject({
    sensitive: ['input.list[0].secret', 'input.map["key with.dots"].value'],
    unknown: ['id', 'input.list[0].late', 'output'],
  });
  expect(read('import').resources[0]?.importing).toEqual({ id: '4f2b0a54-0000-0000-0000-000000000001' });
  expect(read('checks').checks[0]).toEqual({
    address: 'check.fails',
    kind: 'check',
    status: 'fail',
    problems: ['the answer is 40', 'there are few replicas'],
  });
});
