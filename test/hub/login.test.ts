import { expect, test } from 'vitest';
import { appOf, callback, codeFor, signedIn, trade } from './signed-in.ts';
import { createWorld } from './world.ts';

test('a code is good once, for ten minutes, for the App, the callback and the verifier it was made for', async () => {
  const { hub } = await createWorld();
  const refused = async (code: string, more: Readonly<Record<string, string>> = {}) =>
    (await trade(hub, code, more))['error'];
  const code = codeFor(hub, 'bob');
  expect(await trade(hub, code)).toMatchObject({ token_type: 'bearer', expires_in: 28_800, scope: '' });
  expect(await refused(code)).toBe('bad_verification_code');
  expect(await refused(codeFor(hub, 'bob'), { code_verifier: 'w'.repeat(43) })).toBe('bad_verification_code');
  expect(await refused(codeFor(hub, 'bob'), { redirect_uri: 'http://127.0.0.1:2/' })).toBe(
    'redirect_uri_mismatch',
  );
  expect(await refused(codeFor(hub, 'bob'), { client_secret: 'x' })).toBe('incorrect_client_credentials');
});

test('nobody is sent to an address that is not the App’s', async () => {
  const { hub } = await createWorld();
  for (const redirect_uri of ['https://evil.example/', `${callback}/x`, callback.replace(':1', ':2')])
    expect(() => codeFor(hub, 'bob', { redirect_uri })).toThrow('not associated');
  expect(() => codeFor(hub, 'bob', { client_id: 'Iv1.nobody' })).toThrow('Not Found');
});

test('a person sees what the App is installed on and they may read by name, until the access is taken away', async () => {
  const { hub, installationId } = await createWorld();
  hub.addUser('stranger');
  const names = async (login: string) => {
    const { octokit } = await signedIn(hub, login);
    const { data } = await octokit.apps.listInstallationsForAuthenticatedUser();
    if (data.total_count === 0) return null;
    const { data: repos } = await octokit.apps.listInstallationReposForAuthenticatedUser({
      installation_id: installationId,
    });
    return repos.repositories.map((repo) => [repo.full_name, repo.permissions?.push]);
  };
  expect(await names('bob')).toEqual([['acme/infra', true]]);
  expect(await names('stranger')).toBeNull();
  const { octokit, client, app, token } = await signedIn(hub, 'bob');
  const remove = { client_id: app.clientId, access_token: token };
  await expect(octokit.request('DELETE /applications/{client_id}/token', remove)).rejects.toMatchObject({
    status: 404,
  });
  await client.request('DELETE /applications/{client_id}/token', remove);
  await expect(octokit.users.getAuthenticated()).rejects.toMatchObject({ status: 401 });
  expect(appOf(hub).clientId).toBe(app.clientId);
});
