import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { runId } from '../../src/domain/ids.ts';
import { wholeOf } from '../../src/domain/printed.ts';
import { root } from '../../src/domain/repo-path.ts';
import { createBareSandbox } from '../../src/sandbox/local/bare-sandbox.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { programs } from '../support/server-programs.ts';
import { step } from './place.ts';

/*
 * What the operator's command sees that says projects, which looks at trees that strangers wrote (decision 41).
 */

test.each(['bubblewrap', 'uid'] as const)('%s: it sees the trees and may change none', async (kind) => {
  const data = temporaryFolder('data');
  const bin = temporaryFolder('bin');
  chmodSync(bin, 0o755);
  // Folders of tests are closed to others.
  for (const folder of [path.dirname(data), path.dirname(path.dirname(data))]) chmodSync(folder, 0o711);
  writeFileSync(path.join(data, 'sentinel'), 'canary', { mode: 0o600 });
  let reached = 0;
  const server = createServer((socket) => {
    reached += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const sandbox = createBareSandbox({
    folder: path.join(data, 'generating'),
    dataFolder: data,
    path: `${bin}:${process.env['PATH'] ?? ''}`,
    programs,
    kind,
    limits: { processes: 2048, memoryBytes: 8e9, fileBytes: 1e9 },
    mask: (text) => text,
    runKey: () => Buffer.alloc(32, 7),
    clock: createSystemClock(),
  });
  const session = await sandbox.open({
    runId: runId('generate-1'),
    verb: 'plan',
    checkout: '/nonexistent',
    dir: root,
    env: {},
  });
  const tree = path.join(session.apart, 'trees', 'tree');
  mkdirSync(path.join(tree, 'live'), { recursive: true });
  writeFileSync(path.join(tree, 'live', 'stack.json'), 'of the tree\n');
  const program = path.join(bin, 'look');
  writeFileSync(
    program,
    `#!/bin/sh
cat "$1/live/stack.json"; ls -A .
{ cat ${data}/sentinel; echo x > "$1/live/stack.json"; echo x > "$1/new"; } 2>/dev/null
bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}' 2>/dev/null && echo reached || echo nobody
`,
  );
  chmodSync(program, 0o755);
  const looking = step(['look', tree], { apart: true, output: 'data' });
  const result = await session.run(looking);
  const out = (await wholeOf(result.data)).toString('utf8');
  expect(result).toMatchObject({ ended: 'exit', exitCode: 0 });
  // Nothing but bubblewrap can close the network here.
  const isClosed = kind === 'bubblewrap';
  expect(out).toBe(`of the tree\n${isClosed ? 'nobody' : 'reached'}\n`);
  expect(reached).toBe(isClosed ? 0 : 1);
  expect(readFileSync(path.join(tree, 'live', 'stack.json'), 'utf8')).toBe('of the tree\n');
  expect(existsSync(path.join(tree, 'new'))).toBe(false);
  await session.dispose();
  await sandbox.close();
});
