import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readSettings, startApp } from '../../src/app.ts';
import { createOutbox } from '../../src/flow/outbox/outbox.ts';
import { wantBoard } from '../../src/flow/report.ts';
import { batch, project, run } from '../store/samples.ts';
import { open, row } from '../support/acts.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { startMain } from '../support/main-process.ts';
import { createMemoryWorld, refOf, repo } from '../support/memory-world.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const resource = (input: string) => `resource "terraform_data" "it" {\n  input = "${input}"\n}\n`;
const files = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': resource('small'),
});

const root = fileURLToPath(new URL('../..', import.meta.url));
const verifier = /```js audit\n([\s\S]*?)```/.exec(readFileSync(`${root}README.md`, 'utf8'))?.[1] ?? '';

/** The story, and the environment of its server. */
const tell = async () => {
  let environment: Readonly<Record<string, string | undefined>> = {};
  const story = await tellStory({
    files,
    logLevel: 'silent',
    launch: async (given) => {
      environment = given;
      const read = await readSettings(given, { folder: '/', home: '/', warn: () => undefined });
      if ('problems' in read) throw new Error('the settings of the story are wrong');
      return startApp(read.config, read.secrets, given);
    },
  });
  return { story, environment };
};
type Environment = Awaited<ReturnType<typeof tell>>['environment'];

const audit = async (environment: Environment, ...args: readonly string[]) => {
  const child = startMain(['audit', ...args], environment, '/');
  return { code: await child.ended, text: child.text() };
};

/** The last line of each `tidegate/apply` check as it stands on GitHub. */
const headsOf = ({ world }: Story): readonly string[] =>
  [...world.hub.repo(world.repository).checkRuns.values()]
    .filter(({ name }) => name === 'tidegate/apply')
    .map(({ output }) => output.summary?.split('\n').at(-1) ?? '');

test('every check of an apply carries a head, and the trail holds each of them', {
  tags: ['long'],
  timeout: 120_000,
}, async () => {
  const { story, environment } = await tell();
  await using _ = story;
  const database = path.join(story.folder, 'data', 'tidegate.db');
  await open(story, 'change', { 'network/main.tf': resource('large') });
  await story.settled();
  const planned = headsOf(story);
  await story.ada.comment(1, '/apply');
  await story.settled();
  expect(await row(story, 1, 'network')).toContain('| ✓ applied |');
  const applied = headsOf(story);
  for (const line of [...planned, ...applied])
    expect(line).toMatch(/^Audit head: `\d+\.[0-9a-f]{64}\.[0-9a-f]{64}`$/);
  expect(applied).not.toEqual(planned);
  const [head = ''] = applied;

  // Beside the server.
  for (const line of [...planned, ...applied]) {
    const { code, text } = await audit(environment, 'verify', '--head', line);
    expect([code, text]).toEqual([
      0,
      expect.stringMatching(
        /^The audit trail is whole: \d+ events from 20\S+Z to 20\S+Z\. It holds the given head\. Head: \d+\.[0-9a-f.]+\n$/,
      ),
    ]);
  }

  // Without it, from the export alone, by what README says.
  await story.world.app.stop();
  const folder = temporaryFolder('export');
  const { code, text } = await audit(environment, 'export');
  expect(code).toBe(0);
  writeFileSync(path.join(folder, 'audit.jsonl'), text);
  writeFileSync(path.join(folder, 'verifier.mjs'), verifier);
  const again = () =>
    execFileSync(process.execPath, ['verifier.mjs'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  const events = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_one, index) => index + 1));
  expect(again()).toBe(`${events.length}.${events.at(-1).hash}\n`);
  const [number, hash] = head.replace('Audit head: `', '').split('.');
  expect(events[Number(number) - 1].hash).toBe(hash);
  // The check that says what came of the apply was sent after the event that says so.
  const kinds = events.slice(0, Number(number)).map(({ kind }) => kind);
  expect(kinds).toEqual(expect.arrayContaining(['apply.allowed', 'apply.applied']));
  writeFileSync(
    path.join(folder, 'audit.jsonl'),
    text.replace('"kind":"apply.allowed"', '"kind":"apply.refused"'),
  );
  expect(again).toThrow('is not what was written');

  const rows = new DatabaseSync(database);
  rows.exec("update audit_events set actor = 'mallory' where kind = 'apply.allowed'");
  rows.close();
  const edited = await audit(environment, 'verify');
  const place = events.findIndex(({ kind }) => kind === 'apply.allowed') + 1;
  expect(edited).toEqual({
    code: 1,
    text: expect.stringContaining(`The audit trail is broken at row ${place} (edited): `),
  });
});

test('a trail that was cut with its head moved back is found by the line of a check', {
  tags: ['long'],
  timeout: 120_000,
}, async () => {
  const { story, environment } = await tell();
  await using _ = story;
  const database = path.join(story.folder, 'data', 'tidegate.db');
  await open(story, 'change', { 'network/main.tf': resource('large') });
  await story.settled();
  const [older = ''] = headsOf(story);
  await story.ada.comment(1, '/apply');
  await story.settled();
  // A slow apply is told of meanwhile, by a check of its own.
  const newer = headsOf(story).at(-1) ?? '';
  await story.world.app.stop();
  const [seq = '', hash = '', signature = ''] = older.replaceAll(/^Audit head: `|`$/g, '').split('.');
  const rows = new DatabaseSync(database);
  rows.prepare('delete from audit_events where seq > ?').run(Number(seq));
  rows.prepare('update audit_head set seq = ?, hash = ?, signature = ?').run(Number(seq), hash, signature);
  rows.close();
  expect(await audit(environment, 'verify')).toMatchObject({ code: 0 });
  expect(await audit(environment, 'verify', '--head', older)).toMatchObject({ code: 0 });
  expect(await audit(environment, 'verify', '--head', newer)).toEqual({
    code: 1,
    text: expect.stringMatching(
      /^The audit trail is broken at row \d+ \(cut\): it ends at row \d+, and does not hold the given head\.\n$/,
    ),
  });
});

test('a trail that another key signed is ours again once somebody names a head that GitHub has', {
  tags: ['long'],
  timeout: 120_000,
}, async () => {
  const { story, environment } = await tell();
  await using _ = story;
  await open(story, 'change', { 'network/main.tf': resource('large') });
  await story.settled();
  const [head = ''] = headsOf(story);
  const renewed = { ...environment, TIDEGATE_SECRET_KEY: Buffer.alloc(32, 9).toString('base64') };
  const beside = await audit(renewed, 'sign', '--head', head);
  expect(beside).toEqual({
    code: 1,
    text: expect.stringContaining('Another Tidegate works on the data folder'),
  });
  await story.world.app.stop();
  expect(await audit(renewed, 'verify')).toEqual({
    code: 1,
    text: expect.stringContaining('(signature): '),
  });
  const other = await audit(renewed, 'sign', '--head', 'a'.repeat(64));
  expect(other).toEqual({ code: 1, text: expect.stringContaining('(cut): ') });
  expect(await audit(renewed, 'verify')).toMatchObject({ code: 1 });

  expect(await audit(renewed, 'sign', '--head', head)).toEqual({
    code: 0,
    text: expect.stringContaining('It holds the given head.'),
  });
  expect(await audit(renewed, 'sign', '--head', head)).toEqual({
    code: 0,
    text: expect.stringContaining('nothing was changed'),
  });
  expect(await audit(renewed, 'verify', '--head', head)).toMatchObject({ code: 0 });
  expect(await audit(environment, 'verify')).toMatchObject({ code: 1 });
  const last = (await audit(renewed, 'export')).text.trimEnd().split('\n').at(-1) ?? '';
  const [, given] = head.split('.');
  expect(JSON.parse(last)).toMatchObject({ kind: 'audit.signed', facts: { given } });

  // Who edits first finds no signature for it.
  const rows = new DatabaseSync(path.join(story.folder, 'data', 'tidegate.db'));
  rows.exec("update audit_events set actor = 'mallory' where seq = 1");
  rows.close();
  expect(await audit(environment, 'sign', '--head', head)).toEqual({
    code: 1,
    text: expect.stringContaining('broken at row 1 (edited)'),
  });
});

const isWrong = async (line: string): Promise<void> => {
  const child = startMain(line.split(' '), { PATH: process.env['PATH'] }, '/');
  expect(await child.ended).toBe(2);
  expect(child.text()).toContain('`tidegate audit --help` says what it takes.');
};

test('`audit look` is wrong use', () => isWrong('audit look'));

// Each is a process of its own.
test.each([
  'audit',
  'audit verify --head 12',
  'audit verify now',
  'audit sign',
  `audit export --head ${'a'.repeat(64)}`,
])('`%s` is wrong use', { tags: ['long'] }, isWrong);

test('settings that are wrong are told, a key is never made, and a reader may leave early', {
  tags: ['long'],
  timeout: 60_000,
}, async () => {
  const { story, environment } = await tell();
  await using _ = story;
  const without = await audit({ ...environment, APP_ID: undefined }, 'verify');
  expect(without).toEqual({ code: 2, text: expect.stringContaining('`APP_ID`') });
  const home = temporaryFolder('home');
  const keyless = await audit({ ...environment, TIDEGATE_SECRET_KEY: undefined, HOME: home }, 'verify');
  expect(keyless).toEqual({
    code: 2,
    text: expect.stringContaining('There is no key of this installation'),
  });
  const other = await audit(
    { ...environment, TIDEGATE_SECRET_KEY: Buffer.alloc(32, 9).toString('base64') },
    'verify',
  );
  expect(other).toEqual({ code: 1, text: expect.stringContaining('(signature): ') });
  const elsewhere = await audit({ ...environment, TIDEGATE_DATA_DIR: home }, 'export');
  expect(elsewhere).toEqual({ code: 1, text: expect.stringContaining('There is no database') });

  await open(story, 'change', { 'network/main.tf': resource('large') });
  await story.settled();
  const reader = spawn(process.execPath, [`${root}src/main.ts`, 'audit', 'export'], {
    env: environment,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  reader.stdout.destroy();
  expect(await once(reader, 'close')).toEqual([0, null]);
});

test('a row that is added sends no check again, and the next words carry it', async () => {
  const w = await createMemoryWorld({ main: { 'readme.md': 'one' } });
  await w.road.stop();
  const { store, clock } = w.ports;
  const pull = w.open(12, { 'readme.md': 'two' });
  const asked = batch({ headSha: pull.head.sha, affected: [project('network')], createdAt: clock.now() });
  await store.batches.add(asked);
  const sent: string[] = [];
  const outbox = createOutbox({
    ...w.ports,
    forge: {
      ...w.forge.forge,
      upsertCheck: (to, check) => {
        if (check.name === 'tidegate/apply') sent.push(check.summary);
        else expect(check.summary).not.toContain('Audit head');
        return w.forge.forge.upsertCheck(to, check);
      },
    },
  });
  await outbox.start();
  const want = async () => {
    await store.audit.append({
      at: 1,
      kind: 'x',
      actor: null,
      repositoryId: repo.id,
      pullNumber: 12,
      runId: null,
      facts: {},
    });
    await wantBoard(w.ports, refOf(12));
    outbox.ring();
    await w.until(async () => (await store.reports.nextDue()) === null);
  };
  for (let times = 0; times < 5; times += 1) await want();
  expect(sent.map((summary) => /Audit head: `(\d+)\./.exec(summary)?.[1])).toEqual(['1']);
  await store.runs.add(run({ batchId: asked.id, headSha: pull.head.sha, project: project('network') }));
  const again = want();
  await w.advance(15_000);
  await again;
  expect(sent.map((summary) => /Audit head: `(\d+)\./.exec(summary)?.[1])).toEqual(['1', '6']);
  await outbox.stop();
  await w.close();
});
