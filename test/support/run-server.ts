/**
 * A server that is going to be killed: opens a session, runs one step in it and says on standard output what became of that.
 * Its one argument is JSON, see `Order`.
 */
import { createSystemClock } from '../../src/clock/system.ts';
import { runId } from '../../src/domain/ids.ts';
import { root } from '../../src/domain/repo-path.ts';
import { noIsolation } from '../../src/sandbox/local/isolation/isolation.ts';
import { createLocalSandbox } from '../../src/sandbox/local/sandbox.ts';
import { programs } from './server-programs.ts';

export interface Order {
  readonly folder: string;
  readonly checkout: string;
  readonly path: string;
  readonly runId: string;
  readonly argv: readonly [string, ...string[]];
  readonly mutates: boolean;
  /** Values that only this run knows. */
  readonly secrets: readonly string[];
}

const order: Order = JSON.parse(process.argv[2] ?? '');
const sandbox = createLocalSandbox({
  isolation: noIsolation,
  programs,
  folder: order.folder,
  environment: { plan: {}, apply: {} },
  path: order.path,
  mask: (text) => text,
  secrets: () => ['hunter2'],
  runKey: () => Buffer.alloc(32, 7),
  clock: createSystemClock(),
});
const session = await sandbox.open({
  runId: runId(order.runId),
  verb: order.mutates ? 'apply' : 'plan',
  checkout: order.checkout,
  dir: root,
  env: {},
});
const result = await session.run(
  {
    name: 'work',
    argv: order.argv,
    output: 'log',
    timeoutMs: 600_000,
    environment: {},
    mutates: order.mutates,
  },
  { secrets: order.secrets },
);
process.stdout.write(JSON.stringify({ ended: result.ended, exitCode: result.exitCode, text: result.text }));
await session.dispose();
