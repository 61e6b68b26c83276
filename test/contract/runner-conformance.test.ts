import { appendFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import { exitWordOf } from '../../src/domain/exit-codes.ts';
import { runId } from '../../src/domain/ids.ts';
import { repoPath } from '../../src/domain/repo-path.ts';
import type { Run } from '../../src/domain/run.ts';
import { readReplyContent } from '../../src/flow/reply.ts';
import { loadRunners } from '../../src/runner/load.ts';
import { noIsolation } from '../../src/sandbox/local/isolation/isolation.ts';
import { createLocalSandbox } from '../../src/sandbox/local/sandbox.ts';
import type { Script } from '../../src/sandbox/scripted/sandbox.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import {
  createMemoryWorld,
  type MemoryWorld,
  type MemoryWorldOptions,
  repo,
} from '../support/memory-world.ts';
import { programs } from '../support/server-programs.ts';
import { createSummaryTool, type SummaryTool, type Things } from '../support/summary-tool.ts';

/*
 * What `runners/README.md` promises, of every runner there is and of one that misbehaves in all the ways that a tool can: whatever it
 * says, nothing is run that was not reviewed.
 */

const open: MemoryWorld[] = [];
const left: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  for (const each of left.splice(0)) await each();
});

const key = { repositoryId: repo.id, pullNumber: 1 };
const wish = (things: Things) => ({ 'people/wish.json': JSON.stringify(things) });
const settings = { 'tidegate.yaml': 'version: 1\nprojects:\n  - { dir: people, runner: things }\n' };
const wanted: Things = { ada: 'admin' };

/** #1, which asks for ada, planned as far as the tool lets it. */
const planned = async (
  tool: SummaryTool,
  more: Partial<MemoryWorldOptions> = {},
  things: Things = wanted,
): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({
    main: { ...settings, ...wish({}) },
    runners: tool.runners,
    script: tool.process,
    ...more,
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
const says = async (w: MemoryWorld, text: string) => {
  const comment = await w.comment(1, text);
  await w.settled();
  const report = await w.ports.store.reports.get(key, `reply:${comment}`);
  return report === null ? null : readReplyContent(report.content);
};
const phases = (tool: SummaryTool): readonly string[] => tool.journal().map(({ phase }) => phase);

const shipped = path.resolve('runners');
const examples = path.resolve('examples/people/runners');

describe.each([
  ...readdirSync(shipped, { withFileTypes: true })
    .filter((one) => one.isDirectory())
    .map(({ name }) => [name, shipped] as const),
  ['people', examples] as const,
])('the runner %s', (name, folder) => {
  const inputs = { planDir: '/plan', workspace: 'default', varFiles: [], backendFiles: [], extra: [] };

  test('changes nothing but in the last step of an apply, and an exit code that it does not know is an error', async () => {
    const runner = (await loadRunners([folder], { parseYaml })).get(name);
    if (runner === null) throw new Error(`no runner ${name}`);
    for (const verb of ['plan', 'drift', 'codify', 'show'] as const)
      for (const step of runner.steps(verb, inputs)) {
        expect(step.mutates).toBe(false);
        for (const code of [1, 9, 127, 137, 255]) expect(exitWordOf(step.exitCodes, code)).toBe('error');
      }
    const apply = runner.steps('apply', inputs);
    expect(apply.map(({ mutates }) => mutates)).toEqual(apply.map((_, index) => index === apply.length - 1));
    expect(runner.steps('plan', inputs).some(({ speaks }) => speaks === true)).toBe(true);
    expect(['exact', 'verified', 'none']).toContain(runner.pin);
  });

  test('runs nothing that nobody trusts, or tells its plan so and changes nothing', async () => {
    const runner = (await loadRunners([folder], { parseYaml })).get(name);
    if (runner === null) throw new Error(`no runner ${name}`);
    expect(runner.previews).toBe(name === 'helm');
    if (!runner.previews) {
      expect(() => runner.steps('preview', inputs)).toThrow('runs nothing that nobody trusts');
      return;
    }
    const steps = runner.steps('preview', { ...inputs, about: { TIDEGATE_TRUSTED: 'yes' } });
    expect(steps.length).toBeGreaterThan(0);
    for (const { mutates, environment, exitCodes } of steps) {
      expect(mutates).toBe(false);
      expect(environment['TIDEGATE_TRUSTED']).toBe('no');
      for (const code of [1, 9, 127, 137, 255]) expect(exitWordOf(exitCodes, code)).toBe('error');
    }
  });
});

describe('a plan fails, and nothing can be applied', () => {
  const item = { address: 'thing/ada', action: 'create', after: { value: 'admin' } };
  test.each([
    ['ends with an error', { exit: 1, says: 'no such system' }, 'tool-failed'],
    ['ends with a code that nobody knows', { exit: 42 }, 'tool-failed'],
    ['asks for a human', { exit: 3, says: 'ask the owner' }, 'tool-blocked'],
    ['asks for patience, for ever', { again: 99 }, 'tool-busy'],
    ['says clean, and has changes', { exit: 0 }, 'tool-contradicts'],
    ['says changes, and has none', { exit: 2, summary: { items: [], changes: {} } }, 'tool-contradicts'],
    ['writes no summary', { write: false }, 'plan-unreadable'],
    ['writes no summary and says clean', { write: false, exit: 0 }, 'plan-unreadable'],
    ['writes half a summary', { text: '{"schema": 1' }, 'plan-unreadable'],
    ['writes a summary of another format', { summary: { schema: 2 } }, 'plan-unreadable'],
    ['writes a key that nobody knows', { summary: { danger: true } }, 'plan-unreadable'],
    ['counts what is not there', { summary: { changes: { create: 2 } } }, 'plan-unreadable'],
    ['names a thing twice', { summary: { items: [item, item], changes: { create: 2 } } }, 'plan-unreadable'],
    [
      'calls a change nothing',
      {
        summary: {
          items: [{ address: 'a', action: 'noop', before: 1, after: 2 }, item],
          changes: { create: 1, noop: 1 },
        },
      },
      'plan-unreadable',
    ],
    ['writes a link to a file of the server', { link: true }, 'plan-unreadable'],
  ])('where the tool %s', async (_what, how, code) => {
    const tool = createSummaryTool();
    tool.behave({ plan: how });
    const w = await planned(tool);
    expect(await runOf(w, 'plan')).toMatchObject({ state: 'failed', plan: null, problem: { code } });
    expect(await says(w, '/apply')).toMatchObject({ kind: 'problem' });
    expect(phases(tool)).not.toContain('apply');
    expect(tool.world.get()).toEqual({});
  });

  test('with the reason that its summary gives, where it asks for a human', async () => {
    const tool = createSummaryTool();
    const blocked = ['the owner of `prod` has to say yes', 'one', 'two', 'three'];
    tool.behave({ plan: { exit: 3, summary: { blocked } } });
    const { problem } = await runOf(await planned(tool), 'plan');
    expect(problem).toMatchObject({
      code: 'tool-blocked',
      sentence: expect.stringMatching(
        / says that a human has to act first: `` the owner of `prod` has to say yes ``, `one` and `two`, and 1 more\.$/,
      ),
    });
  });

  test.each(['plan', 'codify'] as const)('where %s takes longer than its phase may', async (phase) => {
    const tool = createSummaryTool({ timeouts: `timeouts: { ${phase}: 1s }` });
    tool.behave({ [phase]: { hang: true } });
    const runner = (await loadRunners([tool.runners], { parseYaml })).get('things');
    const checkout = temporaryFolder('conformance');
    writeFileSync(path.join(checkout, 'wish.json'), '{}');
    const sandbox = createLocalSandbox({
      isolation: noIsolation,
      programs,
      folder: path.join(checkout, '..', `${path.basename(checkout)}-runs`),
      environment: { plan: {}, apply: {} },
      path: process.env['PATH'] ?? '',
      mask: (text) => text,
      secrets: () => [],
      runKey: () => Buffer.alloc(32, 7),
      clock: createSystemClock(),
      graceMs: 200,
    });
    const spec = { runId: runId('run_hangs'), verb: 'plan', checkout, dir: repoPath('.'), env: {} } as const;
    const session = await sandbox.open(spec);
    left.push(() => session.dispose());
    const inputs = {
      planDir: session.files,
      workspace: 'default',
      varFiles: [],
      backendFiles: [],
      extra: [],
    };
    const step = runner?.steps(phase, inputs).find(({ name }) => name === phase);
    if (step === undefined) throw new Error('no step');
    expect(await session.run(step)).toMatchObject({ ended: 'timeout' });
  });
});

describe('a preview of what nobody trusts', () => {
  const able = { untrusted: 'untrusted: preview' };
  /** #1 brings what has to be trusted beside its wish. */
  const previewed = async (tool: SummaryTool, more: Partial<MemoryWorldOptions> = {}) => {
    const w = await createMemoryWorld({
      main: { ...settings, ...wish({}) },
      runners: tool.runners,
      script: tool.process,
      previews: true,
      ...more,
    });
    open.push(w);
    w.open(1, { ...wish(wanted), '.gitattributes': '*.json filter=odd\n' });
    await w.event(1, 'opened');
    await w.settled();
    return w;
  };
  const previewOf = async (w: MemoryWorld) => (await w.ports.store.previews.ofPull(key))[0];

  test('is told so, is for reading only, and leaves nothing that could be applied', async () => {
    const tool = createSummaryTool(able);
    const w = await previewed(tool);
    expect(await previewOf(w)).toMatchObject({
      state: 'made',
      summary: { counts: { create: 1 }, words: { verified: false } },
    });
    expect(tool.journal().map(({ phase, told }) => [phase, told['TIDEGATE_TRUSTED']])).toEqual([
      ['prepare', 'no'],
      ['plan', 'no'],
    ]);
    expect(await says(w, '/apply')).toMatchObject({ kind: 'problem' });
    expect(await w.ports.store.runs.latest(key)).toEqual([]);
    expect(w.blobs.stored.size).toBe(0);
    expect(tool.world.get()).toEqual({});
  });

  test.each([
    ['says that it looked', { summary: { verified: true } }, 'tool-contradicts'],
    ['does not say that it did not', { silent: true }, 'tool-contradicts'],
    ['ends with an error', { exit: 1 }, 'tool-failed'],
    ['ends with a code that nobody knows', { exit: 42 }, 'tool-failed'],
    ['asks for a human', { exit: 3 }, 'tool-blocked'],
    ['asks for patience, for ever', { again: 99 }, 'tool-busy'],
    ['says clean, and has changes', { exit: 0 }, 'tool-contradicts'],
    ['writes no summary', { write: false }, 'plan-unreadable'],
    ['writes half a summary', { text: '{"schema": 1' }, 'plan-unreadable'],
    ['writes a key that nobody knows', { summary: { danger: true } }, 'plan-unreadable'],
    ['counts what is not there', { summary: { changes: { create: 2 } } }, 'plan-unreadable'],
    ['writes more than people read', { text: ' '.repeat(1024 * 1024 + 1) }, 'plan-unreadable'],
    ['writes a link to a file of the server', { link: true }, 'plan-unreadable'],
  ])('shows nothing where the tool %s', async (_what, how, code) => {
    const tool = createSummaryTool(able);
    tool.behave({ preview: how });
    const w = await previewed(tool);
    expect(await previewOf(w)).toMatchObject({ state: 'failed', summary: null, problem: { code } });
    expect(await w.ports.store.runs.latest(key)).toEqual([]);
  });

  test('the twin: a commit that nobody has to trust is planned with a look, and the same command applies it', async () => {
    const tool = createSummaryTool(able);
    const w = await previewed(tool, { operator: 'trust: { unreadable: allow, git_attributes: allow }\n' });
    await says(w, '/apply');
    expect(tool.journal().map(({ told }) => told['TIDEGATE_TRUSTED'])).toEqual(['yes', 'yes', 'yes']);
    expect(tool.world.get()).toEqual(wanted);
  });
});

test('what may go well in a moment is tried again, a while later each time, and never with what an attempt left', async () => {
  const tool = createSummaryTool();
  tool.behave({ plan: { again: 2 } });
  const w = await planned(tool);
  expect(await runOf(w, 'plan')).toMatchObject({ state: 'planned' });
  expect(phases(tool)).toEqual(['prepare', 'plan', 'plan', 'plan']);
});

describe('an apply', () => {
  test.each([
    ['its error', { exit: 1 }, 'failed', 'tool-failed'],
    ['that a human has to act', { exit: 3 }, 'failed', 'tool-blocked'],
    ['that it may go well later', { exit: 75 }, 'failed', 'tool-busy'],
    ['what nobody knows', { exit: 9 }, 'unresolved', 'outcome-unknown'],
  ])('that ends with %s is begun once, and its plan is spent', async (_what, how, state, code) => {
    const tool = createSummaryTool();
    const w = await planned(tool);
    tool.behave({ apply: { ...how, half: true } });
    await says(w, '/apply');
    expect(await runOf(w, 'apply')).toMatchObject({ state, problem: { code } });
    expect(phases(tool).filter((phase) => phase === 'apply')).toHaveLength(1);
    await says(w, '/apply');
    expect(phases(tool).filter((phase) => phase === 'apply')).toHaveLength(1);
  });

  test('of unknown outcome has no state to look at, says so, and goes on when somebody answers for it', async () => {
    const tool = createSummaryTool();
    const w = await planned(tool);
    tool.behave({ apply: { exit: 9, half: true } });
    await says(w, '/apply');
    const looked = (await w.ports.store.audit.ofPull(key)).filter(({ kind }) => kind === 'apply.looked');
    expect(JSON.stringify(looked)).toContain('keeps no state that could be read');
    await says(w, '/recover acknowledge');
    tool.behave({});
    await says(w, '/plan');
    expect((await runOf(w, 'plan')).plan?.summary).toMatchObject({ hasChanges: false });
  });

  test.each([
    ['was made without a look at what is there', { verified: false }, 'plan-unverified'],
    ['says of itself that a human has to act', { blocked: ['The release is locked.'] }, 'plan-blocked'],
  ])('is refused of a plan that %s', async (_what, summary, code) => {
    const tool = createSummaryTool();
    tool.behave({ plan: { summary } });
    const w = await planned(tool);
    expect(await runOf(w, 'plan')).toMatchObject({
      state: 'planned',
      plan: { summary: { hasChanges: true } },
    });
    await says(w, '/apply');
    expect(await runOf(w, 'apply')).toMatchObject({ state: 'failed', problem: { code } });
    expect(phases(tool)).not.toContain('apply');
  });
});

/** Does something to the folder of the run that applies, right before its first step. */
const tampering =
  (tool: SummaryTool, act: (files: string) => void): Script =>
  (step, run) => {
    if (run.spec.verb === 'apply' && step.name === 'version') act(path.join(run.folder, 'files'));
    return tool.process(step, run);
  };
const evil = (files: string) => writeFileSync(path.join(files, 'plan.bin'), '{"ada":"owner"}');

describe('what is applied is the folder that was reviewed', () => {
  test.each<readonly [string, (files: string) => void]>([
    ['a file has other bytes', evil],
    ['one of a folder in it has', (files) => appendFileSync(path.join(files, 'parts/wish'), ' ')],
    ['one came to it', (files) => writeFileSync(path.join(files, 'more'), '')],
    ['a link came to it', (files) => symlinkSync('/etc/passwd', path.join(files, 'more'))],
    ['the summary says something else', (files) => writeFileSync(path.join(files, 'summary.json'), '{}')],
  ])('and nothing is where %s', async (_what, act) => {
    const tool = createSummaryTool();
    const w = await planned(tool, { script: tampering(tool, act) });
    await says(w, '/apply');
    expect((await w.ports.store.audit.ofPull(key)).map(({ kind }) => kind)).toContain('apply.allowed');
    expect(phases(tool)).not.toContain('apply');
    expect(tool.world.get()).toEqual({});
  });

  test('the twin: nobody compares, and what nobody reviewed is done', async () => {
    const tool = createSummaryTool();
    const artifacts = { verify: async () => undefined };
    const w = await planned(tool, { script: tampering(tool, evil), artifacts });
    await says(w, '/apply');
    expect(tool.world.get()).toEqual({ ada: 'owner' });
  });
});

describe('pin: verified', () => {
  const verified = { pin: 'pin: verified' };

  test('plans once more into a folder of its own, and gives the apply the one that was reviewed', async () => {
    const tool = createSummaryTool(verified);
    const w = await planned(tool);
    await says(w, '/apply');
    expect(await runOf(w, 'apply')).toMatchObject({ state: 'applied' });
    expect(phases(tool)).toEqual(['prepare', 'plan', 'prepare', 'plan', 'apply']);
    const [, , , again, apply] = tool.journal().map(({ told }) => told);
    expect(again?.['TIDEGATE_PLAN_DIR']).not.toBe(apply?.['TIDEGATE_PLAN_DIR']);
    expect(again).not.toHaveProperty('TIDEGATE_PLAN_DIGEST');
    expect(apply?.['TIDEGATE_PLAN_DIGEST']).toBe((await runOf(w, 'plan')).plan?.digest);
    expect(tool.world.get()).toEqual(wanted);
  });

  test('applies nothing where that means something else, for the world moved or the tool did', async () => {
    const tool = createSummaryTool(verified);
    const w = await planned(tool);
    tool.world.set({ ada: 'guest' });
    await says(w, '/apply');
    expect(await runOf(w, 'apply')).toMatchObject({ state: 'failed', problem: { code: 'plan-stale' } });
    expect(phases(tool)).not.toContain('apply');
    expect(tool.world.get()).toEqual({ ada: 'guest' });
  });

  test('applies nothing where it fails the second time', async () => {
    const tool = createSummaryTool(verified);
    const w = await planned(tool);
    tool.behave({ plan: { exit: 3, says: 'ask the owner' } });
    await says(w, '/apply');
    expect(await runOf(w, 'apply')).toMatchObject({ state: 'failed', problem: { code: 'tool-blocked' } });
    expect(phases(tool)).not.toContain('apply');
  });

  test('the twin: without a pin the same is applied, and the comment said so before', async () => {
    const tool = createSummaryTool({ pin: 'pin: none' });
    const w = await planned(tool);
    expect((await runOf(w, 'plan')).plan?.summary.pin).toBe('none');
    tool.world.set({ ada: 'guest' });
    await says(w, '/apply');
    expect(await runOf(w, 'apply')).toMatchObject({ state: 'applied' });
    expect(tool.world.get()).toEqual(wanted);
  });
});
