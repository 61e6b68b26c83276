import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { runId } from '../../src/domain/ids.ts';
import { nothingPrinted, wholeOf } from '../../src/domain/printed.ts';
import { root } from '../../src/domain/repo-path.ts';
import type { Reach } from '../../src/domain/run.ts';
import type { Step } from '../../src/runner/port.ts';
import { createLocalSandbox } from '../../src/sandbox/local/sandbox.ts';
import { HostLost, type Sandbox, type Session } from '../../src/sandbox/port.ts';
import { createScriptedSandbox, type ScriptedAnswer } from '../../src/sandbox/scripted/sandbox.ts';
import { isolationFor } from '../support/isolation.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { programs as serverPrograms } from '../support/server-programs.ts';

/** The same few programs, once as shell scripts on PATH and once as a script of the scripted sandbox. */
const programs: Readonly<Record<string, string>> = {
  works: 'echo one; echo two >&2',
  fails: 'echo "no such thing" >&2; exit 3',
  prints: 'printf "{\\"a\\":1}\\n"; echo warned >&2',
  // Where it is, what is there, and which of the project's and its own variables it sees; then it leaves something behind.
  looks: 'pwd; ls -A; echo "$OWN $PROJECTS"; cat "$1"; echo x > left; echo x > "$HOME/left"; ls -A "$HOME"',
  waits: 'echo waiting; exec sleep 600',
  finishes: 'trap "echo saved; exit 0" INT; echo started > "$1"; while :; do sleep 0.05; done',
  // As terraform does: the first signal is taken note of, the second ends it.
  insists:
    'n=0; trap "n=\\$((n+1)); echo signal \\$n; [ \\$n = 2 ] && exit 1" INT; echo started > "$1"; while :; do sleep 0.05; done',
};

const local = async (): Promise<Sandbox> => {
  const bin = temporaryFolder('bin');
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(path.join(bin, name), 0o755);
  }
  const folder = path.join(temporaryFolder('runs'), 'new');
  return createLocalSandbox({
    isolation: await isolationFor(folder),
    programs: serverPrograms,
    folder,
    environment: { plan: {}, apply: {} },
    path: `${bin}:/usr/bin:/bin`,
    mask: (text) => text,
    secrets: () => ['hunter2'],
    runKey: () => Buffer.alloc(32, 7),
    clock: createSystemClock(),
  });
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve());
  });

const scripted = async (): Promise<Sandbox> =>
  createScriptedSandbox({
    folder: path.join(temporaryFolder('runs'), 'new'),
    script: async (step, { signal, insisted, cwd, environment }): Promise<ScriptedAnswer> => {
      const [program, file] = step.argv;
      switch (program) {
        case 'works':
          return { text: 'one\ntwo\n' };
        case 'fails':
          return { exitCode: 3, text: 'no such thing\n' };
        case 'prints':
          return { data: '{"a":1}\n', text: 'warned\n' };
        case 'looks': {
          const there = readdirSync(cwd).map((one) => `${one}\n`);
          const words = `${environment['OWN'] ?? ''} ${environment['PROJECTS'] ?? ''}`;
          const read = readFileSync(file ?? '', 'utf8');
          writeFileSync(path.join(cwd, 'left'), 'x\n');
          return { text: `${cwd}\n${there.join('')}${words}\n${read}left\n` };
        }
        case 'waits':
          await aborted(signal);
          return { text: 'waiting\n' };
        case 'finishes':
          writeFileSync(file ?? '', 'started\n');
          await aborted(signal);
          return { text: 'saved\n' };
        case 'insists':
          writeFileSync(file ?? '', 'started\n');
          await Promise.all([aborted(signal), aborted(insisted)]);
          return { exitCode: 1, text: 'signal 1\nsignal 2\n' };
        default:
          return { ended: 'not-found' };
      }
    },
  });

const step = (argv: readonly [string, ...string[]], more: Partial<Step> = {}): Step => ({
  name: 'one',
  argv,
  output: 'log',
  timeoutMs: 60_000,
  environment: {},
  mutates: false,
  ...more,
});

describe.each([
  ['local', local],
  ['scripted', scripted],
])('a %s sandbox', (name, create) => {
  let sandbox: Sandbox;
  let checkout: string;
  const open = (id = 'run_contract', verb: Reach = 'plan') =>
    sandbox.open({ runId: runId(id), verb, checkout, dir: root, env: {} });

  beforeEach(async () => {
    sandbox = await create();
    checkout = temporaryFolder('checkout');
  });

  test('gives a run a private folder and takes it away again', async () => {
    const session = await open();
    expect(statSync(session.folder).mode & 0o777).toBe(0o700);
    mkdirSync(path.join(session.folder, 'more'));
    await session.dispose();
    expect(existsSync(session.folder)).toBe(false);
    await session.dispose();
  });

  test('never gives one run the folder of another', async () => {
    const first = await open('run_first');
    const second = await open('run_second');
    expect(first.folder).not.toBe(second.folder);
    // It may belong to a tool that is still running.
    await expect(open('run_first')).rejects.toThrow();
    await Promise.all([first.dispose(), second.dispose()]);
  });

  test('tells how a tool ended, with its output as text', async () => {
    const session = await open();
    const fine = await session.run(step(['works']));
    expect(fine).toMatchObject({ step: 'one', ended: 'exit', exitCode: 0, text: 'one\ntwo\n' });
    expect(await wholeOf(fine.data)).toHaveLength(0);
    expect(await session.run(step(['fails']))).toMatchObject({
      ended: 'exit',
      exitCode: 3,
      text: 'no such thing\n',
    });
    await session.dispose();
  });

  test('keeps the standard output of a data step apart', async () => {
    const session = await open();
    const result = await session.run(step(['prints'], { output: 'data' }));
    expect((await wholeOf(result.data)).toString()).toBe('{"a":1}\n');
    expect(result.text).toBe('warned\n');
    await session.dispose();
  });

  test('runs steps beside each other that change nothing', async () => {
    const session = await open();
    const stop = new AbortController();
    const waiting = session.run(step(['waits']), { signal: stop.signal });
    expect(await session.run(step(['prints'], { output: 'data' }))).toMatchObject({ exitCode: 0 });
    const both = await Promise.all([session.run(step(['works'])), session.run(step(['fails']))]);
    expect(both.map(({ text }) => text)).toEqual(['one\ntwo\n', 'no such thing\n']);
    stop.abort();
    expect(await waiting).toMatchObject({ ended: 'cancelled' });
    await session.dispose();
  });

  test('starts a step that runs apart in an empty folder outside the checkout, without what is the project’s', async () => {
    const session = await sandbox.open({
      runId: runId('run_apart'),
      verb: 'plan',
      checkout,
      dir: root,
      env: { PROJECTS: 'its own' },
    });
    writeFileSync(path.join(checkout, 'conftest.toml'), '');
    const handed = path.join(session.apart, 'handed');
    writeFileSync(handed, 'a plan\n', { mode: 0o600 });
    const asked = step(['looks', handed], { apart: true, environment: { OWN: 'mine' } });
    const seen: string[] = [];
    // What one leaves behind is none of the next one's business.
    for (let times = 0; times < 2; times += 1) {
      const { ended, exitCode, text } = await session.run(asked);
      const [cwd = '', ...rest] = text.split('\n');
      expect({ ended, exitCode, rest }).toEqual({
        ended: 'exit',
        exitCode: 0,
        rest: ['mine ', 'a plan', 'left', ''],
      });
      expect(path.relative(checkout, cwd)).toMatch(/^\.\./);
      expect(cwd.startsWith(`${session.apart}/`)).toBe(true);
      seen.push(cwd);
    }
    expect(new Set(seen).size).toBe(2);
    // A tool is where it always was.
    const tool = await session.run(step(['looks', handed]));
    expect(tool.text).toContain('conftest.toml\n its own\n');
    await session.dispose();
  });

  test('tells that a tool was started before it tells how it ended, and nothing of one that was cancelled before', async () => {
    const session = await open();
    const told: string[] = [];
    const onStarted = () => told.push('started');
    await session.run(step(['works']), { onStarted }).then(() => told.push('ended'));
    expect(told).toEqual(['started', 'ended']);
    await session.run(step(['works']), { onStarted, signal: AbortSignal.abort() });
    expect(told).toEqual(['started', 'ended']);
    await session.dispose();
  });

  test('says that a tool is missing', async () => {
    const session = await open();
    expect(await session.run(step(['no-such-tool']))).toMatchObject({ ended: 'not-found', exitCode: null });
    await session.dispose();
  });

  test('ends a plan step when it is cancelled', async () => {
    const session = await open();
    const stop = new AbortController();
    const running = session.run(step(['waits']), { signal: stop.signal });
    stop.abort();
    expect(await running).toMatchObject({ ended: 'cancelled' });
    await session.dispose();
  });

  test('starts nothing once it is cancelled', async () => {
    const session = await open();
    const file = path.join(session.folder, 'home', 'started');
    const result = await session.run(step(['finishes', file], { mutates: true }), {
      signal: AbortSignal.abort(),
    });
    expect(result).toMatchObject({ ended: 'cancelled', exitCode: null });
    expect(existsSync(file)).toBe(false);
    await session.dispose();
  });

  test('waits for a step that mutates to finish by itself after it was interrupted', async () => {
    const session = await open('run_apply', 'apply');
    const stop = new AbortController();
    const file = path.join(session.folder, 'home', 'started');
    const running = session.run(step(['finishes', file], { mutates: true }), { signal: stop.signal });
    await expect.poll(() => existsSync(file), { timeout: 20_000, interval: 10 }).toBe(true);
    stop.abort();
    expect(await running).toMatchObject({ ended: 'exit', exitCode: 0, text: 'saved\n' });
    await session.dispose();
  });

  /** Resolves when the program has said that it is there. */
  const begun = (file: string) =>
    expect.poll(() => existsSync(file), { timeout: 20_000, interval: 10 }).toBe(true);

  const mutating = (session: Session, program: string) => {
    const file = path.join(session.folder, 'home', 'started');
    return { file, running: session.run(step([program, file], { mutates: true })) };
  };

  test('a second interrupt reaches a step that mutates only when somebody insists', async () => {
    const session = await open('run_apply', 'apply');
    const stop = new AbortController();
    const file = path.join(session.folder, 'home', 'started');
    const running = session.run(step(['insists', file], { mutates: true }), { signal: stop.signal });
    await begun(file);
    stop.abort();
    if (name === 'local')
      await expect
        .poll(() => readFileSync(path.join(session.folder, 'logs/01-one.log'), 'utf8'), { timeout: 20_000 })
        .toBe('signal 1\n');
    session.insist();
    expect(await running).toMatchObject({
      ended: 'signal',
      exitCode: 1,
      text: 'signal 1\nsignal 2\n',
    });
    await session.dispose();
  });

  test('leaves a step that mutates to its host, and finds it again', async () => {
    const session = await open('run_apply', 'apply');
    const { file, running } = mutating(session, 'finishes');
    const lost = expect(running).rejects.toThrow(HostLost);
    await begun(file);
    await session.detach();
    await lost;
    await expect(session.run(step(['works']))).rejects.toThrow(HostLost);
    const again = await sandbox.reattach(runId('run_apply'));
    expect(again).toMatchObject({ folder: session.folder, running: true });
    again.interrupt();
    expect(await again.ending).toEqual({
      kind: 'ended',
      result: { step: 'one', ended: 'exit', exitCode: 0, data: nothingPrinted, text: 'saved\n' },
    });
    await again.dispose();
    expect(existsSync(session.folder)).toBe(false);
  });

  test('never removes the folder of a step that mutates under it', async () => {
    const session = await open('run_apply', 'apply');
    const stop = new AbortController();
    const file = path.join(session.folder, 'home', 'started');
    const running = session.run(step(['finishes', file], { mutates: true }), { signal: stop.signal });
    await begun(file);
    await expect(session.dispose()).rejects.toThrow('at work');
    expect(existsSync(session.folder)).toBe(true);
    stop.abort();
    await running;
    await session.dispose();
  });

  test('ends a plan step when it lets go, and leaves nothing', async () => {
    const session = await open();
    const running = session.run(step(['waits']));
    await session.detach();
    expect(await running).toMatchObject({ ended: 'cancelled' });
    expect(existsSync(session.folder)).toBe(false);
  });

  test('tells an apply that never came to its step that mutates', async () => {
    const session = await open('run_apply', 'apply');
    await session.run(step(['works']));
    await session.detach();
    const again = await sandbox.reattach(runId('run_apply'));
    expect(await again.ending).toEqual({ kind: 'not-started' });
    await again.dispose();
  });

  test('tells how a step that mutates ended, to a server that did not hear of it', async () => {
    const session = await open('run_apply', 'apply');
    await session.run(step(['fails'], { mutates: true }));
    await session.detach();
    const again = await sandbox.reattach(runId('run_apply'));
    expect(again.running).toBe(false);
    expect(await again.ending).toMatchObject({
      kind: 'ended',
      result: { step: 'one', ended: 'exit', exitCode: 3, text: 'no such thing\n' },
    });
    await again.dispose();
  });

  test('knows nothing of a run that left nothing', async () => {
    const again = await sandbox.reattach(runId('run_never'));
    expect(again.running).toBe(false);
    expect(await again.ending).toEqual({
      kind: 'unknown',
      because: 'nothing is left of the run',
      text: '',
    });
    await again.dispose();
  });
});
