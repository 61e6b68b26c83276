/** A server that is going to be killed: one step of a plan, in a place that its one argument, a folder, holds. */
import path from 'node:path';
import { createSystemClock } from '../../src/clock/system.ts';
import { runId } from '../../src/domain/ids.ts';
import { root } from '../../src/domain/repo-path.ts';
import { chooseIsolation } from '../../src/sandbox/local/isolation/choose.ts';
import { createLocalSandbox } from '../../src/sandbox/local/sandbox.ts';
import { programs } from '../support/server-programs.ts';

const [, , data = '', timeoutMs = '', program = '', ...args] = process.argv;
const runs = path.join(data, 'runs');
const environment = { plan: {}, apply: {} };
const searchPath = `${path.join(data, 'bin')}:${path.join(data, 'closed', 'bin')}:/usr/bin:/bin`;
const chosen = await chooseIsolation({
  kind: 'bubblewrap',
  programs,
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  dataFolder: runs,
  runsFolder: runs,
  readOnly: { plan: [], apply: [] },
  providerMirror: null,
  passed: environment,
  network: { plan: true, apply: true },
  stateFolder: null,
  clock: createSystemClock(),
  limits: { processes: 64, memoryBytes: 256e6, fileBytes: 1e6 },
});
if ('refused' in chosen) throw new Error(chosen.refused);
const session = await createLocalSandbox({
  isolation: chosen.isolation,
  programs,
  folder: runs,
  environment,
  path: searchPath,
  mask: (text) => text,
  secrets: () => [],
  runKey: () => Buffer.alloc(32, 7),
  clock: createSystemClock(),
}).open({
  runId: runId('run_wall'),
  verb: 'plan',
  checkout: path.join(data, 'checkout'),
  dir: root,
  env: {},
});
const result = await session.run({
  name: 'one',
  argv: [program, ...args],
  output: 'log',
  timeoutMs: Number(timeoutMs),
  environment: {},
  mutates: false,
});
process.stdout.write(JSON.stringify({ ended: result.ended, exitCode: result.exitCode, text: result.text }));
await session.dispose();
process.exit(0);
