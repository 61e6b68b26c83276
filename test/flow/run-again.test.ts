import { afterEach, describe, expect, test } from 'vitest';
import { pressId } from '../../src/domain/ids.ts';
import { createMemoryWorld, type MemoryWorld, people, repo } from '../support/memory-world.ts';
import { pressOn, send } from '../support/press.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const key = { repositoryId: repo.id, pullNumber: 1 };
const [planCheck, applyCheck, network] = ['tidegate/plan', 'tidegate/apply', 'tidegate: network'];

const files = (text: string) => ({ 'network/main.tf': tf(text), 'database/main.tf': tf(text) });

/** Two projects that ada's pull request changes, planned. */
const world = async (): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({ main: files('one') });
  open.push(w);
  w.open(1, files('two'));
  await w.event(1, 'opened');
  await w.settled();
  return w;
};

/** "Re-run" of one check; returns the id of what was asked. */
const again = async (w: MemoryWorld, check: string, by = people.ada): Promise<string> => {
  const trigger = pressOn(w, check, null, by);
  await send(w, trigger);
  await w.settled();
  return trigger.pressId;
};

const plans = (w: MemoryWorld) => w.tool.journal.filter((one) => one.startsWith('plan'));

describe('checks that are asked to run again', () => {
  test('have it planned again, that project or all, whatever the check was of', async () => {
    const w = await world();
    await again(w, network);
    expect(plans(w).slice(2)).toEqual(['plan network']);
    await again(w, applyCheck);
    expect(plans(w)).toHaveLength(5);
    await send(w, { ...pressOn(w, applyCheck, null), check: null, pressId: pressId('suite') });
    await w.settled();
    expect(plans(w)).toHaveLength(7);
    expect(w.tool.journal.filter((one) => one.startsWith('apply'))).toEqual([]);
  });

  test('have the newest commit planned, on whichever it was asked, and once for all that were asked for together', async () => {
    const w = await world();
    const old = pressOn(w, applyCheck, null);
    w.open(1, { 'network/main.tf': tf('three'), 'database/main.tf': tf('three') });
    await w.event(1, 'synchronize');
    await w.settled();
    const before = plans(w).length;
    for (const check of [applyCheck, planCheck, network])
      await send(w, { ...old, check, pressId: pressId(`again-${before}-${check.replaceAll(/\W/g, '')}`) });
    await w.settled();
    expect(plans(w)).toHaveLength(before + 2);
    const runs = await w.ports.store.runs.latest(key);
    expect(new Set(runs.map(({ headSha }) => headSha))).toEqual(new Set([w.ask(1).head.sha]));
  });

  test('are heard from those who may plan', async () => {
    const w = await world();
    const id = await again(w, applyCheck, people.mallory);
    expect(plans(w)).toHaveLength(2);
    const answer = await w.ports.store.reports.get(key, `reply:${id}`);
    expect(JSON.stringify(answer?.content)).toContain('not-permitted');
  });
});
