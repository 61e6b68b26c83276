import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { localBackend, type Story, tellStory } from '../support/story.ts';
import { ask, cookiesOf, csrfOf } from './pages-world.ts';
import { locationOf } from './signed-in-world.ts';

const publicUrl = 'https://tidegate.example';
const files = (stateFolder: string) => ({
  'network/main.tf': `${localBackend(stateFolder, 'network')}resource "terraform_data" "one" {}\n`,
});
const second = { 'network/two.tf': 'resource "terraform_data" "two" {}\n' };

/** A browser of somebody who signed in, behind what has the certificate. */
const browserOf = async ({ world }: Story, login: string) => {
  const { hub, app } = world;
  const headers = { host: new URL(publicUrl).host };
  const near = (address: string) => address.replace(publicUrl, app.pagesUrl);
  const begun = await ask(`${app.pagesUrl}/login`, { headers });
  const back = hub.signIn(login, locationOf(begun));
  const entered = await ask(near(back), { headers: { ...headers, cookie: cookiesOf(begun) } });
  const cookie = cookiesOf(entered);
  return {
    get: (address: string) => ask(near(address), { headers: { ...headers, cookie } }),
    post: (address: string, form: Readonly<Record<string, string>>) =>
      ask(near(address), { method: 'POST', headers: { ...headers, cookie, origin: publicUrl }, form }),
  };
};

const auditOf = (folder: string, kind: string) => {
  const database = new DatabaseSync(join(folder, 'data', 'tidegate.db'), { readOnly: true });
  try {
    return database.prepare('select actor, facts_json from audit_events where kind = ?').all(kind);
  } finally {
    database.close();
  }
};

test('checks and comments lead to pages of runs, which stay when the pull request is closed; a lock is given back there by who may', async () => {
  await using story = await tellStory({
    files,
    login: true,
    environment: { PATH: process.env['PATH'], TIDEGATE_PUBLIC_URL: publicUrl },
  });
  const { world, ada, folder } = story;
  const { hub, repository } = world;
  hub.addCallback(world.appId, `${publicUrl}/login/callback`);
  await ada.push('two', second, 'Add two');
  const pull = await ada.openPull('two', 'Add <two>');
  await story.settled();

  const checks = [...hub.repo(repository).checkRuns.values()];
  const addressOf = (name: string) => checks.findLast((check) => check.name === name)?.detailsUrl ?? '';
  const list = `${publicUrl}/runs?repository=acme%2Finfrastructure&pull=1`;
  expect([addressOf('tidegate/plan'), addressOf('tidegate/apply')]).toEqual([list, list]);
  const run = addressOf('tidegate: network');
  expect(run).toMatch(/^https:\/\/tidegate\.example\/runs\/[\w-]+$/);
  expect(await story.board(pull.number)).toContain(`[run and log](${run.replaceAll('_', '&#95;')})`);

  const [mine, theirs] = [await browserOf(story, 'ada'), await browserOf(story, 'mallory')];
  expect((await mine.get(list)).text).toContain(`href="/runs/${run.split('/').at(-1)}"`);
  for (const words of ['2 to add', 'terraform_data.two', 'terraform plan', 'will be created'])
    expect((await mine.get(run)).text).toContain(words);
  const { text: found } = await mine.get(`${run}?changes=${encodeURIComponent('DATA.two')}`);
  expect(found).toContain('id="change-terraform_data.two"');
  expect(found).toContain('1 of 2');
  expect((await mine.get(`${run}?changes=${encodeURIComponent('"><b>')}`)).text).toContain(
    'value="&quot;&gt;&lt;b&gt;"',
  );

  // Who may only read is told so, and nothing happens; who may write gives it back.
  const unlock = async (browser: typeof mine) => {
    const { text } = await browser.get(`${publicUrl}/locks`);
    const lock = /name="lock" value="([^"]+)"/.exec(text)?.[1] ?? '';
    return browser.post(`${publicUrl}/locks/unlock`, {
      csrf: csrfOf({ status: 200, text, headers: {} }),
      lock,
      pull: '1',
    });
  };
  const refused = await unlock(theirs);
  expect([refused.status, refused.text.includes('needs write permission')]).toEqual([403, true]);
  expect(auditOf(folder, 'lock.unlocked')).toEqual([]);
  expect((await unlock(mine)).status).toBe(303);
  await story.settled();
  expect(auditOf(folder, 'lock.unlocked')).toMatchObject([{ actor: 'ada' }]);
  expect((await mine.get(`${publicUrl}/locks`)).text).toContain('No project is locked.');
  expect(await story.checks(pull.number)).toContain(
    'tidegate/plan: action_required, 1 project not planned, waiting for /plan: network',
  );

  await ada.merge(pull.number);
  await story.settled();
  const after = await mine.get(run);
  expect([after.status, after.text.includes('will be created')]).toEqual([200, true]);
});

test('where others cannot open a page nothing leads to one, and a run is read by the link of the start', async () => {
  await using story = await tellStory({
    files,
    environment: { PATH: process.env['PATH'], TIDEGATE_PUBLIC_URL: publicUrl },
  });
  const { world, ada } = story;
  await ada.push('two', second, 'Add two');
  const pull = await ada.openPull('two', 'Add two');
  await story.settled();
  for (const { detailsUrl } of world.hub.repo(world.repository).checkRuns.values())
    expect(detailsUrl).toBeNull();
  expect(await story.board(pull.number)).not.toContain('/runs/');
  const cookie = cookiesOf(await ask(world.app.pagesLink ?? ''));
  const { text } = await ask(`${world.app.pagesUrl}/runs`, { headers: { cookie } });
  const id = /href="\/runs\/([\w-]+)"/.exec(text)?.[1] ?? '';
  expect((await ask(`${world.app.pagesUrl}/runs/${id}/log.txt`, { headers: { cookie } })).text).toContain(
    '$ terraform plan',
  );
});

test('the page of an apply says what was looked at before, held or not, and which line asks for it', {
  tags: ['long'],
}, async () => {
  await using story = await tellStory({
    files: (state) => ({
      ...files(state),
      'tidegate.yaml': 'version: 1\nprojects:\n  - dir: network\n    requirements: [approved]\n',
    }),
    login: true,
    environment: { PATH: process.env['PATH'], TIDEGATE_PUBLIC_URL: publicUrl },
  });
  const { world, ada, grace } = story;
  world.hub.addCallback(world.appId, `${publicUrl}/login/callback`);
  await ada.push('two', second, 'Add two');
  await ada.openPull('two', 'Add two');
  await story.settled();
  const browser = await browserOf(story, 'ada');
  /** Pages of applies, the newest first. */
  const applies = async () => {
    const { text } = await browser.get(`${publicUrl}/runs`);
    const ids = [...text.matchAll(/href="\/runs\/([\w-]+)"/g)].map(([, id]) => id);
    const pages = await Promise.all([...new Set(ids)].map((id) => browser.get(`${publicUrl}/runs/${id}`)));
    return pages.map((page) => page.text).filter((page) => page.includes('</span> apply network</h1>'));
  };
  await ada.comment(1, '/apply');
  await story.settled();
  const [refused = ''] = await applies();
  for (const words of ['<details open>', 'Refused: 1 of ', 'approved', 'no approval that counts'])
    expect(refused).toContain(words);
  expect(refused).toContain('tidegate.yaml of the base branch, line 4');
  expect(refused).toContain('waits for a review by anybody with write permission');

  await grace.approve(1);
  await ada.comment(1, '/apply');
  await story.settled();
  const [allowed = ''] = await applies();
  expect(allowed).toContain('<details><summary><h2>Allowed: ');
  expect(allowed).toContain('approved by grace');
  expect(allowed).not.toContain('✗');
});
