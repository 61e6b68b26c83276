/** What a run left on disk is believed only if it is whole, ours and of this run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { runId } from '../../src/domain/ids.ts';
import { nothingPrinted } from '../../src/domain/printed.ts';
import { identityOf, isAlive, type ProcessIdentity } from '../../src/sandbox/local/identity.ts';
import { noIsolation } from '../../src/sandbox/local/isolation/isolation.ts';
import {
  type ExitRecord,
  type Records,
  readRecord,
  reserveRecord,
  type StepRecord,
  seal,
  writeRecord,
} from '../../src/sandbox/local/records.ts';
import { createLocalSandbox } from '../../src/sandbox/local/sandbox.ts';
import { lockSecrets } from '../../src/sandbox/local/secret-box.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { programs } from '../support/server-programs.ts';

const key = Buffer.alloc(32, 7);
const otherKey = Buffer.alloc(32, 8);
const id = 'run_left';

/** Somebody else's process, which must see none of this. */
const stranger = spawn('sleep', ['600'], { stdio: 'ignore' });
afterAll(async () => {
  const gone = once(stranger, 'exit');
  stranger.kill('SIGKILL');
  await gone;
});
const strangerIdentity = (): ProcessIdentity => {
  const found = identityOf(stranger.pid ?? 0);
  if (found === null) throw new Error('the stranger is gone');
  return found;
};

let folder: string;
let runs: string;
beforeEach(() => {
  runs = temporaryFolder('runs');
  folder = path.join(runs, id);
  mkdirSync(path.join(folder, 'logs'), { recursive: true });
});

const reattach = (logs?: string) =>
  createLocalSandbox({
    isolation: noIsolation,
    programs,
    folder: runs,
    ...(logs === undefined ? {} : { logs }),
    environment: { plan: {}, apply: {} },
    path: '/usr/bin:/bin',
    mask: (text) => text.replaceAll('hunter2', '***'),
    secrets: () => [],
    runKey: () => key,
    clock: createSystemClock(),
  }).reattach(runId(id));

const put = (name: string, text: string): void => writeFileSync(path.join(folder, `${name}.json`), text);

const gone: ProcessIdentity = { pid: 999_999_999, startTime: '1', bootId: strangerIdentity().bootId };

const stepRecord = (more: Partial<StepRecord> = {}): StepRecord => ({
  runId: id,
  number: 3,
  step: 'apply',
  tool: gone,
  interrupted: false,
  secrets: lockSecrets(key, ['swordfish']),
  ...more,
});

const exitRecord = (more: Partial<ExitRecord> = {}): ExitRecord => ({
  runId: id,
  number: 3,
  step: 'apply',
  ended: 'exit',
  exitCode: 0,
  signal: null,
  at: 1,
  ...more,
});

const unknown = async (): Promise<string> => {
  const again = await reattach();
  expect(again.running).toBe(false);
  again.interrupt();
  again.insist();
  const ending = await again.ending;
  expect(ending.kind).toBe('unknown');
  return ending.kind === 'unknown' ? ending.because : '';
};

test('a whole record that is ours is believed, with what the tool said, masked', async () => {
  put('step', seal(key, 'step', stepRecord()));
  put('exit', seal(key, 'exit', exitRecord({ exitCode: 1 })));
  writeFileSync(path.join(folder, 'logs/03-apply.log'), 'hunter2 caught a swordfish\n');
  const again = await reattach();
  expect(await again.ending).toEqual({
    kind: 'ended',
    result: {
      step: 'apply',
      ended: 'exit',
      exitCode: 1,
      data: nothingPrinted,
      text: '*** caught a ***\n',
    },
  });
});

test.for<[string, () => void]>([
  ['without a mark', () => put('exit', JSON.stringify({ body: JSON.stringify(exitRecord()), mac: '' }))],
  ['in plain', () => put('exit', JSON.stringify(exitRecord()))],
  ['with the mark of another key', () => put('exit', seal(otherKey, 'exit', exitRecord()))],
  [
    'with our mark under other words',
    () =>
      put(
        'exit',
        seal(key, 'exit', exitRecord({ exitCode: 1 })).replace('\\"exitCode\\":1', '\\"exitCode\\":0'),
      ),
  ],
  ['of another run', () => put('exit', seal(key, 'exit', exitRecord({ runId: 'run_other' })))],
  ['of another step', () => put('exit', seal(key, 'exit', exitRecord({ number: 2 })))],
  ['that is another record of ours', () => put('exit', seal(key, 'step', stepRecord()))],
  ['that is empty', () => put('exit', '')],
  ['that was reserved and never written', () => put('exit', ' '.repeat(4096))],
])('an exit record %s is no record', async ([, write]) => {
  put('step', seal(key, 'step', stepRecord()));
  write();
  expect(await unknown()).toMatch(/^(the record of its end is damaged or not ours|its host ended before)/);
});

test('a torn record is no record, wherever it was torn', async () => {
  const whole = seal(key, 'exit', exitRecord()).trimEnd();
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: whole.length - 1 }), fc.boolean(), async (length, zeros) => {
      put('exit', zeros ? whole.slice(0, length).padEnd(whole.length, '\0') : whole.slice(0, length));
      expect(await readRecord(folder, 'exit', { key, runId: id })).toBeNull();
    }),
    { numRuns: 200 },
  );
  put('exit', whole);
  expect(await readRecord(folder, 'exit', { key, runId: id })).toEqual(exitRecord());
});

test('a record that is written anew is torn for nobody: who reads meanwhile finds the old one or the new one', async () => {
  const write = (number: number) => writeRecord(folder, 'step', key, stepRecord({ number }));
  await write(0);
  for (let number = 1; number <= 100; number += 1) {
    let written = false;
    const writing = write(number).finally(() => {
      written = true;
    });
    do {
      const read = await readRecord(folder, 'step', { key, runId: id });
      expect([number - 1, number]).toContain(read?.number);
    } while (!written);
    await writing;
  }
});

test('a changed bit is found in every record', async () => {
  const all: { readonly [Name in keyof Records]: string } = {
    host: seal(key, 'host', { runId: id, host: gone }),
    step: seal(key, 'step', stepRecord()),
    exit: seal(key, 'exit', exitRecord()),
  };
  const names = fc.constantFrom(...(['host', 'step', 'exit'] as const));
  await fc.assert(
    fc.asyncProperty(names, fc.nat(), fc.integer({ min: 0, max: 6 }), async (name, at, bit) => {
      const bytes = Buffer.from(all[name].trimEnd());
      const index = at % bytes.length;
      const old = bytes[index] ?? 0;
      bytes[index] = old ^ (1 << bit);
      writeFileSync(path.join(folder, `${name}.json`), bytes);
      const read = await readRecord(folder, name, { key, runId: id });
      // A letter of the mark in capitals is the same mark.
      const same = bit === 5 && /[a-f]/.test(String.fromCharCode(old)) && read !== null;
      expect(same || read === null).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('a foreign process with a recorded pid is neither waited for nor signalled', async () => {
  const foreign = { ...strangerIdentity(), startTime: '1' };
  put('host', seal(key, 'host', { runId: id, host: foreign }));
  put('step', seal(key, 'step', stepRecord({ tool: foreign })));
  expect(await unknown()).toContain('nobody saw');
  expect(isAlive(strangerIdentity())).toBe(true);
  // The control: with its own start time it would have been taken for the run's.
  put('step', seal(key, 'step', stepRecord({ tool: strangerIdentity() })));
  const again = await reattach();
  expect(again.running).toBe(true);
  again.detach();
});

test('a forged identity is neither waited for nor signalled', async () => {
  put('step', seal(otherKey, 'step', stepRecord({ tool: strangerIdentity() })));
  expect(await unknown()).toBe('the record of its tool is damaged or not ours');
  expect(isAlive(strangerIdentity())).toBe(true);
});

test('a pid that stands for a group is no identity, even with our mark', async () => {
  for (const pid of [1, 0, -1, -strangerIdentity().pid])
    expect(
      await (async () => {
        put('step', seal(key, 'step', stepRecord({ tool: { ...strangerIdentity(), pid } })));
        return unknown();
      })(),
    ).toContain('not ours');
});

test('after a reboot nothing of before is at work, whatever pids say', async () => {
  const before = { ...strangerIdentity(), bootId: '00000000-0000-0000-0000-000000000000' };
  put('host', seal(key, 'host', { runId: id, host: before }));
  put('step', seal(key, 'step', stepRecord({ tool: before })));
  writeFileSync(path.join(folder, 'logs/03-apply.out'), 'last words of hunter2\n');
  const again = await reattach();
  expect(again.running).toBe(false);
  expect(await again.ending).toEqual({
    kind: 'unknown',
    because: 'the machine was started again while its tool was at work',
    text: 'last words of ***\n',
  });
  expect(isAlive(strangerIdentity())).toBe(true);
});

test('what a dead host did not bring into the log is there when the folder goes', async () => {
  const kept = temporaryFolder('kept');
  mkdirSync(path.join(kept, id));
  put('step', seal(key, 'step', stepRecord({ tool: null })));
  writeFileSync(path.join(kept, id, '03-apply.log'), 'first words\n');
  writeFileSync(path.join(folder, 'logs/03-apply.out'), 'first words\nlast words of hunter2, a swordfish\n');
  const again = await reattach(kept);
  await again.ending;
  await again.dispose();
  expect(existsSync(folder)).toBe(false);
  expect(readFileSync(path.join(kept, id, '03-apply.log'), 'utf8')).toBe(
    'first words\nlast words of ***, a ***\n',
  );
});

test('an intent without a tool is unknown: it may have been started', async () => {
  put('step', seal(key, 'step', stepRecord({ tool: null })));
  expect(await unknown()).toBe('its host ended while the tool was being started');
});

test('a run that came to no step that mutates has not started', async () => {
  put('host', seal(key, 'host', { runId: id, host: gone }));
  expect(await (await reattach()).ending).toEqual({ kind: 'not-started' });
});

test('the room for the exit record is there before the tool starts, and written in place', async () => {
  const record = await reserveRecord(folder, 'exit');
  const file = path.join(folder, 'exit.json.new');
  expect(readFileSync(file)).toHaveLength(4096);
  expect(await readRecord(folder, 'exit', { key, runId: id })).toBeNull();
  await record.write(seal(key, 'exit', exitRecord()));
  expect(readFileSync(path.join(folder, 'exit.json'))).toHaveLength(4096);
  expect(await readRecord(folder, 'exit', { key, runId: id })).toEqual(exitRecord());
});
