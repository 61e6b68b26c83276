import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { temporaryFolder } from '../support/leftovers.ts';

const child = fileURLToPath(new URL('./recording-child.ts', import.meta.url));

/** Runs the recording process until it has acknowledged `enough` deliveries, then ends it with SIGKILL. */
const recordAndKill = async (path: string, enough: number): Promise<readonly string[]> => {
  const recording = spawn(process.execPath, [child, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(recording, 'exit');
  let text = '';
  let lines = 0;
  try {
    for await (const chunk of recording.stdout) {
      text += String(chunk);
      lines = text.split('\n').length - 1;
      if (lines >= enough) recording.kill('SIGKILL');
    }
  } finally {
    recording.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  // The last line may be half of one.
  return text.split('\n').slice(0, -1);
};

test('what was acknowledged is there after SIGKILL, three times over', async () => {
  const path = join(temporaryFolder('crash'), 'tidegate.db');
  const acknowledged: string[] = [];
  for (const enough of [50, 400, 900]) acknowledged.push(...(await recordAndKill(path, enough)));
  expect(acknowledged.length).toBeGreaterThanOrEqual(1_350);
  const store = await openSqliteStore({ path, clock: createSystemClock() });
  const kept = new Set((await store.deliveries.pending(1_000_000)).map((delivery) => delivery.id));
  await store.close();
  expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
});
