import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dangerGroups, gatherDangers } from '../../src/render/danger.ts';
import { readTerraformPlan } from '../support/read-plan.ts';
import { dangerCatalogue } from '../support/shipped-danger.ts';
import { row, view } from './samples.ts';

/*
 * Plans of real providers, kept by hand, each with what is said of it beside it. What is expected is Markdown that somebody read: look
 * at it before you take a new one with `vitest -u`.
 */

const folder = new URL('../fixtures/plans/', import.meta.url);

describe('what is said first of', () => {
  const catalogue = dangerCatalogue();
  test.each(readdirSync(folder))('%s', async (name) => {
    const { summary } = readTerraformPlan(readFileSync(new URL(`${name}/plan.json`, folder)), catalogue);
    const [first] = summary.resources;
    const places = first === undefined ? [] : [{ address: first.address, path: 'infra/main.tf', line: 7 }];
    const known = {
      ...summary,
      places: places.map((one) => ({ ...one, endLine: 9, on: 'block' as const, argument: null })),
    };
    const facts = gatherDangers(
      view([row('shop', 'planned', { summary: known })], {
        filesUrl: 'https://github.com/acme/infra/blob/9f2c01e4b1aa',
      }),
      catalogue,
    );
    const groups = dangerGroups(facts, { named: 100, why: true, counted: 20 });
    const said = groups
      .map(({ title, items }) => [title, '', ...items.map((item) => `- ${item}`), ''].join('\n'))
      .join('\n');
    await expect(said).toMatchFileSnapshot(new URL(`${name}/danger.md`, folder).pathname);
  });
});
