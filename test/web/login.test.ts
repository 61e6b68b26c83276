import { expect, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { createPageRenderer } from '../../src/render/pages/pages.ts';
import { createFraming } from '../../src/web/pages/frame.ts';
import { unlockFromPage } from '../../src/web/pages/locks.ts';
import { addRun, ask, cookiesOf, csrfOf, enter, servePages } from './pages-world.ts';
import { serveWithLogin } from './signed-in-world.ts';

test('who signs in with GitHub comes back to where they wanted to go, and sees what they may read', async () => {
  const { pages, walkIn, store, ours, theirs } = await serveWithLogin();
  const run = await addRun(store, ours, {}, 'mine');
  await addRun(store, theirs, {}, 'foreign');
  const [turned, begun, entered] = await walkIn('ada', `/runs/${run.id}`);
  expect(turned?.headers['location']).toBe(`${pages.url}/login?to=%2Fruns%2F${run.id}`);
  const address = new URL(String(begun?.headers['location']));
  expect(address.pathname).toBe('/login/oauth/authorize');
  expect(Object.fromEntries(address.searchParams)).toMatchObject({
    code_challenge_method: 'S256',
    redirect_uri: `${pages.url}/login/callback`,
  });
  expect(entered?.headers['location']).toBe(`/runs/${run.id}`);
  const cookie = entered === undefined ? '' : cookiesOf(entered);
  const list = await ask(`${pages.url}/runs`, { headers: { cookie } });
  expect(list.text).toContain('mine');
  expect(list.text).not.toContain('foreign');
  expect(list.text).toContain('ada</span>');
});

test('cookies are read by no script and sent by no other site; on https by nothing else', async () => {
  const near = await serveWithLogin();
  for (const answer of await near.walkIn('ada'))
    for (const one of [answer.headers['set-cookie'] ?? []].flat())
      expect(one).toMatch(/; Path=\/; HttpOnly; SameSite=Lax(?:; Max-Age=\d+)?$/);
  const far = await serveWithLogin({ publicUrl: 'https://tidegate.example' });
  const said = (await far.walkIn('ada')).flatMap(({ headers }) => [headers['set-cookie'] ?? []].flat());
  expect(said.length).toBe(3);
  for (const one of said)
    expect(one).toMatch(/^__Host-tidegate_\w+=[\w-]*; Path=\/; HttpOnly; SameSite=Lax; Secure;/);
});

test('a sign-in that was begun elsewhere, is used twice, or carries a wrong code lets nobody in', async () => {
  const { pages, hub, walkIn } = await serveWithLogin();
  const begin = () => ask(`${pages.url}/login`);
  const back = (begun: Awaited<ReturnType<typeof begin>>, login = 'ada') =>
    hub.signIn(login, String(begun.headers['location']));
  const come = async (address: string, cookie: string) =>
    (await ask(address, { headers: { cookie } })).status;
  const [one, other] = [await begin(), await begin()];
  // Mallory's own sign-in in ada's browser would show ada's work under mallory's name.
  expect(await come(back(one, 'mallory'), '')).toBe(400);
  expect(await come(back(one, 'mallory'), cookiesOf(other))).toBe(400);
  const good = back(one);
  expect(await come(good, cookiesOf(one))).toBe(303);
  // Not even GitHub is asked about it.
  const again = await ask(good, { headers: { cookie: cookiesOf(one) } });
  expect([again.status, again.text]).toEqual([400, expect.stringContaining('was used already')]);
  const forged = new URL(back(other));
  forged.searchParams.set('code', 'f'.repeat(20));
  expect(await come(forged.href, cookiesOf(other))).toBe(400);
  const third = await begin();
  expect(
    await come(
      `${pages.url}/login/callback?error=access_denied&state=${new URL(back(third)).searchParams.get('state')}`,
      cookiesOf(third),
    ),
  ).toBe(400);
  for (const to of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '/%0d%0aset-cookie:x=y',
    'javascript:alert(1)',
  ]) {
    const begun = await ask(`${pages.url}/login?to=${encodeURIComponent(to)}`);
    const entered = await ask(back(begun), { headers: { cookie: cookiesOf(begun) } });
    expect(String(entered.headers['location'])).toMatch(/^\/(?:%0d%0aset-cookie:x=y)?$/);
  }
  expect((await walkIn('ada')).at(-1)?.status).toBe(303);
});

test('a permission that was taken away is gone within a minute, and so is a repository that the App left', async () => {
  const { clock, advance } = createVirtualClock();
  const { pages, store, ours, hub, signIn } = await serveWithLogin({ clock });
  const run = await addRun(store, ours);
  const cookie = await signIn('ada');
  const status = async () => (await ask(`${pages.url}/runs/${run.id}`, { headers: { cookie } })).status;
  expect(await status()).toBe(200);
  hub.setPermission('acme/infra', 'ada', 'none');
  await advance(61_000);
  expect(await status()).toBe(404);
  hub.setPermission('acme/infra', 'ada', 'read');
  await advance(61_000);
  expect(await status()).toBe(200);
  hub.suspend(ours.installationId);
  await advance(61_000);
  expect(await status()).toBe(404);
});

test('while GitHub cannot be asked nobody sees anything, and afterwards it goes on', async () => {
  const { clock, advance } = createVirtualClock();
  const { pages, store, ours, hub, signIn } = await serveWithLogin({ clock });
  const run = await addRun(store, ours);
  const cookie = await signIn('ada');
  const status = async () => (await ask(`${pages.url}/runs/${run.id}`, { headers: { cookie } })).status;
  await advance(61_000);
  hub.faults.route(
    { method: 'GET', path: /^\/user\/installations$/, times: 1 },
    { kind: 'status', status: 502 },
  );
  expect(await status()).toBe(503);
  expect(await status()).toBe(200);
});

test('signing out ends the session here and the access on GitHub; so does a day, and whoever takes the access away there', async () => {
  const { clock, advance } = createVirtualClock();
  const { pages, hub, signIn } = await serveWithLogin({ clock });
  const through = () =>
    [...hub.state.tokens.values()].filter((token) => token.kind === 'user' && token.through !== null);
  const status = async (cookie: string) => (await ask(`${pages.url}/runs`, { headers: { cookie } })).status;
  const first = await signIn('ada');
  const second = await signIn('ada');
  expect(through().length).toBe(2);
  const csrf = csrfOf(await ask(`${pages.url}/runs`, { headers: { cookie: first } }));
  const left = await ask(`${pages.url}/logout`, {
    method: 'POST',
    headers: { cookie: first },
    form: { csrf },
  });
  expect(left.headers['set-cookie']).toEqual([expect.stringMatching(/=; .*Max-Age=0$/)]);
  expect([await status(first), await status(second)]).toEqual([303, 200]);
  await expect.poll(() => through().length).toBe(1);
  // Also where GitHub would go on answering.
  for (const [text, token] of hub.state.tokens)
    if (token.kind === 'user') hub.state.tokens.set(text, { ...token, expiresAt: null });
  await advance(8 * 3_600_000);
  expect(await status(second)).toBe(303);
  const third = await signIn('ada');
  for (const [text, token] of hub.state.tokens)
    if (token.kind === 'user' && token.through !== null) hub.state.tokens.delete(text);
  await advance(61_000);
  expect(await status(third)).toBe(303);
});

test('a repository that everybody may look at shows its plans to nobody who was not let in by name', async () => {
  const { pages, store, hub, signIn, ours } = await serveWithLogin();
  const open = { ...ours, id: hub.repo('acme/open').id, name: 'open' };
  const run = await addRun(store, open);
  for (const login of ['ada', 'mallory']) {
    const cookie = await signIn(login);
    expect((await ask(`${pages.url}/runs/${run.id}`, { headers: { cookie } })).status).toBe(404);
  }
});

test('the link of a start lets in, once as good as another time, and nothing else does', async () => {
  const { pages, store } = await servePages();
  await addRun(store, { id: 1, owner: 'acme', name: 'infra', installationId: 7 });
  const { link, url } = pages;
  const entered = await ask(link ?? '');
  expect(entered.status).toBe(303);
  expect(entered.headers['location']).toBe('/');
  expect(String(entered.headers['set-cookie'])).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(String(entered.headers['set-cookie'])).not.toContain(new URL(link ?? '').searchParams.get('token'));
  const cookie = cookiesOf(entered);
  expect((await ask(`${url}/runs`, { headers: { cookie } })).text).toContain('acme/infra #12');
  // Opened again it leaves no token in the address.
  expect((await ask(link ?? '', { headers: { cookie } })).headers['location']).toBe('/');
  for (const wrong of [
    `${url}/?token=`,
    `${url}/?token=x`,
    `${link}x`,
    `${link}&x=1`,
    (link ?? '').replace('/?', '/runs?'),
  ])
    expect([wrong, (await ask(wrong)).status]).toEqual([wrong, 401]);
  const [name] = cookie.split('=');
  expect((await ask(`${url}/runs`, { headers: { cookie: `${name}=x` } })).status).toBe(401);
  const other = await servePages();
  expect((await ask(`${other.pages.url}/runs`, { headers: { cookie } })).status).toBe(401);
  expect((await ask(`${url}/login`)).status).toBe(404);
});

test('whom GitHub does not know gives back no lock', async () => {
  const { pages, store, unlocked } = await servePages();
  const run = await addRun(store, { id: 1, owner: 'acme', name: 'infra', installationId: 7 });
  const cookie = await enter(pages);
  const page = await ask(`${pages.url}/locks`, { headers: { cookie } });
  expect(page.text).toContain('comment <code>/unlock</code> there');
  expect(page.text).not.toContain('>Unlock<');
  // There is no form to send, and none would be taken.
  expect(csrfOf(page)).toBe('');
  const form = { lock: run.key, pull: '12', csrf: '' };
  const answer = await ask(`${pages.url}/locks/unlock`, { method: 'POST', headers: { cookie }, form });
  expect(answer.status).toBe(403);
  const [lock] = await store.locks.all();
  if (lock === undefined) throw new Error('there is a lock');
  const framing = createFraming('', 'https://github.com', false);
  const ports = { store, framing, renderer: createPageRenderer(), unlock: async () => null };
  const nobody = { actor: null, csrf: '', repositories: null, stillIn: async () => true };
  const repo = { id: 1, owner: 'acme', name: 'infra', installationId: 7 };
  const direct = await unlockFromPage(ports, nobody, { lock, repo }, () => new Response('done'));
  expect(direct.status).toBe(403);
  expect(unlocked).toEqual([]);
});

test('behind a path of its own every address leads through it', async () => {
  const { pages, store } = await servePages({ publicUrl: 'https://example.com/tidegate' });
  const run = await addRun(store, { id: 1, owner: 'acme', name: 'infra', installationId: 7 });
  const { origin } = new URL(pages.url);
  expect(pages.link).toMatch(`${origin}/tidegate/?token=`);
  const cookie = await enter(pages);
  for (const at of ['/tidegate/runs', '/runs']) {
    const { text, status } = await ask(`${origin}${at}`, { headers: { cookie } });
    expect(status).toBe(200);
    expect(text).toContain(`href="/tidegate/runs/${run.id}"`);
    for (const [, address] of text.matchAll(/(?:href|src|action)="(\/[^"]*)"/g))
      expect(address).toMatch(/^\/tidegate\//);
  }
});
