import { spawn } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { temporaryFolder } from './leftovers.ts';
import { findProcesses, stopProcesses } from './processes.ts';

const nothing = { ancestor: -1, root: '/nowhere/at/all', mark: 'NOBODY=sets-this' };
const started: number[] = [];

/** A process in a session of its own, whose parent is gone by the time it is looked for. */
const orphan = (options: { cwd?: string; env?: Record<string, string> }): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn('setsid', ['--fork', 'sleep', '97'], {
      stdio: 'ignore',
      cwd: options.cwd ?? '/',
      env: { PATH: process.env['PATH'], ...options.env },
    });
    child.once('error', reject);
    child.once('exit', () => resolve());
  });

const sleeping = (search: Partial<typeof nothing>) => {
  const found = findProcesses({ ...nothing, ...search }).filter((each) => each.command === 'sleep 97');
  started.push(...found.map((each) => each.pid));
  return found;
};

afterEach(() => {
  for (const pid of started.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended in the meantime.
    }
  }
});

test('an orphan is found by the folder it works in, and by the mark it inherited', async () => {
  const cwd = temporaryFolder();
  await orphan({ cwd });
  await orphan({ env: { A_MARK: cwd } });
  // The orphan is there at once, but it may not have become `sleep` yet.
  await expect.poll(() => sleeping({ root: cwd })).toHaveLength(1);
  await expect.poll(() => sleeping({ mark: `A_MARK=${cwd}` })).toHaveLength(1);
  expect(sleeping({})).toHaveLength(0);
});

test('grandchildren are found; what does not end by itself is ended and named', async () => {
  const child = spawn('sh', ['-c', 'sleep 97 & wait'], { stdio: ['ignore', 'ignore', 'ignore'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const find = () => findProcesses({ ...nothing, ancestor: process.pid });
  await expect.poll(() => find().map((each) => each.command)).toContain('sleep 97');
  const left = await stopProcesses(find, 0);
  expect(left.map((each) => each.command)).toContain('sleep 97');
  await ended;
  await expect.poll(find).toEqual([]);
});
