import { describe, expect, test } from 'vitest';
import { parseYaml } from '../../src/config/yaml.ts';
import { exitWordOf } from '../../src/domain/exit-codes.ts';
import { loadRunners } from '../../src/runner/load.ts';
import { createSummaryTool } from '../support/summary-tool.ts';

const inputs = { planDir: '/plan', workspace: 'default', varFiles: [], backendFiles: [], extra: [] };
const load = async (lines: Readonly<Record<string, string>> = {}) => {
  const runners = await loadRunners([createSummaryTool(lines).runners], { parseYaml });
  return runners.get('things');
};

// What becomes of one that lies about what it wrote: `test/flow/drift-adopt.test.ts`.
describe('writing down what is there', () => {
  test('is behind its preparations, told so, and never speaks of changes', async () => {
    const runner = await load();
    const steps = runner?.steps('codify', inputs) ?? [];
    expect(runner?.codifies).toBe(true);
    expect(steps.map(({ name, environment }) => [name, environment['TIDEGATE_PHASE']])).toEqual([
      ['ready', 'prepare'],
      ['codify', 'codify'],
    ]);
    const last = steps.at(-1);
    expect([last?.mutates, last?.speaks]).toEqual([false, undefined]);
    const words = [0, 2, 3, 75].map((code) => exitWordOf(last?.exitCodes, code));
    expect(words).toEqual(['summary', 'error', 'blocked', 'again']);
  });

  test('is nothing that a runner without it has steps for, and none of its steps may mutate', async () => {
    const runner = await load({ '  codify': '  # none' });
    expect([runner?.codifies, runner?.steps('codify', inputs)]).toEqual([false, []]);
    const mutating = '  codify: [{ name: codify, args: [codify], mutates: true }]';
    await expect(load({ '  codify': mutating })).rejects.toThrow('no step of a plan may mutate');
  });
});
