import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { runId } from '../../src/domain/ids.ts';
import { wholeOf } from '../../src/domain/printed.ts';
import { root } from '../../src/domain/repo-path.ts';
import { type ExecuteOptions, execute } from '../../src/flow/execute.ts';
import type { Step } from '../../src/runner/port.ts';
import { whenWritten } from '../../src/runner/written-zip.ts';
import {
  createScriptedSandbox,
  type ScriptedAnswer,
  type ScriptedRun,
} from '../../src/sandbox/scripted/sandbox.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { zip } from '../support/zip.ts';

const archive = (text: string): Buffer => zip([{ name: 'tfplan', content: Buffer.from(text) }]);

interface Tool {
  /** What `plan` and `show` do; `n` counts the starts of that one from 1. */
  readonly plan: (n: number, at: At) => Promise<ScriptedAnswer> | ScriptedAnswer;
  readonly show: (n: number, at: At) => Promise<ScriptedAnswer> | ScriptedAnswer;
}

interface At extends ScriptedRun {
  readonly file: string;
  /** Resolves when `show` was started so often. */
  readonly shown: (n: number) => Promise<void>;
}

/** A plan and its showing by a tool that does as it is told; `journal` has what began and ended, in order. */
const executed = async (tool: Tool, more: Partial<ExecuteOptions> = {}) => {
  const file = path.join(temporaryFolder('plan'), 'plan.bin');
  const journal: string[] = [];
  const starts = { plan: 0, show: 0 };
  const waiting: { readonly n: number; readonly go: () => void }[] = [];
  const shown = (n: number): Promise<void> =>
    starts.show >= n ? Promise.resolve() : new Promise((go) => waiting.push({ n, go }));
  const sandbox = createScriptedSandbox({
    folder: temporaryFolder('runs'),
    script: async ({ name }, run) => {
      const which = name === 'show' ? 'show' : 'plan';
      starts[which] += 1;
      const n = starts[which];
      journal.push(`${which} ${n}`);
      for (const one of waiting) if (starts.show >= one.n) one.go();
      const answer = await tool[which](n, { ...run, file, shown });
      journal.push(`${which} ${n} over`);
      return answer;
    },
  });
  const session = await sandbox.open({
    runId: runId('run_early'),
    verb: 'plan',
    checkout: temporaryFolder('checkout'),
    dir: root,
    env: {},
  });
  const step = (name: string, rest: Partial<Step>): Step => ({
    name,
    argv: ['tool', name],
    output: 'log',
    timeoutMs: 60_000,
    environment: {},
    mutates: false,
    exitCodes: { 0: 'summary', 75: 'again' },
    ...rest,
  });
  const steps = [step('plan', {}), step('show', { output: 'data', onceWritten: file })];
  const outcome = await execute(session, steps, {
    signal: new AbortController().signal,
    clock: { sleep: async () => undefined },
    whenWritten,
    started: ({ name }) => journal.push(`${name} counts`),
    ...more,
  }).catch((error: unknown) => ({ error }));
  await session.dispose();
  return { outcome, journal, file };
};

const printed = async (outcome: Awaited<ReturnType<typeof executed>>['outcome']): Promise<string> =>
  'error' in outcome ? String(outcome.error) : (await wholeOf(outcome.data)).toString();

const cancelled = (signal: AbortSignal): Promise<ScriptedAnswer> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve({});
    signal.addEventListener('abort', () => resolve({}));
  });

test('a plan is shown while it is still being printed, and counts once that is over', async () => {
  const { outcome, journal } = await executed({
    plan: async (_n, { file, shown }) => {
      writeFileSync(file, archive('one'));
      await shown(1);
      return { text: 'Plan: 1 to add' };
    },
    show: () => ({ data: '{"plan":1}', text: 'a warning' }),
  });
  expect(await printed(outcome)).toBe('{"plan":1}');
  expect(outcome).toMatchObject({
    failed: null,
    transcript: '$ tool plan\nPlan: 1 to add\n\n$ tool show\na warning\n\n',
    last: { step: 'show' },
  });
  expect(journal.indexOf('show 1')).toBeLessThan(journal.indexOf('plan 1 over'));
  expect(journal.filter((one) => one.endsWith('counts'))).toEqual(['plan counts', 'show counts']);
  expect(journal.indexOf('show counts')).toBeGreaterThan(journal.indexOf('plan 1 over'));
});

const altered: Tool = {
  plan: async (_n, { file, shown }) => {
    writeFileSync(file, archive('one'));
    await shown(1);
    writeFileSync(file, archive('another'));
    return {};
  },
  show: (n) => ({ data: `{"plan":${n}}` }),
};

test('what was shown of a plan that is another one by now counts for nothing', async () => {
  const { outcome, journal } = await executed(altered);
  expect(await printed(outcome)).toBe('{"plan":2}');
  expect(journal.slice(-3)).toEqual(['show counts', 'show 2', 'show 2 over']);
});

test('with the comparison taken away it would count (the twin)', async () => {
  const { outcome } = await executed(altered, {
    whenWritten: async (file, signal) => {
      const written = await whenWritten(file, signal);
      return written === null ? null : { isUnchanged: async () => true };
    },
  });
  expect(await printed(outcome)).toBe('{"plan":1}');
});

test('a tool that writes no plan before its end is asked for it afterwards', async () => {
  const { outcome, journal } = await executed({
    plan: () => ({}),
    show: () => ({ data: 'late' }),
  });
  expect(await printed(outcome)).toBe('late');
  expect(journal).toEqual(['plan counts', 'plan 1', 'plan 1 over', 'show counts', 'show 1', 'show 1 over']);
});

test('a plan that fails ends its showing, and nothing of it is left', async () => {
  const { outcome, journal } = await executed({
    plan: async (_n, { file, shown }) => {
      writeFileSync(file, archive('errored'));
      await shown(1);
      return { exitCode: 1, text: 'Error: no' };
    },
    show: (_n, { signal }) => cancelled(signal),
  });
  expect(outcome).toMatchObject({
    failed: { step: { name: 'plan' } },
    transcript: '$ tool plan\nError: no\n\n',
  });
  expect(journal.at(-1)).toBe('show 1 over');
  expect(journal).not.toContain('show counts');
});

test('an attempt that is made again takes its showing along', async () => {
  const { outcome, journal } = await executed({
    plan: async (n, { file, shown }) => {
      writeFileSync(file, archive(`attempt ${n}`));
      await shown(n);
      return { exitCode: n === 1 ? 75 : 0 };
    },
    show: (n, { signal }) => (n === 1 ? cancelled(signal) : { data: `of attempt ${n}` }),
  });
  expect(await printed(outcome)).toBe('of attempt 2');
  expect(journal.indexOf('show 1 over')).toBeLessThan(journal.indexOf('plan 2'));
});

test('a showing that went wrong beside the plan is made once more, where nothing else is at work', async () => {
  const { outcome, journal } = await executed({
    plan: async (_n, { file, shown }) => {
      writeFileSync(file, archive('one'));
      await shown(1);
      return {};
    },
    show: (n) => (n === 1 ? { exitCode: 1, text: 'killed' } : { data: 'well' }),
  });
  expect(await printed(outcome)).toBe('well');
  expect(outcome).not.toMatchObject({ transcript: expect.stringContaining('killed') });
  expect(journal.at(-1)).toBe('show 2 over');
});

test('a showing that took too long is not made again: it would take as long', async () => {
  const { outcome, journal } = await executed({
    plan: async (_n, { file, shown }) => {
      writeFileSync(file, archive('one'));
      await shown(1);
      return {};
    },
    show: () => ({ ended: 'timeout', text: 'waiting' }),
  });
  expect(outcome).toMatchObject({
    failed: { step: { name: 'show' }, problem: { code: 'tool-timeout' } },
    transcript: expect.stringContaining('waiting'),
  });
  expect(journal.at(-1)).toBe('show counts');
});

test('who refuses behind the plan, and who cancels, waits for its showing', async () => {
  const plan: Tool['plan'] = async (_n, { file, shown, signal }) => {
    writeFileSync(file, archive('one'));
    await shown(1);
    if (stop !== null) {
      stop.abort();
      await cancelled(signal);
    }
    return {};
  };
  const show: Tool['show'] = (_n, { signal }) => cancelled(signal);
  let stop: AbortController | null = null;
  const refused = await executed(
    { plan, show },
    {
      after: async () => {
        throw new Error('refused');
      },
    },
  );
  expect(refused.outcome).toEqual({ error: new Error('refused') });
  expect(refused.journal.at(-1)).toBe('show 1 over');
  stop = new AbortController();
  const called = await executed({ plan, show }, { signal: stop.signal });
  expect(called.outcome).toMatchObject({ failed: { result: { ended: 'cancelled' } } });
  expect(called.journal).toContain('show 1 over');
});

test('where each step may be refused none is begun before its turn', async () => {
  const { outcome, journal } = await executed(
    {
      plan: async (_n, { file }) => {
        writeFileSync(file, archive('one'));
        await createSystemClock().sleep(50);
        return {};
      },
      show: () => ({ data: 'in order' }),
    },
    { before: async () => undefined },
  );
  expect(await printed(outcome)).toBe('in order');
  expect(journal.indexOf('show 1')).toBeGreaterThan(journal.indexOf('plan 1 over'));
});
