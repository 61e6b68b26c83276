import { afterEach, describe, expect, test } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import { createMemoryWorld, type MemoryWorld, repo } from '../support/memory-world.ts';
import { createSummaryTool, type SummaryTool, type Things } from '../support/summary-tool.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const key = { repositoryId: repo.id, pullNumber: 1 };
const wish = (things: Things) => ({ 'people/wish.json': JSON.stringify(things) });
const settings = { 'tidegate.yaml': 'version: 1\nprojects:\n  - { dir: people, runner: things }\n' };

/** #1, which asks for other things than `main` has, planned. */
const planned = async (tool: SummaryTool, things: Things = { ada: 'admin' }): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({
    main: { ...settings, ...wish({}) },
    runners: tool.runners,
    script: tool.script,
  });
  open.push(w);
  w.open(1, wish(things));
  await w.event(1, 'opened');
  await w.settled();
  return w;
};
const runOf = async (w: MemoryWorld, verb: Run['verb']): Promise<Run> => {
  const run = (await w.ports.store.runs.latest(key)).find((one) => one.verb === verb);
  if (run === undefined) throw new Error(`no ${verb}`);
  return run;
};
const says = async (w: MemoryWorld, text: string): Promise<void> => {
  await w.comment(1, text);
  await w.settled();
};

describe('a tool with a summary', () => {
  test('is planned, told where it is, and applied from the folder of its plan', async () => {
    const tool = createSummaryTool();
    const w = await planned(tool, { ada: 'admin', grace: 'dev' });
    const plan = await runOf(w, 'plan');
    expect(plan).toMatchObject({ state: 'planned', problem: null });
    expect(plan.plan?.summary).toMatchObject({
      hasChanges: true,
      pin: 'exact',
      toolVersion: '1.0.0',
      counts: { create: 2, update: 0, delete: 0 },
      resources: [
        { address: 'thing/ada', action: 'create', type: 'thing', name: 'ada', provider: 'things' },
        { address: 'thing/grace', action: 'create', type: 'thing', name: 'grace' },
      ],
      words: { tool: 'things', verified: true, blocked: [] },
    });
    await says(w, '/apply');
    expect(await runOf(w, 'apply')).toMatchObject({ state: 'applied', problem: null });
    expect(tool.world.get()).toEqual({ ada: 'admin', grace: 'dev' });
    const journal = tool.journal();
    expect(journal.map(({ phase }) => phase)).toEqual(['prepare', 'plan', 'apply']);
    expect(journal[1]?.told).toMatchObject({
      TIDEGATE_PHASE: 'plan',
      TIDEGATE_REPOSITORY: 'acme/infrastructure',
      TIDEGATE_PULL: '1',
      TIDEGATE_SHA: plan.headSha,
      TIDEGATE_BASE_SHA: plan.baseSha,
      TIDEGATE_PROJECT: 'people',
      TIDEGATE_DIR: 'people',
      TIDEGATE_WORKSPACE: 'default',
      TIDEGATE_TRUSTED: 'yes',
      TIDEGATE_WITH: '{}',
    });
    expect(journal[1]?.told).not.toHaveProperty('TIDEGATE_PLAN_DIGEST');
    expect(journal[2]?.told).toMatchObject({
      TIDEGATE_PHASE: 'apply',
      TIDEGATE_PLAN_DIGEST: plan.plan?.digest,
    });
  });

  test('has nothing to change where it says so twice', async () => {
    const tool = createSummaryTool();
    tool.world.set({ ada: 'admin' });
    const w = await planned(tool);
    expect((await runOf(w, 'plan')).plan?.summary).toMatchObject({ hasChanges: false, words: { noop: 1 } });
  });
});
