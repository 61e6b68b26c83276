import { spawn } from 'node:child_process';
import { createSystemClock } from '../../src/clock/system.ts';
import { claimDataFolder } from '../../src/store/data-folder.ts';

/**
 * Claims the folder it is given and keeps it until it is killed, as a server does. It leaves a tool behind that outlives it, and
 * throws garbage away, which must not let the folder go.
 */
const clock = createSystemClock();
await claimDataFolder(process.argv[2] ?? '', { clock, waitMs: 0, onWait: () => {} });
const tool = spawn('sleep', ['60'], { detached: true, stdio: 'inherit' });
for (let turn = 0; turn < 5; turn += 1) {
  await clock.sleep(10);
  if (globalThis.gc === undefined) throw new Error('start this with --expose-gc');
  globalThis.gc();
}
process.stdout.write(`${tool.pid}\n`);
await clock.sleep(60_000);
