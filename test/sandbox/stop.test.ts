import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { createStop } from '../../src/sandbox/local/host/stop.ts';

/** A group of its own that hears no SIGINT; `ended` is the signal that ended it, null while nothing did. */
const deaf = async () => {
  const child = spawn('sh', ['-c', 'trap "" INT; echo here; while :; do sleep 0.05; done'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('sh did not start');
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-pid, 'SIGKILL');
    await once(child, 'exit');
  });
  await once(child.stdout, 'data');
  return { pid, ended: () => child.signalCode, over: () => once(child, 'exit') };
};

const stopping = (graceMs: number) => {
  const { clock, advance } = createVirtualClock(0);
  const stop = createStop({
    step: { mutates: false, timeoutMs: 3_600_000 },
    clock,
    graceMs,
    idleMs: 3_600_000,
    lastOutput: () => 0,
    onTrouble: () => undefined,
  });
  onTestFinished(() => stop.end());
  return { advance, stop };
};

test('what puts a wall up is not killed while it does, however short the grace: what is behind would live on', async () => {
  const { advance, stop } = stopping(0);
  const wall = await deaf();
  stop.spawned(wall.pid);
  stop.interrupt('cancelled');
  await advance(4_900);
  await nextTurn();
  expect(wall.ended()).toBeNull();
  // It is up, and the tool is told of what was asked before.
  const tool = await deaf();
  stop.started(tool.pid, tool.pid);
  const over = Promise.all([tool.over(), wall.over()]);
  await advance(1);
  await over;
  expect([tool.ended(), wall.ended()]).toEqual(['SIGKILL', 'SIGKILL']);
});

test('a wall that never comes up is killed all the same', async () => {
  const { advance, stop } = stopping(0);
  const wall = await deaf();
  stop.interrupt('cancelled');
  stop.spawned(wall.pid);
  const over = wall.over();
  await advance(5_100);
  await over;
  expect(wall.ended()).toBe('SIGKILL');
});

test('the shortest grace that was asked for counts', async () => {
  const { advance, stop } = stopping(3_600_000);
  const tool = await deaf();
  stop.spawned(tool.pid);
  stop.started(tool.pid, tool.pid);
  stop.interrupt('cancelled');
  await advance(60_000);
  await nextTurn();
  expect(tool.ended()).toBeNull();
  stop.interrupt('cancelled', 100);
  const over = tool.over();
  await advance(200);
  await over;
  expect(tool.ended()).toBe('SIGKILL');
});
