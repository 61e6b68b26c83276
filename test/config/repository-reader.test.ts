import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { parseRepositoryFile } from '../../src/config/repository-file.ts';
import {
  createRepositoryFiles,
  type RepositoryFiles,
  type RepositoryFilesOptions,
} from '../../src/config/repository-reader.ts';

const open: RepositoryFiles[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
const filesWith = (options: Partial<RepositoryFilesOptions> = {}): RepositoryFiles => {
  const files = createRepositoryFiles({ clock: createSystemClock(), ...options });
  open.push(files);
  return files;
};

const valid = `version: 1\nprojects:\n${Array.from(
  { length: 150 },
  (_, at) =>
    `  - dir: stacks/${at}\n    when_modified: ["**/*.tf", "!**/*.md"]\n    requirements: [approved]\n`,
).join('')}`;
const wrong = valid.replace('dir: stacks/77\n', 'dir: ../up\n');
const misnamed = valid.replace('dir: stacks/77\n', 'dri: stacks/77\n');
/** As slow as a text can be made: every character is an error. */
const bomb = ']'.repeat(256 * 1024);

/** How often the event loop comes round while that is under way. */
const turnsDuring = async (work: Promise<unknown>): Promise<number> => {
  let turns = 0;
  let isOver = false;
  void work.finally(() => {
    isOver = true;
  });
  for (; !isOver; turns += 1) await nextTurn();
  return turns;
};

describe('a repository file of strangers', () => {
  it.each([
    ['short and right', 'version: 1\nprojects: [{dir: a}]\n'],
    ['short and wrong', 'version: 2\n'],
    ['long and right', valid],
    ['long, with a folder that is refused', wrong],
    ['long, with a key that there is not', misnamed],
    ['no YAML', `${valid}\n  - [`],
  ])('%s: read as it always is, by its name, as often as it is asked for', async (_what, text) => {
    const files = filesWith({ limitMs: 600_000 });
    for (const name of ['tidegate.yaml', 'tidegate.yaml (the base branch)', 'tidegate.yaml']) {
      const [read, plain] = [await files.read(text, name), parseRepositoryFile(text, name)];
      if ('problem' in plain) expect(read).toEqual(plain);
      else if ('problem' in read) expect.unreachable(read.problem.sentence);
      else {
        expect(read.value.projects).toEqual(plain.value.projects);
        expect(read.value.discovery.ignores('a')).toBe(false);
      }
    }
  });

  it('that takes long leaves the server its time', { tags: ['long'] }, async () => {
    const files = filesWith({ limitMs: 600_000 });
    const reading = files.read(bomb, 'tidegate.yaml');
    expect(await turnsDuring(reading)).toBeGreaterThan(1_000);
    expect(await reading).toMatchObject({ problem: { code: 'config-invalid' } });
  });

  it('that takes too long is refused, and so is the next one like it', async () => {
    const system = createSystemClock();
    const limitMs = 1_234;
    // Its time is over a little after it has begun.
    const sleep = (ms: number, signal?: AbortSignal) => system.sleep(ms === limitMs ? 5 : ms, signal);
    const files = filesWith({ clock: { ...system, sleep }, limitMs });
    const both = [files.read(bomb, 'tidegate.yaml'), files.read(`#\n${bomb.slice(2)}`, 'tidegate.yaml')];
    for (const read of await Promise.all(both))
      expect(read).toMatchObject({
        problem: {
          code: 'config-invalid',
          sentence: 'tidegate.yaml, line 1, column 1: It takes longer than 1.234 s to be read.',
        },
      });
  });

  it('that took too long once is read another time', async () => {
    const system = createSystemClock();
    const limitMs = 601_234;
    let isBusy = true;
    const sleep = (ms: number, signal?: AbortSignal) =>
      system.sleep(ms === limitMs && isBusy ? 0 : ms, signal);
    const files = filesWith({ clock: { ...system, sleep }, limitMs });
    expect(await files.read(`${valid}#${'#'.repeat(200_000)}\n`, 'tidegate.yaml')).toHaveProperty('problem');
    isBusy = false;
    expect(await files.read(`${valid}#${'#'.repeat(200_000)}\n`, 'tidegate.yaml')).toHaveProperty('value');
  });

  it('that takes much memory is refused, and the next one is read', async () => {
    const files = filesWith({ limitMs: 600_000 });
    // Whether the process ends of it is a matter of its memory; the server is not.
    const said: unknown[] = [];
    for (const text of [bomb, '"'.repeat(256 * 1024)]) said.push(await files.read(text, 'tidegate.yaml'));
    for (const one of said) expect(one).toMatchObject({ problem: { code: 'config-invalid' } });
    expect(await files.read(valid, 'tidegate.yaml')).toHaveProperty('value');
  });

  it('ends with its reader', async () => {
    const files = filesWith({ limitMs: 600_000 });
    const reading = files.read(bomb, 'tidegate.yaml');
    await nextTurn();
    await files.close();
    expect(await reading).toMatchObject({ problem: { code: 'config-invalid' } });
  });
});
