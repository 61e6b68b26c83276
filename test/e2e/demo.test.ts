import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/acts.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { findProcesses } from '../support/processes.ts';

const execute = promisify(execFile);
const repository = fileURLToPath(new URL('../..', import.meta.url));

const running = new Set<ChildProcess>();
afterEach(() => {
  // Only after a failure: the group, because npm's child is not ours.
  for (const child of running) if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
});

/** `npm run demo` in a group of processes of its own, as a terminal starts it. */
const startDemo = (...args: readonly string[]) => {
  const temp = temporaryFolder('demo');
  const child = spawn('npm', ['run', '--silent', 'demo', '--', ...args], {
    cwd: repository,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      TMPDIR: temp,
      npm_config_cache: temporaryFolder('npm'),
      npm_config_update_notifier: 'false',
      // npm's own cache would be in the temp folder too.
      NODE_DISABLE_COMPILE_CACHE: '1',
    },
  });
  running.add(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  const ended = once(child, 'close').then(([code]: unknown[]) => {
    running.delete(child);
    return code;
  });
  return {
    text: () => text,
    ended,
    said: (words: string) => eventually(() => expect(text).toContain(words)),
    /** What Ctrl-C does: everybody in the group hears it. */
    interrupt: () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
    },
    /** What `kill` of the process that the person started does. */
    terminate: () => child.kill('SIGTERM'),
    left: async () => ({
      files: await readdir(temp),
      processes: findProcesses({ ancestor: child.pid ?? -1, root: temp, mark: `TMPDIR=${temp}` }).map(
        ({ command }) => command,
      ),
    }),
  };
};
const nothing = { files: [], processes: [] };

/** A browser without the browser: goes through the door once, then reads pages. */
const visit = async (address: string) => {
  const door = await fetch(address, { redirect: 'manual' });
  const cookie = door.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ');
  const plain = (page: string): string => page.split('?', 1)[0] ?? '';
  return {
    open: async (page: string): Promise<string> => {
      const answer = await fetch(plain(page), { headers: { cookie } });
      expect(answer.status).toBe(200);
      return answer.text();
    },
    /** The first button of a repository's page. */
    press: async (page: string): Promise<void> => {
      const text = await (await fetch(plain(page), { headers: { cookie } })).text();
      const form = text.slice(text.indexOf('/buttons/0'));
      const fields = [...form.slice(0, form.indexOf('</form>')).matchAll(/name="(\w+)" value="([^"]*)"/g)];
      const body = new URLSearchParams(fields.map(([, name = '', value = '']) => [name, value]));
      const origin = new URL(page).origin;
      const address = `${plain(page)}/buttons/0`;
      const answer = await fetch(address, {
        method: 'POST',
        headers: { cookie, origin },
        body,
        redirect: 'manual',
      });
      expect([answer.status, await answer.text()]).toEqual([303, '']);
    },
  };
};

/** What a person does with lines of the terminal, on a machine where git knows nobody. */
const paste = async (lines: string): Promise<void> => {
  const cwd = temporaryFolder('paste');
  await execute('bash', ['-e', '-c', lines], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' },
  });
};

describe('npm run demo', () => {
  it('--script sees every step, prints the thread, and leaves nothing behind', {
    timeout: 240_000,
  }, async () => {
    const demo = startDemo('--script');
    expect(await demo.ended, demo.text()).toBe(0);
    const text = demo.text();
    expect(text).toContain('Every step was seen.');
    expect(text).not.toContain('not seen');
    expect(text.match(/^ {2}seen /gm)).toHaveLength(31);
    expect(text).toContain('#1 Give everything to the storage team (merged)');
    expect(text).toContain('#2 Add a third subnet (merged)');
    expect(text).toMatch(/^acme\/services#1 .* \(merged\)$/m);
    expect(text).toMatch(/^acme\/office#1 .* \(merged\)$/m);
    expect(text).toContain('--- tidegate[bot]\n');
    expect(text).toContain('--- grace\n/apply');
    expect(text).toContain('check tidegate/apply: success');
    expect(text).not.toContain('"level":');
    expect(await demo.left()).toEqual(nothing);
  });

  it('by hand prints addresses that answer and an own change to paste, and ends cleanly with Ctrl-C', {
    tags: ['long'],
  }, async () => {
    const demo = startDemo();
    await demo.said('Ctrl-C ends it');
    const [first = '', second = '', queued = '', people = '', alerts = ''] =
      demo.text().match(/http:\/\/127\.0\.0\.1:\d+\/\S+/g) ?? [];
    const list = demo.text().match(/below "New pull request" on\s+(\S+)/)?.[1] ?? '';
    const { open, press } = await visit(first);
    expect(await open(first)).toContain('Give everything to the storage team');
    expect(await open(second)).toMatch(/Add a third subnet.*Waiting in line for #1/s);
    expect(await open(queued)).toMatch(/>Apply<.*is merged into by its merge queue.*Merge when ready/s);
    expect(await open(people)).toMatch(/Katherine joins.*waits for/s);
    await paste(demo.text().slice(demo.text().indexOf('git clone'), demo.text().indexOf('and open a')));
    expect(await open(list)).toContain('<option value="mine">mine</option>');
    await press(alerts);
    await eventually(async () =>
      expect(await open(alerts)).toContain('Drift: alerts is not as it was applied'),
    );
    demo.interrupt();
    await demo.ended;
    expect(demo.text()).toContain('Stopping ...');
    expect(await demo.left()).toEqual(nothing);
  });

  it('ends cleanly when only its npm is told to', { tags: ['long'] }, async () => {
    const demo = startDemo();
    await demo.said('Ctrl-C ends it');
    demo.terminate();
    await demo.ended;
    expect(demo.text()).toContain('Stopping ...');
    expect(await demo.left()).toEqual(nothing);
  });

  it.each([
    ['git and terraform', [], '`git` and `terraform` cannot be found'],
    ['terraform', ['git'], 'needs git and terraform; `terraform` cannot be found'],
  ])('says kindly what is missing: %s', { tags: ['long'] }, async (_what, there, words) => {
    const folder = temporaryFolder('path');
    for (const name of there) await symlink(process.execPath, path.join(folder, name));
    const args = [path.join(repository, 'src/main.ts'), 'demo'];
    const ended: unknown = await execute(process.execPath, args, {
      env: { PATH: folder, TMPDIR: folder },
    }).catch((error: unknown) => error);
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(words) });
    expect(ended).toMatchObject({ stderr: expect.not.stringMatching(/\n {4}at /) });
    expect(await readdir(folder)).toEqual(there);
  });

  it.each([
    ['by hand', [], 'ada opened a pull request'],
    ['--script', ['--script'], '  seen '],
  ])(
    '%s ends cleanly with Ctrl-C in the middle of its work',
    { tags: ['long'] },
    async (_how, args, words) => {
      const demo = startDemo(...args);
      await demo.said(words);
      demo.interrupt();
      expect(await demo.ended, demo.text()).not.toBe(0);
      expect(await demo.left(), demo.text()).toEqual(nothing);
    },
  );
});
