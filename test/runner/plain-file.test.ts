import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readPlainFile } from '../../src/runner/plain-file.ts';
import { terraformLocalState } from '../../src/runner/read/terraform-state.ts';
import { temporaryFolder } from '../support/leftovers.ts';

test('what a tool wrote is read, what it only points to is not', async () => {
  const folder = temporaryFolder();
  const outside = temporaryFolder('outside');
  writeFileSync(path.join(outside, 'file'), 'secret');
  mkdirSync(path.join(folder, 'real'));
  writeFileSync(path.join(folder, 'real', 'file'), 'own');
  symlinkSync(outside, path.join(folder, 'linked'));
  symlinkSync(path.join(outside, 'file'), path.join(folder, 'link'));
  symlinkSync('link', path.join(folder, 'loop'));
  mkdirSync(path.join(folder, 'folder'));
  execFileSync('mkfifo', [path.join(folder, 'pipe')]);
  expect((await readPlainFile(folder, 'real', 'file'))?.toString()).toBe('own');
  for (const names of [
    ['linked', 'file'],
    ['link'],
    ['loop'],
    ['pipe'],
    ['folder'],
    ['missing'],
    ['link', 'x'],
  ])
    expect(await readPlainFile(folder, ...names)).toBeNull();
});

test('the word of a file of the server is never taken for a workspace, and told to people', async () => {
  const project = temporaryFolder();
  const outside = temporaryFolder('outside');
  writeFileSync(path.join(outside, 'environment'), 'the-key-of-the-app');
  symlinkSync(outside, path.join(project, '.terraform'));
  expect(await terraformLocalState(project, 'default')).toBe(path.join(project, 'terraform.tfstate'));
});
