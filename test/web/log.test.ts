import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RunId } from '../../src/domain/ids.ts';
import type { RunState } from '../../src/domain/run.ts';
import { silentLog } from '../../src/observe/log.ts';
import type { StepFacts } from '../../src/sandbox/logs/port.ts';
import { addRun, ask, enter, type PagesWorld, servePages } from './pages-world.ts';

const repo = { id: 1, owner: 'acme', name: 'infra', installationId: 7 };

/** A run that goes on, and what its host would write. */
const running = async (state: RunState = 'running', options: Parameters<typeof servePages>[0] = {}) => {
  const world = await servePages(options);
  const cookie = await enter(world.pages);
  const { id } = await addRun(world.store, repo, { state, ...(state === 'running' ? { startedAt: 5 } : {}) });
  return { ...world, id, cookie, ...hostOf(world, id) };
};

const hostOf = ({ logs }: PagesWorld, id: RunId) => {
  mkdirSync(path.join(logs, id));
  const file = (number: number, name: string, ending: string) =>
    path.join(logs, id, `0${number}-${name}.${ending}`);
  return {
    print: (number: number, name: string, text: string | Buffer) =>
      appendFileSync(file(number, name, 'log'), text),
    facts: (number: number, name: string, end: StepFacts['end'] = null) =>
      writeFileSync(
        file(number, name, 'json'),
        JSON.stringify({ command: `tool ${name}`, startedAt: 1000, end } satisfies StepFacts),
      ),
  };
};
const well = { at: 3000, ended: 'exit', exitCode: 0 } as const;

interface Event {
  readonly kind: string;
  readonly id: string | null;
  readonly data: {
    readonly step?: number;
    readonly left?: number;
    readonly joins?: boolean;
    readonly lines?: readonly (readonly { readonly text: string }[])[];
  };
}

/** What a page gets that follows; as a browser reads it. */
const follow = (url: string, headers: Readonly<Record<string, string>>) => {
  const events: Event[] = [];
  let over = false;
  let status = 0;
  const asked = get(url, { headers }, (answer) => {
    status = answer.statusCode ?? 0;
    let rest = '';
    answer.setEncoding('utf8').on('data', (part: string) => {
      rest += part;
      const blocks = rest.split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? null;
        const data = field('data');
        if (data !== null)
          events.push({ kind: field('event') ?? '', id: field('id'), data: JSON.parse(data) });
      }
    });
    answer.on('close', () => {
      over = true;
    });
  });
  asked.on('error', () => {
    over = true;
  });
  onTestFinished(() => void asked.destroy());
  const text = () =>
    events
      .flatMap(({ data }) => data.lines ?? [])
      .map((line) => line.map((piece) => piece.text).join(''))
      .join('\n');
  return { events, text, over: () => over, status: () => status, leave: () => asked.destroy() };
};

test('a page that follows sees each line as it is printed, step after step, and when it is over', async () => {
  const { pages, id, cookie, print, facts, store } = await running();
  const seen = follow(`${pages.url}/runs/${id}/log`, { cookie });
  facts(1, 'init');
  print(1, 'init', 'one\n');
  await expect.poll(seen.text).toBe('one');
  print(1, 'init', 'two');
  await expect.poll(seen.text).toBe('one\ntwo');
  // Beside the first, and shown after it.
  facts(2, 'plan');
  print(2, 'plan', 'three\n');
  print(1, 'init', ' and a half\n');
  await expect.poll(() => seen.events.length).toBe(3);
  expect(seen.events[2]).toMatchObject({ id: '1:19', data: { step: 1, joins: true } });
  facts(1, 'init', well);
  await expect.poll(seen.text).toContain('three');
  facts(2, 'plan', well);
  expect(seen.over()).toBe(false);
  await store.runs.move(id, { kind: 'failed' }, 9);
  await expect.poll(() => seen.events.at(-1)?.kind).toBe('over');
  await expect.poll(seen.over).toBe(true);
});

test('a step that is over is shown to its end, though the next one has said something', async () => {
  const { pages, id, cookie, print, facts, store } = await running();
  const lines = Array.from({ length: 20_000 }, (_, at) => `line ${at}`);
  facts(1, 'plan', well);
  print(1, 'plan', `${lines.join('\n')}\n`);
  facts(2, 'show');
  print(2, 'show', 'a warning\n');
  const seen = follow(`${pages.url}/runs/${id}/log?at=1:0`, { cookie });
  await expect.poll(seen.text).toContain('a warning');
  expect(seen.text().split('\n')).toEqual([...lines, 'a warning']);
  await store.runs.move(id, { kind: 'failed' }, 9);
  await expect.poll(seen.over).toBe(true);
});

test('who was cut off goes on where it stopped: nothing twice, nothing lost', async () => {
  const { pages, id, cookie, print, facts, store } = await running();
  facts(1, 'init', well);
  print(1, 'init', 'a\nb\n');
  facts(2, 'plan');
  print(2, 'plan', 'c\nd');
  const page = await ask(`${pages.url}/runs/${id}`, { headers: { cookie } });
  expect(/data-follow="([^"]+)"/.exec(page.text)?.[1]).toBe(`/runs/${id}/log?at=2:3`);
  const first = follow(`${pages.url}/runs/${id}/log?at=1:2`, { cookie });
  await expect.poll(first.text).toBe('b\nc\nd');
  first.leave();
  const last = first.events.findLast(({ id: place }) => place !== null)?.id ?? '';
  expect(last).toBe('2:3');
  print(2, 'plan', 'd\ne\n');
  // What a browser says by itself counts more than the address it was given.
  const second = follow(`${pages.url}/runs/${id}/log?at=1:0`, { cookie, 'last-event-id': last });
  await expect.poll(second.text).toBe('d\ne');
  expect(second.events[0]?.data.joins).toBe(true);
  await store.runs.move(id, { kind: 'failed' }, 9);
  await expect.poll(() => second.events.at(-1)?.kind).toBe('over');
  for (const at of ['x', '1', '1:', '-1:0', '1:1:1', '99999:0'])
    expect([at, (await ask(`${pages.url}/runs/${id}/log?at=${at}`, { headers: { cookie } })).status]).toEqual(
      [at, 400],
    );
});

test('characters of several bytes, and colours, survive being cut', async () => {
  const { pages, id, cookie, print, facts } = await running();
  facts(1, 'plan');
  const wave = Buffer.from('🌊');
  print(1, 'plan', wave.subarray(0, 2));
  const seen = follow(`${pages.url}/runs/${id}/log`, { cookie });
  await expect.poll(seen.status).toBe(200);
  print(1, 'plan', Buffer.concat([wave.subarray(2), Buffer.from('\u001b[31mred\n')]));
  print(1, 'plan', 'still red\u001b[0m\n');
  await expect.poll(seen.text).toBe('🌊red\nstill red');
  expect(seen.events.at(-1)?.data.lines?.at(-1)).toEqual([{ look: 'ansi-red-fg', text: 'still red' }]);
});

test('a log of 200 MB is shown by its ends, followed at its end and sent whole, and the server stays small', {
  tags: ['long'],
}, async () => {
  const { pages, id, cookie, print, facts, store } = await running();
  facts(1, 'plan');
  const block = Buffer.from(`${'x'.repeat(99)}\n`.repeat(10_000));
  print(1, 'plan', 'the first line\n');
  for (let count = 0; count < 200; count += 1) print(1, 'plan', block);
  print(1, 'plan', 'the last line\n');
  const before = process.memoryUsage().rss;
  const page = await ask(`${pages.url}/runs/${id}`, { headers: { cookie } });
  expect(page.text.length).toBeLessThan(1_000_000);
  for (const words of ['the first line', 'the last line', 'bytes are not shown here'])
    expect(page.text).toContain(words);
  const seen = follow(`${pages.url}/runs/${id}/log`, { cookie });
  await expect.poll(seen.text).toContain('the last line');
  expect(seen.events[0]?.data.left).toBeGreaterThan(199_000_000);
  expect(seen.text().length).toBeLessThan(100_000);
  await store.runs.move(id, { kind: 'failed' }, 9);
  await expect.poll(seen.over).toBe(true);
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    get(`${pages.url}/runs/${id}/log.txt`, { headers: { cookie } }, (answer) => {
      answer.on('data', (part: Buffer) => {
        bytes += part.length;
      });
      answer.on('end', resolve);
    }).on('error', reject);
  });
  expect(bytes).toBe('$ tool plan\nthe first line\nthe last line\n\n'.length + 200 * block.length);
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
});

test('what is downloaded is a file, and nothing in it tells a terminal to do anything but colour', async () => {
  const { pages, id, cookie, print, facts } = await running('failed');
  facts(1, 'plan', well);
  print(1, 'plan', '\u001b]52;c;ZXZpbA==\u0007\u001b[2J\u001b[31m<script>\u001b[0m\n');
  const { text, headers } = await ask(`${pages.url}/runs/${id}/log.txt`, { headers: { cookie } });
  expect(text).toBe('$ tool plan\n\u001b[31m<script>\u001b[0m\n\n');
  expect(headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(headers['content-disposition']).toMatch(/^attachment; filename="plan-\w+\.log"$/);
});

test('who only asks for the head of what is followed, or leaves, takes nobody’s place', async () => {
  const { pages, id, cookie, print, facts } = await running();
  facts(1, 'plan');
  print(1, 'plan', 'one\n');
  const url = `${pages.url}/runs/${id}/log`;
  for (let count = 0; count < 250; count += 1)
    expect((await ask(url, { method: 'HEAD', headers: { cookie } })).status).toBe(200);
  const some = Array.from({ length: 200 }, () => follow(url, { cookie }));
  for (const one of some) await expect.poll(one.text, { timeout: 30_000 }).toBe('one');
  expect((await ask(url, { headers: { cookie } })).status).toBe(503);
  for (const one of some) one.leave();
  const last = () => follow(url, { cookie });
  await expect
    .poll(async () => {
      const one = last();
      await expect.poll(one.status).not.toBe(0);
      return one.status();
    })
    .toBe(200);
});

test('a server that stops ends what is followed, and does not wait for it', async () => {
  const warned: string[] = [];
  const log = { ...silentLog, warn: (words: string) => void warned.push(words) };
  const { pages, id, cookie, print, facts } = await running('running', { log });
  facts(1, 'plan');
  print(1, 'plan', 'one\n');
  const seen = follow(`${pages.url}/runs/${id}/log`, { cookie });
  await expect.poll(seen.text).toBe('one');
  await pages.stop();
  await expect.poll(seen.over).toBe(true);
  // That it had to cut something off.
  expect(warned).toEqual([]);
  expect(seen.events.at(-1)?.kind).toBe('lines');
});

test('of a run whose log is gone its last words are shown, and its steps and times of one that is there', async () => {
  const { pages, store, logs, cookie } = await running();
  const old = await addRun(store, repo, { state: 'failed', output: 'the last words' }, 'old');
  expect((await ask(`${pages.url}/runs/${old.id}`, { headers: { cookie } })).text).toContain(
    'the last words',
  );
  const { id } = await addRun(store, repo, { state: 'failed' }, 'new');
  const { facts, print } = hostOf({ logs } as PagesWorld, id);
  facts(1, 'init', well);
  print(1, 'init', 'words\n');
  facts(2, 'plan', { at: 65_000, ended: 'exit', exitCode: 1 });
  print(2, 'plan', 'more\n');
  facts(3, 'show');
  print(3, 'show', 'cut');
  const { text } = await ask(`${pages.url}/runs/${id}`, { headers: { cookie } });
  for (const words of [
    '2.0 s',
    'exit code 1',
    '1 min 4 s',
    'nobody saw its end',
    'tool init',
    '1 Jan 1970, 00:00:01 UTC',
  ])
    expect(text).toContain(words);
});
