import { once } from 'node:events';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { personOf } from '../../src/demo/person.ts';
import { startWorld, stateFolderOf } from '../../src/demo/world.ts';
import type { PlanSummary } from '../../src/domain/plan-summary.ts';
import type { Project } from '../../src/domain/project.ts';
import type { RepoPath } from '../../src/domain/repo-path.ts';
import type { StepFacts } from '../../src/sandbox/logs/port.ts';
import { attacks } from '../hub/pages/attacks.ts';
import { plan, project, summary } from '../store/samples.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { localBackend } from '../support/story.ts';
import { type Browser, launch, type Page } from '../tools/browser/browser.ts';
import { addRun, type PagesWorld, servePages } from '../web/pages-world.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const repo = { id: 1, owner: 'acme', name: 'infra', installationId: 7 };

/** A browser, with what went wrong in it: errors, and what the content security policy stopped. */
const open = async (wish: { readonly script?: boolean } = {}) => {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    javaScriptEnabled: wish.script ?? true,
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => requests.push(request.url()));
  return { page, complaints, requests };
};

/** All attacks as one text, each on a line of its own, with escapes of terminals around them. */
const escapes = [
  '\u001b]8;;javascript:window.hurt=true\u0007',
  '\u001b]52;c;ZXZpbA==\u0007',
  '\u001b[2J',
  '\u001bP+q\u001b\\',
  '\u009b31m',
  '\u001b[31m',
];
const everything = attacks.map((attack, index) => `${escapes[index % escapes.length]}${attack}`).join('\n');
const oneLine = attacks.join(' ').replaceAll('\n', ' ');

/** Something between a browser and a server that can be cut. */
const wire = async (port: number) => {
  const open = new Set<Socket>();
  let cuts = 0;
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    cuts += open.size;
    for (const socket of open) socket.destroy();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it does not listen');
  return { url: `http://127.0.0.1:${address.port}`, cut, cuts: () => cuts };
};

/** A run that holds the attacks in every field that somebody else can write. */
const hostileRun = async ({ store, logs }: PagesWorld) => {
  const change = summary.resources[0];
  if (change === undefined) throw new Error('the sample has a change');
  const hostile: PlanSummary = {
    ...summary,
    resources: attacks.map((attack) => ({
      ...change,
      address: attack,
      previousAddress: attack,
      type: attack,
      provider: attack,
      reason: attack,
      replacePaths: [attack],
      attributes: [{ path: attack, before: attack, after: `${attack}!`, forcesReplacement: true }],
    })),
    outputs: attacks.map((attack) => ({ name: attack, action: 'update', before: attack, after: attack })),
  };
  const named = (text: string): Project => ({
    ...project(),
    name: text,
    dir: text as RepoPath,
    workspace: text,
    settings: { ...project().settings, runner: text, environment: text },
  });
  const ids: string[] = [];
  for (const [index, attack] of [...attacks, oneLine].entries()) {
    const { id } = await addRun(
      store,
      { ...repo, owner: 'acme', name: attack },
      {
        state: 'failed',
        pullNumber: index + 1,
        project: { ...named(attack), key: `1:x${index}:default:*` as Project['key'] },
        actor: { id: 5, login: attack, kind: 'user' },
        extra: [attack],
        problem: { code: 'tool-failed', sentence: attack, advice: attack, details: everything },
        plan: { ...plan(), toolVersion: attack, summary: hostile },
        output: everything,
        endedAt: 9,
      },
    );
    ids.push(id);
  }
  const last = ids.at(-1) ?? '';
  mkdirSync(join(logs, last));
  const facts: StepFacts = { command: oneLine, startedAt: 1, end: { at: 2, ended: 'exit', exitCode: 1 } };
  writeFileSync(join(logs, last, '01-plan.json'), JSON.stringify(facts));
  writeFileSync(join(logs, last, '01-plan.log'), everything);
  return ids;
};

const isInert = async (page: Page): Promise<void> => {
  expect(await page.evaluate('window.hurt')).toBeUndefined();
  // Everything that a page of ours is made of, and nothing more.
  const strange = await page.evaluate(`[...document.querySelectorAll('*')].filter((one) =>
    !/^(?:html|head|meta|title|link|script|body|header|nav|a|form|input|button|select|option|label|main|h1|h2|h3|p|div|span|dl|dt|dd|code|time|section|table|thead|tbody|tr|th|td|strong|pre)$/.test(one.localName)
    || (one.localName === 'script' && !/^\\/assets\\//.test(one.getAttribute('src') ?? ''))
    || one.getAttributeNames().some((name) => name.startsWith('on') || name === 'style' || name === 'srcdoc' || name === 'formaction')
    || (one.localName === 'a' && !['http:', 'https:'].includes(one.protocol))
    || (one.localName === 'form' && one.action !== '' && new URL(one.action).origin !== location.origin)
    || (one.localName === 'span' && !/^(?:|dim|pill s-[a-z]+|(?:ansi-[a-z-]+ ?)+)$/.test(one.className))
  ).map((one) => one.outerHTML.slice(0, 200))`);
  expect(strange).toEqual([]);
};

test('what strangers write stays text on every page, in every field', async () => {
  const world = await servePages();
  const ids = await hostileRun(world);
  const { page, complaints, requests } = await open();
  const { url, link } = world.pages;
  await page.goto(link ?? '');
  const query = new URLSearchParams({
    repository: oneLine.slice(0, 150),
    state: oneLine.slice(0, 150),
    pull: oneLine.slice(0, 150),
  });
  const pages = [
    '/',
    '/runs',
    '/locks',
    `/locks?done=${encodeURIComponent('<img src=x onerror=window.hurt=true>')}`,
    ...ids.slice(-6).map((id) => `/runs/${id}`),
  ];
  for (const at of pages) {
    await page.goto(`${url}${at}`);
    await isInert(page);
  }
  const log = await page.locator('#log').innerText();
  for (const words of ['<script>window.hurt=true</script>', '<img src=x onerror="window.hurt=true">'])
    expect(log).toContain(words);
  // What cannot be seen is spelt out or gone.
  expect(
    await page.evaluate(`/[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]/.test(document.body.textContent)`),
  ).toBe(false);
  expect(
    await page.evaluate(`[...document.querySelectorAll('script')].map((one) => one.getAttribute('src'))`),
  ).toEqual(['/assets/run.js']);
  expect(complaints).toEqual([]);
  await page.goto(`${url}/runs?${query}`);
  await isInert(page);
  expect(requests.filter((asked) => !asked.startsWith(url))).toEqual([]);
});

test('the policy of a page stops a script that would have got in', async () => {
  const world = await servePages();
  const { page, complaints } = await open();
  await page.goto(world.pages.link ?? '');
  await page.evaluate(`(() => {
    const inline = document.createElement('script');
    inline.textContent = 'window.hurt = true';
    const far = document.createElement('script');
    far.src = 'https://evil.example/x.js';
    const box = document.createElement('div');
    box.innerHTML = '<img src="https://evil.example/x.png" onerror="window.hurt = true"><b style="color:red">x</b>';
    document.body.append(inline, far, box);
    return fetch('https://evil.example/').catch(() => undefined);
  })()`);
  expect(await page.evaluate('window.hurt')).toBeUndefined();
  expect(
    complaints.filter((words) => words.includes('Content Security Policy')).length,
  ).toBeGreaterThanOrEqual(4);
});

test('what comes while a page follows is text as well, in colour, and stays where it belongs', async () => {
  const world = await servePages();
  const { id } = await addRun(world.store, repo, { state: 'running', startedAt: 5 });
  const folder = join(world.logs, id);
  mkdirSync(folder);
  const facts = (end: StepFacts['end']) =>
    writeFileSync(join(folder, '01-plan.json'), JSON.stringify({ command: oneLine, startedAt: 1, end }));
  facts(null);
  const { page, complaints } = await open();
  await page.goto(world.pages.link ?? '');
  await page.goto(`${world.pages.url}/runs/${id}`);
  await page.locator('#live', { hasText: 'live' }).waitFor();
  appendFileSync(join(folder, '01-plan.log'), `${everything}\n\u001b[32mgre`);
  await page.locator('.line', { hasText: /^gre$/ }).waitFor();
  appendFileSync(join(folder, '01-plan.log'), 'en\u001b[0m plain\nlast\n');
  await page.locator('.line', { hasText: /^last$/ }).waitFor();
  const line = page.locator('.line', { hasText: 'green plain' });
  expect(await line.locator('.ansi-green-fg').allInnerTexts()).toEqual(['gre', 'en']);
  await isInert(page);
  // Searching finds lines, and goes from one to the next.
  await page.locator('#search').fill('WINDOW.hurt');
  await page.locator('#search').press('Enter');
  expect(await page.locator('#hits').innerText()).toMatch(/^1 of \d+ lines$/);
  expect(await page.locator('.line.now').count()).toBe(1);
  await world.store.runs.move(id, { kind: 'failed' }, 9, {
    problem: { code: 'tool-failed', sentence: oneLine, advice: '' },
  });
  await page.locator('#about .pill', { hasText: 'failed' }).waitFor();
  await isInert(page);
  expect(complaints).toEqual([]);
});

test('a page that was cut off goes on where it stopped', async () => {
  const world = await servePages();
  const { id } = await addRun(world.store, repo, { state: 'running', startedAt: 5 });
  const folder = join(world.logs, id);
  mkdirSync(folder);
  const print = (text: string) => appendFileSync(join(folder, '01-plan.log'), text);
  const line = await wire(Number(new URL(world.pages.url).port));
  const { page } = await open();
  await page.goto((world.pages.link ?? '').replace(world.pages.url, line.url));
  await page.goto(`${line.url}/runs/${id}`);
  print('one\ntw');
  await page.locator('.line', { hasText: 'tw' }).waitFor();
  line.cut();
  print('o\nthree\n');
  await page.locator('.line', { hasText: 'three' }).waitFor();
  expect(await page.locator('.line').allInnerTexts()).toEqual(['one', 'two', 'three']);
  expect(line.cuts()).toBeGreaterThan(0);
});

test('a flood leaves the page with its last lines, and as many as it can hold', async () => {
  const world = await servePages();
  const { id } = await addRun(world.store, repo, { state: 'running', startedAt: 5 });
  const folder = join(world.logs, id);
  mkdirSync(folder);
  const log = join(folder, '01-plan.log');
  writeFileSync(log, 'the first line\n');
  const { page, complaints } = await open();
  await page.goto(world.pages.link ?? '');
  await page.goto(`${world.pages.url}/runs/${id}`);
  await page.locator('.line', { hasText: 'the first line' }).waitFor();
  const block = `${'x'.repeat(99)}\n`.repeat(10_000);
  for (let count = 0; count < 200; count += 1) {
    appendFileSync(log, block);
    // So that it comes in many pieces.
    if (count % 10 === 0) await page.evaluate('new Promise(requestAnimationFrame)');
  }
  appendFileSync(log, 'the last line\n');
  await page.locator('.line', { hasText: 'the last line' }).waitFor();
  expect(await page.locator('.gap').count()).toBeGreaterThan(0);
  expect(await page.locator('.lines > *').count()).toBeLessThan(5_100);
  await world.store.runs.move(id, { kind: 'failed' }, 9);
  await page.locator('#about .pill', { hasText: 'failed' }).waitFor();
  expect(complaints).toEqual([]);
});

test('an apply is watched while it runs, by who signs in with GitHub, and nothing but following needs a script', async () => {
  const folder = temporaryFolder('world');
  const one = `resource "terraform_data" "one" {
  provisioner "local-exec" {
    command = "until [ -e '${folder}/go' ]; do sleep 0.1; done; echo it went on"
  }
}
`;
  const world = await startWorld({
    folder,
    files: { 'network/main.tf': localBackend(stateFolderOf(folder), 'network') },
    people: { ada: 'write', margaret: 'admin' },
    environment: { PATH: process.env['PATH'] },
    // What is watched is what runs, here.
    operator: 'trust: { provisioners: allow }\n',
    login: true,
  });
  onTestFinished(() => world.close());
  const ada = personOf(world, 'ada');
  await ada.push('one', { 'network/one.tf': one }, 'Add one');
  await ada.openPull('one', 'Add one');
  await world.settled();
  const { page, complaints } = await open();
  await page.goto(world.hub.pageUrl('/'));
  await page.goto(`${world.app.pagesUrl}/runs`);
  await page.locator('button', { hasText: 'Authorize' }).click();
  await page.locator('h1', { hasText: 'Runs' }).waitFor();
  expect(page.url()).toBe(`${world.app.pagesUrl}/runs`);
  await ada.comment(1, '/apply');
  await expect
    .poll(async () => {
      await page.reload();
      return page.locator('a.main', { hasText: 'apply' }).count();
    })
    .toBe(1);
  await page.locator('a.main', { hasText: 'apply' }).click();
  await page.locator('.line', { hasText: 'Provisioning with' }).waitFor();
  expect(await page.locator('.line', { hasText: '(local-exec): it went on' }).count()).toBe(0);
  writeFileSync(join(folder, 'go'), '');
  await page.locator('.line', { hasText: '(local-exec): it went on' }).waitFor();
  await page.locator('#about .pill', { hasText: 'applied' }).waitFor();
  expect(await page.locator('.lines .ansi-bold').count()).toBeGreaterThan(0);
  const address = page.url();
  expect(complaints).toEqual([]);

  const plain = await open({ script: false });
  await plain.page.goto(world.hub.pageUrl('/'));
  await plain.page.goto(`${world.app.pagesUrl}/locks`);
  await plain.page.locator('button', { hasText: 'Authorize' }).click();
  await plain.page.goto(address);
  await plain.page.locator('.line', { hasText: '(local-exec): it went on' }).waitFor();
  await plain.page.goto(`${world.app.pagesUrl}/runs`);
  await plain.page.locator('select[name=state]').selectOption('applied');
  await plain.page.locator('button', { hasText: 'Show' }).click();
  expect(await plain.page.locator('tbody tr').count()).toBe(1);
  await plain.page.goto(`${world.app.pagesUrl}/locks`);
  await plain.page.locator('button', { hasText: 'Unlock' }).click();
  await plain.page.locator('.good', { hasText: 'It was given back.' }).waitFor();
  await plain.page.locator('button', { hasText: 'Sign out' }).click();
  await plain.page.goto(`${world.app.pagesUrl}/runs`);
  expect(plain.page.url()).toContain('/login/oauth/authorize');
});
