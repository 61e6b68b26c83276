/**
 * Runs before each test file (vitest.config.ts, `setupFiles`). A file that leaves a process, a
 * listening socket or a folder behind fails, with what was left by name; the next file and the
 * machine stay clean all the same.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { endFile } from './end-of-file.ts';
import { findProcesses, identity, stopProcesses } from './processes.ts';

// Short on purpose: the path of a Unix socket may not be longer than 107 bytes.
const prefix = 'tidegate-test-';

// The file gets a temp folder of its own, so that whatever anybody makes under `os.tmpdir()`, our
// code and the tools it starts included, is seen at the end.
// A file of which no test is wanted has no hooks either: what it was given is still there when the next one begins.
const given = /^(\d+):(.*)$/s.exec(process.env['TIDEGATE_TEST_BASE'] ?? '');
const base = given?.[1] === String(process.pid) ? (given[2] ?? os.tmpdir()) : os.tmpdir();
if (base !== os.tmpdir()) rmSync(os.tmpdir(), { recursive: true, force: true });
process.env['TIDEGATE_TEST_BASE'] = `${process.pid}:${base}`;
const root = mkdtempSync(path.join(base, prefix));
process.env['TMPDIR'] = root;
// Children inherit this mark, and so do theirs, even when they start a session of their own.
const mark = `TIDEGATE_TEST_ROOT=${root}`;
process.env['TIDEGATE_TEST_ROOT'] = root;

const before = new Set(findProcesses({ ancestor: process.pid, root, mark }).map(identity));
const listening = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length;
const listeningBefore = listening();

// `made` lives on disk, not in this module, for a test file and the setup need not share modules.
const made = path.join(root, 'made');
mkdirSync(made);

/**
 * A new empty folder that is removed when the test file has ended; nobody else need remove it.
 * @param name what it is for, a few plain characters; it becomes part of the folder's name
 */
export const temporaryFolder = (name = 'folder'): string =>
  mkdtempSync(path.join(os.tmpdir(), 'made', `${name}-`));

// Registered first, so that it runs last: after the hooks of the test file itself.
afterAll(async () => {
  const complaints: string[] = [];
  await endFile();
  const isNew = () =>
    findProcesses({ ancestor: process.pid, root, mark }).filter((found) => !before.has(identity(found)));
  for (const left of await stopProcesses(isNew)) {
    complaints.push(`process ${left.pid}: ${left.command}`);
  }
  // A closed server stays listed for two turns of the event loop after its callback.
  for (let turn = 0; turn < 20 && listening() > listeningBefore; turn += 1)
    await new Promise((resolve) => setImmediate(resolve));
  const servers = listening() - listeningBefore;
  if (servers > 0) complaints.push(`${servers} listening TCP server(s) in the test process`);
  for (const name of readdirSync(root)) {
    if (name !== 'made') complaints.push(`temp file or folder: ${path.join(root, name)}`);
  }
  // Retries: a process that was just stopped may have written its last file a moment ago.
  rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  process.env['TMPDIR'] = base;
  if (complaints.length > 0) {
    throw new Error(
      `This test file left something behind. Stop or remove it in an afterEach, or make folders with temporaryFolder():\n- ${complaints.join('\n- ')}`,
    );
  }
});
