import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { createHub } from '../../src/hub/hub.ts';
import { createWorld, infra, refusal, temporaryFolder } from './world.ts';

const issue = { ...infra, issue_number: 1 };

/** A request with headers a browser would not let a page set. */
const raw = (url: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    request(url, { headers, agent: false }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    })
      .on('error', reject)
      .end();
  });

describe('the API', () => {
  it('pages lists with Link headers', async () => {
    const { as, open } = await createWorld();
    await open();
    const bob = as('bob');
    for (let n = 1; n <= 7; n++) await bob.issues.createComment({ ...issue, body: `${n}` });
    const { data, headers } = await bob.issues.listComments({ ...issue, per_page: 3, page: 2 });
    expect(data.map(({ body }) => body)).toEqual(['4', '5', '6']);
    expect(headers.link).toMatch(/page=1>; rel="prev".*page=3>; rel="next".*page=3>; rel="last"/);
    expect(await bob.paginate(bob.issues.listComments, { ...issue, per_page: 2 })).toHaveLength(7);
    const past = await bob.issues.listComments({ ...issue, page: 9 });
    expect(past.data).toEqual([]);
  });

  it('answers 304 to what has not changed, without counting it, and tells the rate', async () => {
    const { hub, tokenOf, open } = await createWorld();
    const pull = await open();
    const url = `${hub.apiUrl}/repos/acme/infra/pulls/1`;
    const headers = { authorization: `token ${tokenOf('bob')}` };
    const first = await fetch(url, { headers });
    const etag = first.headers.get('etag') ?? '';
    const ask = () => fetch(url, { headers: { ...headers, 'if-none-match': etag } });
    expect((await ask()).status).toBe(304);
    pull.title = 'Another';
    expect((await ask()).status).toBe(200);
    expect(first.headers.get('x-ratelimit-limit')).toBe('5000');
    expect(first.headers.get('x-ratelimit-remaining')).toBe('4999');
    const rate = await fetch(`${hub.apiUrl}/rate_limit`, { headers });
    expect(await rate.json()).toMatchObject({ rate: { used: 2 }, resources: { core: { remaining: 4998 } } });
  });

  it('limits requests and the making of things where it is told to', async () => {
    const { as, hub, tokenOf, open } = await createWorld({
      limits: { requestsPerHour: 5, contentPerMinute: 2 },
    });
    await open();
    const say = () => as('bob').issues.createComment({ ...issue, body: 'x' });
    await say();
    await say();
    expect(await refusal(say())).toMatchObject({
      status: 403,
      data: { message: expect.stringContaining('secondary rate limit') },
    });
    await as('bob').repos.get(infra);
    await as('bob').repos.get(infra);
    expect(await refusal(as('bob').repos.get(infra))).toMatchObject({
      status: 403,
      data: { message: expect.stringContaining('API rate limit exceeded') },
    });
    const answer = await fetch(`${hub.apiUrl}/user`, {
      headers: { authorization: `token ${tokenOf('bob')}` },
    });
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('0');
    await as('carol').repos.get(infra);
  });

  it('fails as it is told: status, retry-after, slow, cut off before or after the work', async () => {
    const { hub, as, open } = await createWorld();
    const pull = await open();
    const path = /^\/repos\/acme\/infra\/issues\/1\/comments$/;
    const say = (body: string) => as('bob').issues.createComment({ ...issue, body });
    const match = { method: 'POST', path, times: 1 };
    hub.faults.route(match, { kind: 'status', status: 429, retryAfter: 7 });
    hub.faults.route(match, { kind: 'status', status: 502, message: 'Bad Gateway' });
    hub.faults.route(match, { kind: 'close', when: 'before-work' });
    hub.faults.route(match, { kind: 'close', when: 'after-work' });
    hub.faults.route(match, { kind: 'delay', ms: 10 });
    const limited = await say('1').catch((error) => error);
    expect([limited.status, limited.response.headers['retry-after']]).toEqual([429, '7']);
    expect(await refusal(say('2'))).toMatchObject({ status: 502, data: { message: 'Bad Gateway' } });
    await expect(say('3')).rejects.toThrow();
    expect(pull.timeline.filter(({ kind }) => kind === 'comment')).toHaveLength(0);
    await expect(say('4')).rejects.toThrow();
    expect(pull.timeline.filter(({ kind }) => kind === 'comment')).toHaveLength(1);
    await say('5');
    await say('6');
    const { data } = await as('bob').issues.listComments(issue);
    expect(data.map(({ body }) => body)).toEqual(['4', '5', '6']);
  });

  it('remembers requests it has no route for, and close tells of them', async () => {
    const hub = await createHub({ clock: createSystemClock(), folder: await temporaryFolder() });
    const answer = await fetch(`${hub.apiUrl}/gists`);
    expect([answer.status, await answer.json()]).toMatchObject([404, { message: 'Not Found' }]);
    const authorization = `token ${hub.addUser('eve').token}`;
    const body = JSON.stringify({ query: 'query Viewer { viewer { login } }' });
    await fetch(`${hub.url}/api/graphql`, { method: 'POST', headers: { authorization }, body });
    expect(hub.unknownRequests).toEqual(['GET /api/v3/gists', 'POST /api/graphql Viewer']);
    await expect(hub.close()).rejects.toThrow('GET /api/v3/gists, POST /api/graphql Viewer');
    const lenient = await createHub({
      clock: createSystemClock(),
      folder: await temporaryFolder(),
      allowUnknown: true,
    });
    await fetch(`${lenient.apiUrl}/gists`);
    await lenient.close();
  });

  it('says what is wrong with a body', async () => {
    const { hub, tokenOf, as, open } = await createWorld();
    await open();
    const post = (body: string) =>
      fetch(`${hub.apiUrl}/repos/acme/infra/pulls`, {
        method: 'POST',
        body,
        headers: { authorization: `token ${tokenOf('bob')}` },
      });
    expect(await (await post('{')).json()).toMatchObject({ message: 'Problems parsing JSON', status: '400' });
    expect((await post('"x"')).status).toBe(400);
    expect((await post('{"title": 7}')).status).toBe(422);
    expect((await post('{}')).status).toBe(422);
    const users = await as('bob').users.getByUsername({ username: 'CAROL' });
    expect(users.data.login).toBe('carol');
    expect((await as('bob').users.getAuthenticated()).data.login).toBe('bob');
    expect((await as('bob').meta.get()).status).toBe(200);
  });

  it('is only for programs on this machine that know its address', async () => {
    const { hub } = await createWorld();
    const url = `${hub.apiUrl}/meta`;
    const { host } = new URL(hub.url);
    expect(await raw(url, { host })).toBe(200);
    expect(await raw(url, { host: host.replace('127.0.0.1', 'localhost') })).toBe(200);
    expect(await raw(url, { host: 'evil.example' })).toBe(421);
    expect(await raw(url, { host: `evil.example:${new URL(hub.url).port}` })).toBe(421);
    expect(await raw(url, { host, origin: 'https://evil.example' })).toBe(403);
    expect(await raw(url, { host, origin: 'null' })).toBe(403);
    expect(await raw(url, { host, origin: hub.url })).toBe(200);
    expect(await raw(`${hub.url}/acme/infra.git/info/refs?service=git-upload-pack`, { host: 'evil' })).toBe(
      421,
    );
  });
});
