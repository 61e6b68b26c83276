import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serveStory } from '../support/served.ts';
import { ask } from './pages-world.ts';

test('without a terminal the link of a start is in a file of our user alone, in no line that is printed, and good until the end', async () => {
  await using served = await serveStory();
  const file = join(served.story.folder, 'data', 'pages-link');
  await served.server().said('pages-link; it is good until this server ends');
  const link = readFileSync(file, 'utf8').trim();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const token = new URL(link).searchParams.get('token') ?? '';
  expect(token.length).toBeGreaterThan(40);
  expect(served.server().text()).not.toContain(token);
  expect((await ask(link)).status).toBe(303);
  const first = served.server();
  await served.startAgain();
  expect(first.text()).not.toContain(token);
  await served.server().said('pages-link; it is good until this server ends');
  const next = readFileSync(file, 'utf8').trim();
  const { origin } = new URL(next);
  expect(new URL(next).searchParams.get('token')).not.toBe(token);
  expect((await ask(`${origin}/?token=${token}`)).status).toBe(401);
  const server = served.server();
  server.signal('SIGTERM');
  await server.ended;
  expect(existsSync(file)).toBe(false);
});
