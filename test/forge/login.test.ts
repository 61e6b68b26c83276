import { expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { createGithubLogin } from '../../src/forge/github/login.ts';
import { SignedOut } from '../../src/forge/login/port.ts';

/** What GitHub would answer, by `METHOD path`; what is not there is a 404. */
const loginOf = (answers: Readonly<Record<string, unknown>>) => {
  const asked: { readonly line: string; readonly authorization: string | null; readonly body: string }[] = [];
  const login = createGithubLogin({
    clientId: 'Iv1.abc',
    clientSecret: 'the client secret',
    webUrl: 'https://github.example',
    apiUrl: 'https://github.example/api/v3',
    clock: createSystemClock(),
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const { pathname, searchParams } = new URL(request.url);
      const line = `${request.method} ${pathname}`;
      asked.push({ line, authorization: request.headers.get('authorization'), body: await request.text() });
      const page = searchParams.get('page') ?? '1';
      const answer = answers[`${line}?${page}`] ?? answers[line];
      const link =
        `${line}?${Number(page) + 1}` in answers
          ? `<https://evil.example/?page=${Number(page) + 1}>; rel="next"`
          : '';
      if (answer instanceof Response) return answer.clone();
      return Response.json(answer ?? {}, { status: answer === undefined ? 404 : 200, headers: { link } });
    },
  });
  const enter = () => login.enter({ code: 'c', verifier: 'v', callback: 'https://t.example/login/callback' });
  return { login, enter, asked };
};

const token = {
  'POST /login/oauth/access_token': { access_token: 'ghu_secret', expires_in: 28_800, token_type: 'bearer' },
};
const repository = (id: number, permissions?: Readonly<Record<string, boolean>>) => ({
  id,
  name: `r${id}`,
  owner: { login: 'acme' },
  ...(permissions === undefined ? {} : { permissions }),
});

test('a person may read what GitHub says so of by name, in installations that work, on every page of the lists', async () => {
  const { enter, asked } = loginOf({
    ...token,
    'GET /api/v3/user/installations?1': { installations: [{ id: 1, suspended_at: null }] },
    'GET /api/v3/user/installations?2': {
      installations: [
        { id: 2, suspended_at: '2026-01-01T00:00:00Z' },
        { id: 3, suspended_at: null },
      ],
    },
    'GET /api/v3/user/installations/1/repositories?1': { repositories: [repository(1, { pull: true })] },
    'GET /api/v3/user/installations/1/repositories?2': {
      repositories: [repository(2, { pull: false, push: true }), repository(3)],
    },
    'GET /api/v3/user/installations/2/repositories': { repositories: [repository(4, { pull: true })] },
    'GET /api/v3/user/installations/3/repositories': { repositories: [repository(5, { pull: true })] },
  });
  const access = await enter();
  expect(access.livesMs).toBe(28_800_000);
  expect(await access.repositories()).toEqual([
    { id: 1, owner: 'acme', name: 'r1', installationId: 1 },
    { id: 5, owner: 'acme', name: 'r5', installationId: 3 },
  ]);
  expect(JSON.stringify(access)).not.toContain('ghu_secret');
  for (const { line, authorization } of asked.slice(1)) {
    expect(line).toMatch(/^GET \/api\/v3\/user/);
    expect(authorization).toBe('token ghu_secret');
  }
});

test('what went wrong is told apart, without a secret in it', async () => {
  const said = async (error: string) => {
    const { enter } = loginOf({ 'POST /login/oauth/access_token': { error, error_description: 'x' } });
    return enter().catch((thrown: unknown) => thrown);
  };
  expect(await said('bad_verification_code')).toBeInstanceOf(SignedOut);
  expect(await said('incorrect_client_credentials')).toMatchObject({ failure: 'refused' });
  const odd = loginOf({ 'POST /login/oauth/access_token': 'a page' });
  await expect(odd.enter()).rejects.toMatchObject({ failure: 'unavailable' });
  const { enter } = loginOf({ ...token, 'GET /api/v3/user': new Response('{}', { status: 401 }) });
  const access = await enter();
  await expect(access.person()).rejects.toBeInstanceOf(SignedOut);
  for (const words of ['ghu_secret', 'the client secret']) {
    const thrown = await access.repositories().catch(String);
    expect(String(thrown)).not.toContain(words);
    expect(String(await said('incorrect_client_credentials'))).not.toContain(words);
  }
  await access.revoke();
});
