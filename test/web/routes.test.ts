import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ProjectKey } from '../../src/domain/ids.ts';
import type { Project } from '../../src/domain/project.ts';
import { projectPath } from '../../src/domain/project-path.ts';
import { newTracked } from '../../src/domain/tracking.ts';
import type { Route } from '../../src/web/pages/route.ts';
import { addRun, ask, csrfOf, enter, servePages } from './pages-world.ts';
import { serveWithLogin } from './signed-in-world.ts';

/** Every route as somebody would ask for it. */
const addressOf = (url: string, route: Route, id: string, project = id): string =>
  `${url}${route.path.replace(':id', route.who === 'reader of the project' ? project : id)}`;
const projectId = (key: ProjectKey): string => projectPath(key).slice('/projects/'.length);
/** What each form of ours wants. */
const lockForm = (lock: string, csrf: string) => ({ lock, pull: '12', csrf });
const formOf = (of: { readonly key: string; readonly project: Project }, csrf: string) => ({
  ...lockForm(of.key, csrf),
  project: projectId(of.project.key),
});

const secret = 'a word that only the other installation may read';

/** One run and one lock for each of two installations; theirs holds the secret wherever a run can hold a word. */
const twoInstallations = async () => {
  const world = await serveWithLogin();
  const { store, ours, theirs, logs } = world;
  const mine = await addRun(store, ours, {}, 'mine');
  const other = await addRun(
    store,
    theirs,
    { output: secret, problem: { code: 'tool-failed', sentence: secret, advice: secret } },
    'other-project',
  );
  for (const { repo, run } of [
    { repo: ours, run: mine },
    { repo: theirs, run: other },
  ])
    await store.tracked.put(newTracked(repo, run.project));
  mkdirSync(path.join(logs, other.id));
  writeFileSync(path.join(logs, other.id, '01-plan.log'), `${secret}\n`);
  return { ...world, mine, other };
};

test('every route says who gets in, and nothing answers that is not in the table', async () => {
  const { pages } = await servePages();
  expect(pages.routes.map(({ method, path: at, who }) => `${method} ${at}: ${who}`)).toEqual([
    'GET /metrics: scraper',
    'GET /assets/:name: anyone',
    'GET /login: anyone',
    'GET /login/callback: anyone',
    'POST /logout: reader',
    'GET /: reader',
    'GET /runs: reader',
    'GET /runs/:id: reader of the run',
    'GET /runs/:id/log: reader of the run',
    'GET /runs/:id/log.txt: reader of the run',
    'GET /locks: reader',
    'GET /environments: reader',
    'GET /projects/:id: reader of the project',
    'GET /notifications: reader',
    'POST /projects/look: reader of the project',
    'POST /locks/unlock: reader of the lock',
  ]);
  const known = new Set(pages.routes.map(({ method, path: at }) => `${method} ${at}`));
  const cookie = await enter(pages);
  for (const { path: at } of pages.routes)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
      if (!known.has(`${method} ${at}`)) {
        const headers = { cookie, origin: pages.url };
        const { status } = await ask(`${pages.url}${at.replace(/:\w+/, 'x')}`, { method, headers });
        expect([method, at, status]).toEqual([method, at, 404]);
      }
});

test('nobody gets in without signing in, wherever they knock, and a run that is there looks like one that is not', async () => {
  const { pages, mine } = await twoInstallations();
  for (const route of pages.routes) {
    if (route.who === 'anyone' || route.who === 'scraper') continue;
    for (const cookie of ['', 'tidegate_session_1=x', `tidegate_session_${new URL(pages.url).port}=forged`]) {
      const answers = await Promise.all(
        [mine.id, 'run_not_there'].map((id) =>
          ask(addressOf(pages.url, route, id, id === mine.id ? projectId(mine.project.key) : id), {
            method: route.method,
            headers: { cookie, accept: '*/*' },
          }),
        ),
      );
      for (const { status, text } of answers) {
        expect([route.path, status]).toEqual([route.path, 401]);
        expect(text).toBe('Sign in first.\n');
      }
    }
  }
});

test('ids of another installation lead nowhere on any route, and look like ids that are nobody’s', async () => {
  const { pages, mine, other, unlocked, store, signIn, theirs } = await twoInstallations();
  for (const login of ['ada', 'mallory']) {
    const cookie = await signIn(login);
    const csrf = csrfOf(await ask(`${pages.url}/locks`, { headers: { cookie } }));
    expect(csrf).not.toBe('');
    let asked = 0;
    for (const route of pages.routes) {
      if (!route.who.startsWith('reader of the ')) continue;
      const form = route.method === 'POST' ? { form: formOf(other, csrf) } : {};
      const nobody =
        route.method === 'POST' ? { form: { ...lockForm('1:x:default:*', csrf), project: 'x' } } : {};
      const headers = { cookie };
      const found = await ask(addressOf(pages.url, route, other.id, projectId(other.project.key)), {
        method: route.method,
        headers,
        ...form,
      });
      const none = await ask(addressOf(pages.url, route, 'run_not_there'), {
        method: route.method,
        headers,
        ...nobody,
      });
      expect([route.path, found.status, found.text]).toEqual([route.path, 404, none.text]);
      expect(none.status).toBe(404);
      // All but what differs from answer to answer by itself.
      const bare = ({ date: _date, ...rest }: typeof found.headers) => rest;
      expect(bare(found.headers)).toEqual(bare(none.headers));
      asked += 1;
    }
    expect(asked).toBe(6);
    for (const at of [
      '/',
      '/runs',
      '/locks',
      '/environments',
      '/runs?repository=other%2Finfra',
      `/runs?pull=12&state=`,
    ]) {
      const { text } = await ask(`${pages.url}${at}`, { headers: { cookie } });
      for (const word of [secret, other.id, 'other-project', 'other/infra #'])
        expect([at, text.includes(word)]).toEqual([at, false]);
      if (login === 'mallory') expect(text).not.toContain(mine.id);
    }
  }
  expect(unlocked).toEqual([]);
  expect(await store.locks.ofPull({ repositoryId: theirs.id, pullNumber: 12 })).toHaveLength(1);
  // The same addresses work for those whose they are.
  const eve = { cookie: await signIn('eve') };
  for (const at of [`/runs/${other.id}`, `/runs/${other.id}/log.txt`])
    expect((await ask(`${pages.url}${at}`, { headers: eve })).text).toContain(secret);
  const project = await ask(`${pages.url}${projectPath(other.project.key)}`, { headers: eve });
  expect(project.text).toContain('other-project');
});

test('what changes something wants a form of ours: token, session and origin', async () => {
  const { pages, mine, unlocked, looked, signIn } = await twoInstallations();
  const [grace, ada] = [await signIn('grace'), await signIn('ada')];
  const tokenOf = async (cookie: string) => csrfOf(await ask(`${pages.url}/locks`, { headers: { cookie } }));
  const right = await tokenOf(grace);
  for (const route of pages.routes) {
    if (route.method !== 'POST') continue;
    const post = async (csrf: string, headers: Readonly<Record<string, string>>) =>
      (
        await ask(`${pages.url}${route.path}`, {
          method: 'POST',
          headers: { cookie: grace, ...headers },
          form: formOf(mine, csrf),
        })
      ).status;
    for (const csrf of ['', 'x', right.slice(1), await tokenOf(ada)])
      expect([route.path, csrf, await post(csrf, {})]).toEqual([route.path, csrf, 403]);
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://127.0.0.1:1' },
      { origin: `https://${new URL(pages.url).host}` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ])
      expect([route.path, headers, await post(right, headers)]).toEqual([route.path, headers, 403]);
    expect((await ask(`${pages.url}${route.path}`, { headers: { cookie: grace } })).status).toBe(404);
  }
  expect([...unlocked, ...looked]).toEqual([]);
  const done = await ask(`${pages.url}/locks/unlock`, {
    method: 'POST',
    headers: { cookie: grace, origin: pages.url, 'sec-fetch-site': 'same-origin' },
    form: lockForm(mine.key, right),
  });
  expect(done.status).toBe(303);
  expect(unlocked).toMatchObject([{ project: mine.key, holder: { number: 12 }, actor: { login: 'grace' } }]);
  const seen = await ask(`${pages.url}/projects/look`, {
    method: 'POST',
    headers: { cookie: grace, origin: pages.url, 'sec-fetch-site': 'same-origin' },
    form: formOf(mine, right),
  });
  expect([seen.status, seen.headers['location']]).toEqual([303, `${projectPath(mine.project.key)}#drift`]);
  expect(looked).toMatchObject([{ project: mine.project.key, actor: { login: 'grace' } }]);
});

test('a page of another site reads no log, whatever its cookies', async () => {
  const { pages, store } = await servePages();
  const cookie = await enter(pages);
  const { id } = await addRun(store, { id: 1, owner: 'acme', name: 'infra', installationId: 7 });
  const status = async (headers: Readonly<Record<string, string>>) =>
    (await ask(`${pages.url}/runs/${id}/log.txt`, { headers: { cookie, ...headers } })).status;
  expect(await status({ origin: 'http://127.0.0.1:1' })).toBe(403);
  expect(await status({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' })).toBe(403);
  expect(await status({ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' })).toBe(403);
  expect(await status({ 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' })).toBe(200);
  expect(await status({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(200);
});

test('every answer forbids scripts of others, frames and guessing, also those that say no', async () => {
  const { pages, mine, signIn } = await twoInstallations();
  const cookie = await signIn('ada');
  const seen: number[] = [];
  for (const at of [
    '/',
    '/runs',
    `/runs/${mine.id}`,
    '/locks',
    '/notifications',
    '/assets/run.js',
    '/assets/none',
    '/nowhere',
    '/runs/x',
    '/metrics',
  ])
    for (const headers of [{ cookie }, { cookie: '' }]) {
      const answer = await ask(`${pages.url}${at}`, { headers });
      seen.push(answer.status);
      const policy = String(answer.headers['content-security-policy']);
      expect(policy).toMatch(/^default-src 'none'; /);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|data:|blob:|https?:/);
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        'x-frame-options': 'DENY',
      });
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      if (!at.startsWith('/assets')) expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.text).not.toMatch(/<script(?! src="\/assets\/)|<style|\son\w+=|\sstyle=|javascript:/i);
    }
  expect(new Set(seen)).toEqual(new Set([200, 303, 404]));
});

test('files of ours are sent once', async () => {
  const { pages } = await servePages();
  for (const name of ['style.css', 'run.js', 'icon.svg']) {
    const { headers, status } = await ask(`${pages.url}/assets/${name}`);
    expect(status).toBe(200);
    const again = await ask(`${pages.url}/assets/${name}`, {
      headers: { 'if-none-match': String(headers['etag']) },
    });
    expect(again.status).toBe(304);
  }
  for (const name of ['..%2fpages.ts', '%2e%2e/pages.ts', 'constructor', '__proto__'])
    expect((await ask(`${pages.url}/assets/${name}`)).status).toBe(404);
});

test('ids that are none of ours are not there, and nothing breaks', async () => {
  const { pages, store } = await servePages();
  const cookie = await enter(pages);
  await addRun(store, { id: 1, owner: 'acme', name: 'infra', installationId: 7 });
  for (const id of ['x', 'a'.repeat(65), 'a%00b', "'--", '%ff', '%3Cscript%3E', '%2fetc%2fpasswd'])
    expect([id, (await ask(`${pages.url}/runs/${id}`, { headers: { cookie } })).status]).toEqual([id, 404]);
});
