import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
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
