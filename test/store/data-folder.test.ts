import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { type ClaimOptions, claimDataFolder } from '../../src/store/data-folder.ts';
import { temporaryFolder } from '../support/leftovers.ts';

const child = fileURLToPath(new URL('./holding-child.ts', import.meta.url));
const children: ChildProcess[] = [];
const tools: number[] = [];

const options = (changes: Partial<ClaimOptions> = {}): ClaimOptions => ({
  clock: createSystemClock(),
  waitMs: 0,
  onWait: () => {},
  ...changes,
});

/** Resolves when the child holds the folder. */
const holder = async (folder: string): Promise<ChildProcess> => {
  const holding = spawn(process.execPath, ['--expose-gc', child, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(holding);
  const [line] = await once(holding.stdout, 'data');
  tools.push(Number(String(line)));
  return holding;
};

afterEach(async () => {
  for (const each of children.splice(0)) {
    const ended = each.exitCode !== null || each.signalCode !== null ? null : once(each, 'exit');
    each.kill('SIGKILL');
    await ended;
  }
  for (const pid of tools.splice(0)) process.kill(pid, 'SIGKILL');
});

const folder = () => join(temporaryFolder('data'), 'inside', 'data');

test('a new folder is made for the owner only', async () => {
  const path = folder();
  const claim = await claimDataFolder(path, options());
  expect(statSync(path).mode & 0o777).toBe(0o700);
  claim.release();
});

test('a folder that others can read is closed; one they can write to is refused', async () => {
  const path = folder();
  mkdirSync(path, { recursive: true, mode: 0o755 });
  (await claimDataFolder(path, options())).release();
  expect(statSync(path).mode & 0o777).toBe(0o700);
  for (const mode of [0o770, 0o702]) {
    chmodSync(path, mode);
    const refusal = claimDataFolder(path, options());
    await expect(refusal).rejects.toMatchObject({ problem: { code: 'cannot-start' } });
    await expect(refusal).rejects.toThrow(`Others can write to the data folder \`${path}\``);
    expect(statSync(path).mode & 0o777).toBe(mode);
  }
});

test('one process claims it once, and again after it let go', async () => {
  const path = folder();
  const claim = await claimDataFolder(path, options());
  await expect(claimDataFolder(path, options())).rejects.toThrow('Another Tidegate works on');
  claim.release();
  claim.release();
  (await claimDataFolder(path, options())).release();
});

test('while another process holds it a second one waits, says so once, and is refused', async () => {
  const path = folder();
  await holder(path);
  const said: string[] = [];
  const refusal = claimDataFolder(
    path,
    options({ waitMs: 600, onWait: (sentence) => void said.push(sentence) }),
  );
  await expect(refusal).rejects.toMatchObject({ problem: { code: 'cannot-start' } });
  expect(said).toEqual([
    `Another Tidegate works on the data folder \`${path}\`; waiting up to 1 s for it to end.`,
  ]);
});

test('SIGKILL of the holder lets it go, though a tool it started lives on', async () => {
  const path = folder();
  const holding = await holder(path);
  let waits = 0;
  const claiming = claimDataFolder(
    path,
    options({
      waitMs: 30_000,
      onWait: () => {
        waits += 1;
        holding.kill('SIGKILL');
      },
    }),
  );
  (await claiming).release();
  expect(waits).toBe(1);
  const tool = tools.at(-1) ?? 0;
  expect(process.kill(tool, 0)).toBe(true);
});

test('of many that start at once one gets it, and the others are told', async () => {
  const path = folder();
  const starting = Array.from({ length: 4 }, () => {
    const each = spawn(process.execPath, ['--expose-gc', child, path], { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(each);
    let told = '';
    each.stderr.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    const held = once(each.stdout, 'data').then(([line]) => {
      tools.push(Number(String(line)));
      return 'holds';
    });
    return Promise.race([held, once(each, 'close').then(() => told)]);
  });
  const outcomes = await Promise.all(starting);
  expect(outcomes.filter((outcome) => outcome === 'holds')).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome.includes('Another Tidegate works on'))).toHaveLength(3);
});

test('a process that was given a handle on the lock itself does not keep it when the holder is gone', async () => {
  const path = folder();
  const holding = await holder(path);
  // As a run host would that inherited everything its server had open.
  const lock = openSync(join(path, 'server.lock'), 'r+');
  const heir = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', lock], detached: true });
  closeSync(lock);
  tools.push(heir.pid ?? 0);
  await expect(claimDataFolder(path, options())).rejects.toThrow('Another Tidegate works on');
  const gone = once(holding, 'exit');
  holding.kill('SIGKILL');
  await gone;
  (await claimDataFolder(path, options())).release();
  expect(process.kill(heir.pid ?? 0, 0)).toBe(true);
});
