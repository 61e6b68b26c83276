import { describe, expect, test } from 'vitest';
import { queueRule } from '../../../src/hub/branch-rules.ts';
import { createCheckRun, updateCheckRun } from '../../../src/hub/checks.ts';
import type { Hub } from '../../../src/hub/hub.ts';
import { createStatus } from '../../../src/hub/statuses.ts';
import { visit, world } from './visit.ts';

const path = '/acme/infra/pull/1';

describe('a visitor', () => {
  test('without the token sees nothing', async () => {
    const hub = await world();
    for (const place of ['/', '/acme/infra', path, `${path}/files`, `${path}/live`, '/?token=wrong'])
      expect((await fetch(`${hub.url}${place}`)).status).toBe(401);
    expect((await fetch(`${hub.url}${path}/comments`, { method: 'POST' })).status).toBe(401);
  });

  test('with it is sent on without it, and let in', async () => {
    const hub = await world();
    const first = await fetch(`${hub.url}${path}?token=${hub.pagesToken}`, { redirect: 'manual' });
    expect(first.status).toBe(303);
    expect(first.headers.get('location')).toBe(path);
    expect(first.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/i);
    expect((await (await visit(hub)).get(path)).status).toBe(200);
  });

  test('gets pages that run no script but ours', async () => {
    const { get } = await visit(await world());
    for (const place of ['/', path, '/nothing/here']) {
      const { headers } = await get(place);
      expect(headers.get('content-security-policy')).toMatch(
        /default-src 'none'; script-src 'self'; style-src 'self'/,
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test('sees names and titles as they are', async () => {
    const { text } = await visit(await world());
    expect(await text(path)).toContain('Two &lt;b&gt;');
  });

  test('does not learn of repositories that are not theirs', async () => {
    const { act, get, text } = await visit(await world());
    expect((await act('eve', 'comments', { body: 'hello' })).status).toBe(404);
    expect((await get(path)).status).toBe(404);
    expect(await text('/')).not.toContain('infra');
  });
});

describe('a form', () => {
  test('without its token, or from another site, does nothing', async () => {
    const hub = await world();
    const { post, text } = await visit(hub);
    const csrf = /name="csrf" value="([^"]+)"/.exec(await text(path))?.[1] ?? '';
    expect((await post(`${path}/comments`, { body: 'x' })).status).toBe(403);
    expect((await post(`${path}/comments`, { body: 'x', csrf: `${csrf}x` })).status).toBe(403);
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1'])
      expect((await post(`${path}/comments`, { body: 'x', csrf }, { origin })).status).toBe(403);
    expect(hub.repo('acme/infra').comments.size).toBe(0);
  });

  test('of a switch of user goes back on this site only', async () => {
    const { post, text } = await visit(await world());
    const csrf = /name="csrf" value="([^"]+)"/.exec(await text('/'))?.[1] ?? '';
    const to = async (back: string) =>
      (await post('/session', { csrf, login: 'grace', back })).headers.get('location');
    expect(await to(path)).toBe(path);
    for (const back of ['//evil.example', '/\\evil.example', 'https://evil.example', '/\t/evil.example'])
      expect(await to(back)).toBe('/');
    expect(await text('/')).toContain('<option value="grace" selected>');
  });

  test('comments, with one kind of line end', async () => {
    const hub = await world();
    const { act } = await visit(hub);
    const answer = await act('ada', 'comments', { body: '/plan\r\nplease' });
    expect(answer.status).toBe(303);
    const [comment] = [...hub.repo('acme/infra').comments.values()];
    expect(comment).toMatchObject({ body: '/plan\nplease', author: { login: 'ada' }, app: null });
    expect(answer.headers.get('location')).toBe(`${path}#issuecomment-${comment?.id}`);
  });

  test('is done as whom its page showed, though another tab has switched', async () => {
    const hub = await world();
    const { act, text, get } = await visit(hub);
    expect(await text(path)).toContain('<input type="hidden" name="as" value="ada">');
    await act('grace', 'comments', { as: 'ada', body: 'from the first tab' });
    const [comment] = [...hub.repo('acme/infra').comments.values()];
    expect(comment?.author.login).toBe('ada');
    expect(await text(path)).toContain('as ada<');
    expect(await (await get(`${path}/live?as=grace`)).text()).toContain('name="as" value="grace"');
    await act('grace', 'comments', { as: 'tidegate[bot]', body: 'nobody' });
    expect([...hub.repo('acme/infra').comments.values()].at(-1)?.author.login).toBe('grace');
  });

  test('that is refused says why and keeps the text', { tags: ['long'] }, async () => {
    const { act } = await visit(await world());
    const answer = await act('grace', 'reviews', { event: 'APPROVE', body: 'fine <me>' });
    expect(answer.status).toBe(422);
    const text = await answer.text();
    expect(text).toContain('Can not approve your own pull request');
    expect(text).toContain('fine &lt;me&gt;</textarea>');
  });

  test('drafts, closes, reopens, approves and merges', async () => {
    const hub = await world();
    const { act, text } = await visit(hub);
    const pull = hub.repo('acme/infra').pulls.get(1);
    await act('grace', 'draft');
    expect(pull?.draft).toBe(true);
    expect((await act('ada', 'merge', { method: 'merge' })).status).toBe(405);
    await act('grace', 'ready');
    await act('ada', 'close');
    expect(pull?.state).toBe('closed');
    await act('ada', 'reopen');
    await act('ada', 'reviews', { event: 'APPROVE' });
    expect((await act('ada', 'merge', { method: 'octopus' })).status).toBe(422);
    expect((await act('ada', 'merge', { method: 'squash', sha: pull?.head.sha ?? '' })).status).toBe(303);
    expect(pull?.mergedBy?.login).toBe('ada');
    const page = await text(path);
    for (const words of [
      'turned this into a draft',
      'closed this',
      'reopened this',
      'approved these changes',
      'merged',
    ])
      expect(page).toContain(words);
    expect(page).not.toContain('Merge pull request</button>');
  });

  test('a merge that the base branch does not take yet is refused, and the page says what is missing', async () => {
    const hub = await world();
    hub.protect('acme/infra', 'main', 'ruleset', { approvals: 1, conversations: true });
    const { act, text } = await visit(hub);
    const missing = 'At least 1 approving review is required';
    expect(await text(path)).toContain(missing);
    const refused = await act('ada', 'merge', { method: 'squash' });
    expect(refused.status).toBe(405);
    expect(await refused.text()).toContain(missing);
    await act('ada', 'reviews', { event: 'APPROVE' });
    expect(await text(path)).not.toContain(missing);
    expect((await act('ada', 'merge', { method: 'squash' })).status).toBe(303);
  });

  test('puts into the merge queue, to its front, and takes out again', async () => {
    const hub = await world();
    const rules = { queue: queueRule(), checks: [{ name: 'plan', appId: null }] };
    hub.protect('acme/infra', 'main', 'ruleset', rules);
    const { act, text } = await visit(hub);
    const pull = hub.repo('acme/infra').pulls.get(1);
    expect((await act('ada', 'merge', { method: 'merge' })).status).toBe(405);
    expect(await text(path)).toContain('is merged into by its merge queue');
    expect(await text(path)).toContain('Merge when ready</button>');
    expect(await text(path)).not.toContain('Merge pull request</button>');
    const sha = pull?.head.sha ?? '';
    const green = { context: 'plan', state: 'success' } as const;
    createStatus(hub.state, hub.repo('acme/infra'), hub.actor('ada'), sha, green);
    expect((await act('ada', 'enqueue', { sha, jump: 'yes' })).status).toBe(303);
    await hub.settled();
    expect(await text(path)).toContain(
      'In the merge queue of <code>main</code> as number 1: its checks are awaited',
    );
    expect((await act('ada', 'dequeue')).status).toBe(303);
    expect(await text(path)).toContain('removed this from the merge queue: by hand');
    await act('ada', 'enqueue', { sha });
    hub.protect('acme/infra', 'main', 'ruleset', { queue: rules.queue });
    await hub.settled();
    expect(await text(path)).toContain('Merged by');
    expect(pull?.mergedBy?.login).toBe('github-merge-queue[bot]');
  });

  test('there is none for', async () => {
    const { act } = await visit(await world());
    expect((await act('ada', 'destroy')).status).toBe(404);
  });
});

describe('the form for a new pull request', () => {
  const branches = (text: string) =>
    [...text.matchAll(/<option value="([^"]+)"[^>]*>\1<\/option>/g)].map(([, name]) => name);
  const open = async (hub: Hub, fields: Record<string, string>, login = 'grace') => {
    const browser = await visit(hub);
    const csrf = /name="csrf" value="([^"]+)"/.exec(await browser.text('/'))?.[1] ?? '';
    await browser.post('/session', { csrf, login });
    return { ...browser, answer: await browser.post('/acme/infra/pulls', { csrf, ...fields }) };
  };

  test('offers the branches that have something to say, and opens one', async () => {
    const hub = await world();
    const wish = { files: { 'main.tf': 'a = 3\n' }, from: 'main', as: 'grace' };
    await hub.pushFiles('acme/infra', 'three', wish);
    await hub.pushFiles('acme/infra', 'even', wish);
    await hub.deleteBranch('acme/infra', 'even', 'grace');
    const { text, answer } = await open(hub, { branch: 'three', title: ' Three ', draft: 'yes' });
    expect(answer.headers.get('location')).toBe('/acme/infra/pull/2');
    expect(hub.repo('acme/infra').pulls.get(2)).toMatchObject({
      title: 'Three',
      draft: true,
      author: { login: 'grace' },
      base: { ref: 'main' },
    });
    await hub.pushFiles('acme/infra', 'four', wish);
    // Not those that have an open one, nor the base itself.
    expect(branches(await text('/acme/infra'))).toEqual(['four']);
  });

  test('that is refused says why and keeps the title', async () => {
    const { answer } = await open(await world(), { branch: 'change', title: 'Again <b>' });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('A pull request already exists for acme:change.');
    for (const branch of ['', 'main', 'none', '--help', 'a..b'])
      expect((await open(await world(), { branch, title: 'x' })).answer.status).toBe(422);
    expect((await open(await world(), { branch: 'change', title: '  ' })).answer.status).toBe(422);
  });

  test('is for those who may write', async () => {
    const hub = await world();
    hub.setPermission('acme/infra', 'eve', 'read');
    const { answer, text } = await open(hub, { branch: 'change', title: 'x' }, 'eve');
    expect(answer.status).toBe(403);
    expect(await text('/acme/infra')).toContain('eve may not open one: that needs write access.');
    expect((await visit(hub).then(({ post }) => post('/acme/infra/pulls', { title: 'x' }))).status).toBe(403);
  });
});

test('a page says what each person may do there, and which reviews count', async () => {
  const hub = await world();
  hub.setPermission('acme/infra', 'eve', 'read');
  const { act, text } = await visit(hub);
  await act('eve', 'reviews', { event: 'APPROVE' });
  const page = await text(path);
  for (const words of ['>ada (admin)<', '>grace (write)<', '>eve (read)<']) expect(page).toContain(words);
  expect(page).toContain('<strong>eve</strong> (read) approved, which does not count');
  await act('ada', 'reviews', { event: 'APPROVE' });
  expect(await text(path)).toMatch(/dot good[^\n]*<strong>ada<\/strong> approved</);
});

test('the form to review is open for everybody but the author', async () => {
  const { act, text } = await visit(await world());
  const review = /<details class="card write"( open)?>/;
  expect(review.exec(await text(path))?.[1]).toBe(' open');
  await act('grace', 'comments', { body: 'mine' });
  expect(review.exec(await text(path))?.[1]).toBeUndefined();
});

test('buttons of a completed check are there for those who may write, and tell the App that they were pressed', async () => {
  const hub = await world();
  hub.setPermission('acme/infra', 'eve', 'read');
  const { app } = await hub.registerApp({ slug: 'bot', events: [], permissions: { checks: 'write' } });
  hub.installApp(app.id, 'acme', ['acme/infra']);
  const pull = hub.repo('acme/infra').pulls.get(1);
  const sent: string[] = [];
  const { send } = hub.state;
  Object.assign(hub.state, {
    send: (event: Parameters<typeof send>[0]) => {
      const pressed: unknown = event.payload['requested_action'] ?? null;
      sent.push(`${event.event}.${event.action} ${JSON.stringify(pressed)}`);
    },
  });
  const run = createCheckRun(
    hub.state,
    hub.repo('acme/infra'),
    { account: app.bot, app },
    pull?.head.sha ?? '',
    {
      name: 'bot/plan',
      actions: [{ label: 'Plan <b>', description: 'Plan "again"', identifier: 'p-1' }],
    },
  );
  const { act, text, post } = await visit(hub);
  const button = 'value="p-1" title="Plan &quot;again&quot;">Plan &lt;b&gt;</button>';
  expect(await text(path)).not.toContain(button);
  updateCheckRun(hub.state, run, { account: app.bot, app }, { conclusion: 'success' });
  expect(await text(path)).toContain(button);
  const check = String(run.id);
  expect((await act('grace', 'press', { check, identifier: 'p-1' })).headers.get('location')).toBe(
    `${path}#checks`,
  );
  expect((await act('grace', 'rerun', { check })).status).toBe(303);
  expect((await act('grace', 'rerun-all', { suite: String(run.suite.id) })).status).toBe(303);
  expect((await act('grace', 'press', { check, identifier: 'p-2' })).status).toBe(422);
  expect((await act('grace', 'press', { check: '0', identifier: 'p-1' })).status).toBe(404);
  expect((await act('eve', 'press', { check, identifier: 'p-1' })).status).toBe(403);
  expect((await act('eve', 'rerun-all', { suite: String(run.suite.id) })).status).toBe(403);
  expect(await text(path)).not.toContain('Re-run');
  expect((await post(`${path}/press`, { check, identifier: 'p-1' })).status).toBe(403);
  expect(sent).toEqual([
    'check_run.requested_action {"identifier":"p-1"}',
    'check_run.rerequested null',
    'check_suite.rerequested null',
  ]);
});

describe('the live part', () => {
  test('is sent only when something is different', async () => {
    const hub = await world();
    const { act, get } = await visit(hub);
    const first = await get(`${path}/live`);
    const tag = first.headers.get('etag') ?? '';
    expect((await get(`${path}/live`, { 'if-none-match': tag })).status).toBe(304);
    await act('ada', 'comments', { body: 'news' });
    const second = await get(`${path}/live`, { 'if-none-match': tag });
    expect(second.status).toBe(200);
    expect(await second.text()).toContain('<p>news</p>');
  });
});

test('the files page shows the patch', async () => {
  const { text } = await visit(await world());
  const page = await text(`${path}/files`);
  expect(page).toContain('main.tf');
  expect(page).toContain(
    '<tr class="del"><td class="n">1</td><td class="n"></td><td class="t">-a = 1</td></tr>',
  );
  expect(page).toContain(
    '<tr class="add"><td class="n"></td><td class="n">1</td><td class="t">+a = 2</td></tr>',
  );
});
