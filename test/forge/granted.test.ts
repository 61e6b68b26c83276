import { afterEach, describe, expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { createGithubForge } from '../../src/forge/github/forge.ts';
import { createHub } from '../../src/hub/hub.ts';
import { silentLog } from '../../src/observe/log.ts';
import { oneAppKey } from '../support/app-key.ts';
import { temporaryFolder } from '../support/leftovers.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const full = 'acme/infra';
const needed = { metadata: 'read', contents: 'read', pull_requests: 'write', checks: 'write' } as const;

/** A pull request from a fork or from the repository, as an App sees it that was granted no more than that. */
const arrange = async (granted: Readonly<Record<string, 'read' | 'write'>>, fork = false) => {
  const clock = createSystemClock();
  const hub = await createHub({ folder: temporaryFolder('hub'), clock, newKey: oneAppKey });
  closing.push(() => hub.close());
  hub.addUser('olga');
  hub.addUser('ann');
  hub.addOrganisation('acme', { owners: ['olga'] });
  const { id } = await hub.addRepository('acme', 'infra', { permissions: { ann: 'write' } });
  if (fork) await hub.fork(full, 'ann');
  const { appId, privateKey } = await hub.registerApp({
    slug: 'tidegate',
    events: [],
    permissions: { ...needed, ...granted },
  });
  const installationId = hub.installApp(appId, 'acme', [full]);
  const repo = { id, owner: 'acme', name: 'infra', installationId };
  const sha = await hub.pushFiles(fork ? 'ann/infra' : full, 'change', {
    files: { a: '1' },
    as: 'ann',
    from: 'main',
  });
  const head = fork ? 'ann:change' : 'change';
  const { number } = await hub.openPull(full, { title: 'Change', head, base: 'main', as: 'ann' });
  const forge = createGithubForge({ appId, privateKey, apiUrl: hub.apiUrl, clock, log: silentLog });
  const headSha = (await forge.pull({ repo, number })).head.sha;
  expect(headSha).toBe(sha);
  return { hub, forge, repo, ref: { repo, number }, headSha };
};

describe('what the App was not granted is not known', () => {
  test('statuses', async () => {
    const { forge, ref } = await arrange({});
    expect(await forge.mergeFacts(ref)).toMatchObject({ state: 'clean', unknown: ['commit_statuses'] });
  });

  test('members', async () => {
    const { hub, forge, repo } = await arrange({});
    hub.addTeam('acme', 'database', { members: ['ann'] });
    const team = { organisation: 'acme', slug: 'database' };
    expect(await forge.isMember(repo, team, 'ann')).toBeNull();
  });

  test('protection, until it may read what administrators read', async () => {
    const rules = { signatures: true, checks: [{ name: 'test', appId: null }] };
    const less = await arrange({ statuses: 'read' });
    less.hub.protect(full, 'main', 'protection', rules);
    const more = await arrange({ statuses: 'read', administration: 'read' });
    more.hub.protect(full, 'main', 'protection', rules);
    expect(await less.forge.mergeFacts(less.ref)).toMatchObject({
      unknown: ['branch_protection'],
      strict: true,
    });
    expect(await more.forge.mergeFacts(more.ref)).toMatchObject({ unknown: [], strict: false, unsigned: 1 });
  });

  test('who pushed to a fork that the App is not installed on', async () => {
    const { forge, ref, headSha } = await arrange({}, true);
    expect(await forge.authorship(ref, headSha)).toMatchObject({
      pusher: null,
      authors: [{ login: 'ann' }],
      complete: true,
    });
  });
});

test('an invitation to a team that was not accepted is no membership', async () => {
  const { hub, forge, repo } = await arrange({ members: 'read' });
  hub.addTeam('acme', 'database', { pending: ['ann'] });
  expect(await forge.isMember(repo, { organisation: 'acme', slug: 'database' }, 'ann')).toBe(false);
});

test('commits made by GitHub itself have its committer in them, who is nobody', async () => {
  const { hub, forge, ref } = await arrange({});
  await hub.pushFiles(full, 'main', { files: { b: '2' }, as: 'olga' });
  const token = hub.addUser('eve').token;
  hub.setPermission(full, 'eve', 'write');
  await fetch(`${hub.apiUrl}/repos/${full}/pulls/${ref.number}/update-branch`, {
    method: 'PUT',
    headers: { authorization: `token ${token}` },
  });
  const { head } = await forge.pull(ref);
  const { pusher, authors } = await forge.authorship(ref, head.sha);
  expect(pusher?.login).toBe('eve');
  expect(authors.map(({ login }) => login).sort()).toEqual(['ann', 'eve']);
});
