import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { runId } from '../../src/domain/ids.ts';
import { wholeOf } from '../../src/domain/printed.ts';
import { repoPath, root } from '../../src/domain/repo-path.ts';
import type { Reach, RunVerb } from '../../src/domain/run.ts';
import type { Step } from '../../src/runner/port.ts';
import { noIsolation } from '../../src/sandbox/local/isolation/isolation.ts';
import { createLocalSandbox, type LocalSandboxOptions } from '../../src/sandbox/local/sandbox.ts';
import type { SandboxSpec, Trouble } from '../../src/sandbox/port.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { programs } from '../support/server-programs.ts';

const bin = temporaryFolder('bin');
const program = (name: string, body: string): string => {
  writeFileSync(path.join(bin, name), `#!/bin/sh\n${body}\n`);
  chmodSync(path.join(bin, name), 0o755);
  return name;
};

const open = (
  spec: Partial<SandboxSpec> = {},
  environment: Partial<Record<RunVerb, Record<string, string>>> = {},
  limits: Partial<LocalSandboxOptions> = {},
) =>
  createLocalSandbox({
    ...limits,
    isolation: noIsolation,
    programs,
    folder: temporaryFolder('runs'),
    environment: { plan: environment.plan ?? {}, apply: environment.apply ?? {} },
    path: `${bin}:/usr/bin:/bin`,
    mask: (text) => text.replaceAll('hunter2', '***'),
    secrets: () => ['hunter2'],
    runKey: () => Buffer.alloc(32, 7),
    clock: createSystemClock(),
  }).open({
    runId: runId('run_local'),
    verb: 'plan',
    checkout: temporaryFolder('checkout'),
    dir: root,
    env: {},
    ...spec,
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

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie has ended; nobody has asked for its exit code yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

test('a tool sees nothing but what it is given', async () => {
  const session = await open(
    { env: { PROJECT: 'from git', PATH: '/evil', HOME: '/evil', TF_WORKSPACE: 'evil' } },
    { plan: { AWS_REGION: 'eu', TF_CLI_CONFIG_FILE: '/etc/operator.tfrc' }, apply: { ADMIN: 'secret' } },
  );
  const { data } = await session.run(
    step([program('see', 'env')], { output: 'data', environment: { TF_WORKSPACE: '' } }),
  );
  // The shell that runs the script adds PWD and the like by itself.
  const seen = new Map(
    (await wholeOf(data))
      .toString()
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const)
      .filter(([name]) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)),
  );
  expect(Object.fromEntries(seen)).toEqual({
    LANG: 'C.UTF-8',
    PROJECT: 'from git',
    AWS_REGION: 'eu',
    TF_CLI_CONFIG_FILE: '/etc/operator.tfrc',
    TF_WORKSPACE: '',
    PATH: `${bin}:/usr/bin:/bin`,
    HOME: path.join(session.folder, 'home'),
    TMPDIR: path.join(session.folder, 'tmp'),
  });
  expect(statSync(path.join(session.folder, 'home')).mode & 0o777).toBe(0o700);
  await session.dispose();
});

test('an apply sees what only an apply may see, and a config file of its own', async () => {
  const session = await open({ verb: 'apply' }, { apply: { ADMIN: 'secret' } });
  const { data } = await session.run(
    step([program('admin', 'echo "$ADMIN $TF_CLI_CONFIG_FILE"')], { output: 'data' }),
  );
  const [admin, file] = (await wholeOf(data)).toString().trim().split(' ');
  expect(admin).toBe('secret');
  expect(file).toBe(path.join(session.folder, 'terraform.tfrc'));
  expect(existsSync(file ?? '')).toBe(true);
  await session.dispose();
});

test('arguments arrive as they are, whatever a shell would make of them', async () => {
  const session = await open();
  const hostile = ['; rm -rf /', '$(id)', '`id`', 'a\nb', '*', '~', '', '-x', '‮txt', '"\''];
  const { data } = await session.run(
    step([program('count', 'for one in "$@"; do printf "%s\\0" "$one"; done'), ...hostile], {
      output: 'data',
    }),
  );
  expect((await wholeOf(data)).toString()).toBe(hostile.map((one) => `${one}\0`).join(''));
  await session.dispose();
});

test('text is masked and free of terminal codes', async () => {
  const session = await open();
  const result = await session.run(step([program('paint', 'printf "\\033[31mhunter2\\033[0m\\n"')]));
  expect(result.text).toBe('***\n');
  await session.dispose();
});

test('50 MB of output keep head and tail, say what is missing, and do not grow the server', async () => {
  const session = await open();
  const flood = program(
    'flood',
    'echo first line; yes "fifty bytes of text that nobody will ever read, ok" | head -c 52428800; echo last line',
  );
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 5);
  const { text, exitCode } = await session.run(step([flood]));
  clearInterval(watch);
  expect(exitCode).toBe(0);
  expect(text.startsWith('first line\n')).toBe(true);
  expect(text.endsWith('last line\n')).toBe(true);
  const left = /\n… ([\d,]+) bytes left out …\n/.exec(text)?.[1]?.replaceAll(',', '');
  const kept =
    Buffer.byteLength(text) - Buffer.byteLength(/… [\d,]+ bytes left out …\n/.exec(text)?.[0] ?? '');
  expect(kept).toBeLessThanOrEqual(1_000_000);
  expect(kept + Number(left)).toBe(52_428_800 + 'first line\nlast line\n'.length);
  expect((peak - before) / 1e6).toBeLessThan(40);
  await session.dispose();
});

test('a data step that floods is stopped with a clear word', async () => {
  const session = await open({}, {}, { dataBytes: 256_000_000 });
  const result = await session.run(
    step([program('endless', 'exec head -c 300000000 /dev/zero')], { output: 'data' }),
  );
  expect(result.exitCode).not.toBe(0);
  expect(result.ended).toBe('signal');
  expect(await wholeOf(result.data)).toHaveLength(0);
  expect(result.text).toContain('larger than 256 MB');
  await session.dispose();
});

test('a plan step leaves no process behind, even one that holds its output open', async () => {
  const session = await open();
  const result = await session.run(step([program('spawns', 'sleep 600 & echo $!')], { output: 'data' }));
  expect(result).toMatchObject({ ended: 'exit', exitCode: 0 });
  const pid = Number((await wholeOf(result.data)).toString());
  expect(pid).toBeGreaterThan(1);
  await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
  await session.dispose();
});

test('the time limit interrupts a plan step, and kills one that does not listen with all it started', async () => {
  const session = await open();
  const polite = await session.run(step([program('polite', 'exec sleep 600')], { timeoutMs: 100 }));
  expect(polite).toMatchObject({ ended: 'timeout', exitCode: null });
  const file = path.join(session.folder, 'pids');
  const deaf = await session.run(
    step(
      [
        program('deaf', `trap "" INT; sh -c 'trap "" INT; sleep 600' & echo "$$ $!" > "$1"; wait; wait`),
        file,
      ],
      {
        timeoutMs: 500,
      },
    ),
  );
  expect(deaf).toMatchObject({ ended: 'timeout', exitCode: null });
  for (const pid of readFileSync(file, 'utf8').trim().split(' ').map(Number))
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
  await session.dispose();
});

test('the time limit of a mutating step is only reported', async () => {
  const session = await open({ verb: 'apply' });
  const slow = program('slow', 'trap "echo interrupted" INT; sleep 1; echo done');
  const told: Trouble[] = [];
  const result = await session.run(step([slow], { mutates: true, timeoutMs: 300 }), {
    onTrouble: (trouble) => told.push(trouble),
  });
  expect(result).toMatchObject({ ended: 'exit', exitCode: 0, text: 'done\n' });
  expect(told).toEqual([{ kind: 'overdue', ms: 300 }]);
  await session.dispose();
});

test('a mutating step is interrupted once, alone, and waited for', async () => {
  const careful = program(
    'careful',
    // The child stands for a provider: it must not get the signal. Two interrupts would show as two lines.
    'sh -c \'trap "echo child interrupted" INT; sleep 1; echo child done\' & trap "echo interrupted" INT; : > ready; wait; wait; exit 1',
  );
  const checkout = temporaryFolder('checkout');
  const session = await open({ verb: 'apply', checkout });
  const stop = new AbortController();
  const running = session.run(step([careful], { mutates: true }), { signal: stop.signal });
  await expect.poll(() => existsSync(path.join(checkout, 'ready')), { timeout: 20_000 }).toBe(true);
  stop.abort();
  stop.abort();
  expect(await running).toMatchObject({
    ended: 'cancelled',
    exitCode: 1,
    text: 'interrupted\nchild done\n',
  });
  await session.dispose();
});

test('a tool that dies by a signal is told apart from one that exits', async () => {
  const session = await open();
  const result = await session.run(step([program('dies', 'kill -9 $$')]));
  expect(result).toMatchObject({ ended: 'signal', exitCode: null });
  await session.dispose();
});

test('a program that may not be run counts as missing', async () => {
  const session = await open();
  writeFileSync(path.join(bin, 'broken'), 'not a program');
  chmodSync(path.join(bin, 'broken'), 0o644);
  expect(await session.run(step(['broken']))).toMatchObject({ ended: 'not-found', exitCode: null });
  await session.dispose();
});

test('a project folder that is not in the checkout is refused at the first step', async () => {
  const session = await open({ dir: repoPath('not/there') });
  await expect(session.run(step(['env']))).rejects.toThrow('no folder "not/there"');
  await session.dispose();
});

test('tools of a run that stands back have the processor when nobody else wants it, and others as everybody', async () => {
  const itself = step(['sh', '-c', 'nice; cat /proc/self/autogroup 2> /dev/null || echo none']);
  const said = async (spec: Partial<SandboxSpec>): Promise<string> => {
    const session = await open(spec);
    const { text } = await session.run(itself);
    await session.dispose();
    return text;
  };
  expect(await said({ standsBack: true })).toMatch(/^19\n(?:\/autogroup-\d+ nice \d+|none)\n$/);
  expect(await said({})).toMatch(/^0\n(?:\/autogroup-\d+ nice 0|none)\n$/);
});

test('a step that may be run once more is killed when it is cancelled, whatever it hears, and leaves nothing to be read', async () => {
  const deaf = program('deaf', 'echo here; trap "" INT; : > ready; while :; do sleep 0.05; done');
  const [checkout, logs] = [temporaryFolder('checkout'), temporaryFolder('logs')];
  const session = await open({ checkout }, {}, { graceMs: 3_600_000, logs });
  const stop = new AbortController();
  const running = session.run(step([deaf]), { signal: stop.signal, disposable: true });
  await expect.poll(() => existsSync(path.join(checkout, 'ready')), { timeout: 20_000 }).toBe(true);
  stop.abort();
  expect(await running).toMatchObject({ ended: 'cancelled', text: 'here\n' });
  const kept = () => readdirSync(path.join(logs, 'run_local'));
  expect(kept()).toEqual([]);
  const fails = program('fails', 'echo no; exit 1');
  expect(await session.run(step([fails]), { disposable: true })).toMatchObject({ exitCode: 1 });
  expect(kept()).toEqual([]);
  await session.run(step([program('goes', 'echo yes')]), { disposable: true });
  await session.run(step([fails]));
  expect(kept()).toEqual(['03-one.json', '03-one.log', '04-one.json', '04-one.log']);
  await session.dispose();
});

test('when memory runs out what plans is likelier to be killed than what applies, and likeliest what may be run once more', async () => {
  const worth = async (verb: Reach, disposable = false): Promise<number> => {
    const session = await open({ verb });
    // Said of it once it runs.
    const says = step(['sh', '-c', 'sleep 0.5; cat /proc/self/oom_score_adj']);
    const { text } = await session.run(says, { disposable });
    await session.dispose();
    return Number(text);
  };
  const ours = Number(readFileSync('/proc/self/oom_score_adj', 'utf8'));
  expect(await worth('apply')).toBe(ours);
  expect(await worth('plan')).toBe(Math.ceil((ours + 1000) / 2));
  expect(await worth('plan', true)).toBe(1000);
});
