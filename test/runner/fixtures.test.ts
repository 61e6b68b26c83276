import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Counts } from '../../src/domain/plan-summary.ts';
import { readTerraformPlan } from '../../src/runner/read/terraform-json.ts';

const folder = path.resolve('runners/terraform/fixtures');
const cases = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

const none: Counts = { create: 0, update: 0, replace: 0, delete: 0, import: 0, move: 0, forget: 0 };
/** Counted by hand from before.tf and after.tf. */
const counts: Readonly<Record<string, Counts>> = {
  create: { ...none, create: 3 },
  destroy: { ...none, delete: 1 },
  forget: { ...none, forget: 1 },
  import: { ...none, import: 2, update: 1 },
  moved: { ...none, move: 2, update: 1 },
  nothing: none,
  outputs: { ...none, create: 1 },
  'outputs-only': none,
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
  for (const name of ['sensitive', 'outputs']) {
    const plan = readFileSync(path.join(folder, name, 'plan.jsonl'));
    expect(plan.toString()).toContain('secret-after');
    expect(readTerraformPlan(plan).meaning).toContain('secret-after');
  }
});
