import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { type ServerProcess, startServerProcess } from '../bench/server-process.ts';
import { eventually, open, push, row } from '../support/acts.ts';
import { localBackend, tellStory } from '../support/story.ts';

const resource = (input: string) => `resource "terraform_data" "it" {\n  input = "${input}"\n}\n`;
const files = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': resource('small'),
});

/** What a disk that is full does to every write, done by the kernel to this one process (setrlimit(2), RLIMIT_FSIZE). */
const letGrow = (server: ServerProcess, bytes: '0' | 'unlimited'): void => {
  execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${bytes}:unlimited`]);
};

test('a real server that can write no byte: 503, no row, alive; with room again it works on', {
  tags: ['long'],
}, async () => {
  const servers: ServerProcess[] = [];
  await using story = await tellStory({
    files,
    launch: async (environment) => {
      const server = await startServerProcess({ environment });
      servers.push(server);
      return server;
    },
  });
  const [server] = servers;
  if (server === undefined) throw new Error('it did not start');
  letGrow(server, '0');
  await open(story, 'change', { 'network/main.tf': resource('large') });
  const { hub } = story.world;
  await hub.settled();
  const sent = hub.deliveries().filter(({ event }) => event === 'pull_request');
  expect(sent.map(({ statusCode }) => statusCode)).toEqual([503]);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);

  letGrow(server, 'unlimited');
  // A write that was refused is remembered for a few seconds, whatever the file system says.
  const isReady = () =>
    eventually(async () => expect((await fetch(`${server.url}/readyz`)).status).toBe(200));
  await isReady();
  const database = new DatabaseSync(path.join(story.folder, 'data', 'tidegate.db'), { readOnly: true });
  try {
    const known = database.prepare('select id from deliveries').all();
    expect(known.map((each) => each['id'])).not.toContain(sent[0]?.guid);
  } finally {
    database.close();
  }
  await push(story, 'change', { 'network/main.tf': resource('larger') });
  await eventually(async () => expect(await row(story, 1, 'network')).toContain('| planned |'));
});

test('below the floor of the operator file webhooks are refused unread, and `/readyz` says why', async () => {
  await using story = await tellStory({
    files,
    operator: 'free_space_floor: 999999GB\n',
    logLevel: 'silent',
  });
  const { hub, app } = story.world;
  await open(story, 'change', { 'network/main.tf': resource('large') });
  await hub.settled();
  const codes = hub.deliveries().flatMap(({ event, statusCode }) => (event === 'ping' ? [] : [statusCode]));
  expect(new Set(codes)).toEqual(new Set([503]));
  const ready = await fetch(`${app.url}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([503, 'not ready: the disk of the data folder is full']);
  expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
  expect(await story.board(1)).toBeNull();
});
