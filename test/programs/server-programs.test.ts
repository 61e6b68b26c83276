import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { UserError } from '../../src/domain/problem.ts';
import { findProgram } from '../../src/programs/find-program.ts';
import { findServerProgram, findServerPrograms } from '../../src/programs/server-programs.ts';
import { temporaryFolder } from '../support/leftovers.ts';

const put = (folder: string, name: string): string => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, name), '#!/bin/sh\n');
  chmodSync(path.join(folder, name), 0o755);
  return path.join(folder, name);
};
const refusedAt = (place: string) => ({
  refused: { code: 'program-untrusted', sentence: expect.stringContaining(`\`${place}\` can be written by`) },
});

it('is found by its absolute path, in the first folder that has it', async () => {
  const own = temporaryFolder('own');
  const file = put(path.join(own, 'bin'), 'git');
  put(path.join(own, 'later'), 'git');
  expect(await findServerProgram('git', `/nowhere:${own}/bin:${own}/later`)).toEqual({ file });
  expect(await findServerProgram('nowhere-to-be-found', own)).toBeNull();
});

it('is never looked for in the current folder', async () => {
  const own = temporaryFolder('own');
  put(own, 'git');
  expect(await findProgram('git', ':.:./', own)).toBeNull();
});

it('keeps its name where it is a link, as busybox needs; its folder is the real one', async () => {
  const own = temporaryFolder('own');
  put(path.join(own, 'store'), 'busybox');
  mkdirSync(path.join(own, 'bin'));
  symlinkSync('../store/busybox', path.join(own, 'bin', 'nohup'));
  symlinkSync('bin', path.join(own, 'profile'));
  expect(await findServerProgram('nohup', path.join(own, 'profile'))).toEqual({
    file: path.join(own, 'bin', 'nohup'),
  });
});

it.each([
  ['its folder', 'real/bin'],
  ['a folder above', 'real'],
  ['itself', 'real/bin/git'],
  ['the folder of a link to it', 'links'],
  ['the folder that a link in a link leads through', 'between'],
])('is refused where others may write to %s, and taken when they may not', async (_what, place) => {
  const own = temporaryFolder('own');
  const at = (name: string) => path.join(own, name);
  put(at('real/bin'), 'git');
  mkdirSync(at('links'));
  mkdirSync(at('between'));
  symlinkSync('../real/bin', at('between/way'));
  symlinkSync(at('between/way/git'), at('links/git'));
  chmodSync(at(place), 0o777);
  expect(await findServerProgram('git', at('links'))).toMatchObject(refusedAt(at(place)));
  // A later one is not taken instead: which one it is must not be for others to say.
  put(at('safe'), 'git');
  expect(await findServerProgram('git', `${at('links')}:${at('safe')}`)).toMatchObject(refusedAt(at(place)));
  await expect(findServerPrograms(`${at('links')}:/usr/bin`)).rejects.toThrow(UserError);
  // The twin: nobody else may write, and it is taken.
  chmodSync(at(place), 0o755);
  expect(await findServerProgram('git', at('links'))).toEqual({ file: at('links/git') });
});

it('a folder in which everybody may make files, but remove only their own, lets nobody exchange it', async () => {
  const own = temporaryFolder('own');
  const file = put(path.join(own, 'bin'), 'git');
  chmodSync(own, 0o1777);
  expect(await findServerProgram('git', path.join(own, 'bin'))).toEqual({ file });
});

it('is refused where somebody else owns it', async () => {
  const own = temporaryFolder('own');
  put(own, 'git');
  const somebodyElse = { uid: 4242, passwd: '', group: '', isWhole: true };
  const found = await findServerProgram('git', own, somebodyElse);
  if (process.getuid?.() === 0) expect(found).toEqual({ file: path.join(own, 'git') });
  else expect(found).toMatchObject({ refused: { code: 'program-untrusted' } });
});
