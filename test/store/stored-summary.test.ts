import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { summarySchema, summaryToJson } from '../../src/store/stored-summary.ts';
import { readTerraformPlan } from '../support/read-plan.ts';
import { summary } from './samples.ts';

const fixtures = 'runners/terraform/fixtures';
const recorded = readdirSync(fixtures, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => readTerraformPlan(readFileSync(`${fixtures}/${name}/plan.jsonl`)).summary);

const withSame = { ...summary, sameValues: [{ fingerprint: 'abcdefgh', place: 'var.password' }] };

const withState = { ...summary, madeFrom: { serial: 0, lineage: null }, filesAway: 6 };

test.each([summary, withSame, withState, ...recorded])(
  'reads back what was stored: $resources.0.address',
  (one) => {
    expect(summarySchema.parse(JSON.parse(summaryToJson(one)))).toEqual(one);
  },
);

test('nothing is stored of what is not there', () => {
  const text = summaryToJson(summary);
  expect(text).not.toContain('"module":null');
  expect(text).not.toContain('"sensitive":[]');
});

test('a row of an older version is read, and says that it does not have all facts', () => {
  const { create, update, replace, delete: gone, import: brought, move, forget } = summary.counts;
  const old = {
    formatVersion: '1.2',
    toolVersion: '1.9.0',
    hasChanges: true,
    counts: { create, update, replace, delete: gone, import: brought, move, forget },
    resources: [
      {
        address: 'module.a["x.y"].terraform_data.gate[3] (deposed 00ab)',
        previousAddress: null,
        type: 'terraform_data',
        provider: 'terraform.io/builtin/terraform',
        action: 'delete',
        order: null,
        reason: null,
        replacePaths: [],
        attributes: [],
      },
    ],
    outputs: [],
  };
  const read = summarySchema.parse(old);
  expect(read).toMatchObject({
    facts: 'some',
    complete: null,
    applyable: null,
    counts: { ...old.counts, read: 0, invoke: 0, deferred: 0 },
    reads: [],
    deferred: [],
    invocations: [],
    checks: [],
    drift: [],
  });
  expect(read.resources[0]).toMatchObject({
    ...old.resources[0],
    module: 'module.a["x.y"]',
    mode: 'managed',
    name: 'gate',
    index: 3,
    deposed: '00ab',
    importing: null,
    sensitive: [],
    unknown: [],
  });
});
