import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { startMain } from '../support/main-process.ts';
import { openClinic, secret } from './clinic.ts';

const shiftedBy = (ms: number) => {
  const clock = createSystemClock();
  return { ...clock, now: () => clock.now() + ms };
};

describe('the App, as GitHub has it', () => {
  it('set up right: everything is fine', async () => {
    const { visit, appId, environment, folder } = await openClinic();
    const fine = await visit();
    expect(fine.unwell).toEqual([]);
    expect(fine.code).toBe(0);
    expect(fine.of('github')).toEqual([expect.stringContaining('`tidegate`')]);
    expect(fine.of('clock')).toEqual(['ok: agrees with GitHub']);
    expect(fine.of('allow')).toEqual(['ok: 1 of 1 repositories: `acme/infrastructure`']);
    expect(fine.of('required checks')).toHaveLength(1);
    expect(fine.of('settings')).toEqual([expect.stringContaining(`App ${appId}`)]);

    const forPeople = startMain(['doctor'], environment, folder);
    expect(await forPeople.ended).toBe(0);
    expect(forPeople.text()).toMatch(/^✓ ok {3}permissions +as `app.yml` says$/m);
    expect(forPeople.text()).toMatch(/\n\n[12] to look at\.\n$/);
    expect(forPeople.text()).not.toContain('\u001b');
    const forMachines = startMain(['doctor', '--json'], environment, folder);
    expect(await forMachines.ended).toBe(0);
    // But for numbers: a disk has not as many bytes free a moment later.
    const wordsOf = (text: string): unknown => JSON.parse(text.replaceAll(/\d+/g, '0'));
    expect(wordsOf(forMachines.text())).toEqual(wordsOf(fine.text));
  });

  it('credentials that do not work, and nothing beyond them is guessed', async () => {
    const { visit, appId } = await openClinic();
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const otherKey = await visit({ PRIVATE_KEY_PATH: '', PRIVATE_KEY: privateKey });
    expect(otherKey.unwell).toEqual(['github: fail', 'app: skip']);
    expect(otherKey.of('github')).toEqual([expect.stringContaining('401')]);
    expect(otherKey.advice('github')).toContain('Make a new private key');
    const otherApp = await visit({ APP_ID: String(appId + 1) });
    expect(otherApp.unwell).toEqual(['github: fail', 'app: skip']);
    expect(otherApp.advice('github')).toContain('`APP_ID`');
  });

  it('a GitHub that is not there', async () => {
    const { visit } = await openClinic();
    // Port 9 (discard) is nobody's on a machine of today.
    const away = await visit({ GHE_HOST: '127.0.0.1:9' });
    expect(away.unwell).toEqual(['github: fail', 'clock: skip', 'app: skip']);
    expect(away.of('github')).toEqual([expect.stringMatching(/^fail: http:\/\/127\.0\.0\.1:9/)]);
    expect(away.advice('github')).toContain('Let this machine reach GitHub');
    expect(away.of('git')).toEqual([expect.stringMatching(/^(?:ok|warn): /)]);
  });

  it.each([
    [300_000, 'fail', 'behind'],
    [-300_000, 'fail', 'ahead of'],
    [30_000, 'warn', 'behind'],
  ] as const)('a clock that GitHub is %i ms ahead of: %s', async (ms, status, word) => {
    const { visit } = await openClinic({ hub: { clock: shiftedBy(ms) } });
    const { of, advice } = await visit();
    const seconds = Math.abs(ms) / 1000;
    expect(of('clock')).toEqual([
      expect.stringMatching(
        new RegExp(
          `^${status}: this machine is (${seconds - 1}|${seconds}|${seconds + 1}) s ${word} GitHub$`,
        ),
      ),
    ]);
    expect(advice('clock')).toContain('NTP');
    // It is the clock, not the key: Octokit corrects itself by the time that GitHub shows.
    expect(of('github')).toEqual([expect.stringContaining('ok: ')]);
  });

  it('too little asked for, and too much', { tags: ['long'] }, async () => {
    const few = await openClinic({
      app: {
        events: ['pull_request'],
        permissions: { metadata: 'read', contents: 'read', pull_requests: 'read', issues: 'read' },
      },
    });
    const less = await few.visit();
    expect(less.of('permissions')).toEqual([
      'fail: missing: `pull_requests: write`, `issues: write`, `checks: write`, `statuses: read`, `merge_queues: read`, `deployments: write`, `actions: read`, `members: read`',
    ]);
    expect(less.of('events')).toEqual([
      'fail: not subscribed to: `issue_comment`, `pull_request_review`, `push`',
    ]);
    expect(less.code).toBe(1);

    const many = await openClinic({
      app: {
        events: ['pull_request', 'issue_comment', 'pull_request_review', 'merge_group', 'push', 'fork'],
        permissions: {
          metadata: 'read',
          contents: 'write',
          pull_requests: 'write',
          issues: 'write',
          checks: 'write',
          statuses: 'read',
          deployments: 'write',
          actions: 'read',
          merge_queues: 'read',
          members: 'read',
          administration: 'write',
        },
      },
    });
    const more = await many.visit();
    expect(more.of('permissions')).toEqual([
      'warn: more than needed: `contents: write`, `administration: write`',
    ]);
    expect(more.of('events')).toEqual(['warn: more than needed: `fork`']);
    expect(more.code).toBe(0);
  });

  it('what it does without, as a personal account has no members to show', async () => {
    const { visit } = await openClinic({
      app: {
        permissions: {
          metadata: 'read',
          contents: 'read',
          pull_requests: 'write',
          issues: 'read',
          checks: 'write',
        },
      },
    });
    const seen = await visit();
    expect(seen.of('permissions')).toEqual([
      'warn: without `issues: write`, `statuses: read`, `merge_queues: read`, `deployments: write`, `actions: read`, `members: read`',
    ]);
    expect(seen.advice('permissions')).toContain('drift is told in no issue');
    expect(seen.advice('permissions')).toContain('applies are not shown as deployments');
    expect(seen.of('installation')).toEqual([
      'ok: `acme`, without `issues: write`, `statuses: read`, `merge_queues: read`, `deployments: write`, `actions: read`, `members: read`',
    ]);
    expect(seen.code).toBe(0);
  });

  it('a client id of another App, with which nobody could sign in', { tags: ['long'] }, async () => {
    const { visit, hub, appId } = await openClinic();
    expect((await visit()).of('pages')).toEqual([expect.stringMatching(/^ok: are opened by the link/)]);
    const login = { GITHUB_CLIENT_SECRET: 'a client secret' };
    const wrong = await visit({ ...login, GITHUB_CLIENT_ID: 'Iv1.another' });
    expect(wrong.of('pages')).toEqual(['fail: `GITHUB_CLIENT_ID` is not the client id of this App']);
    expect(wrong.code).toBe(1);
    const right = await visit({ ...login, GITHUB_CLIENT_ID: hub.state.apps.get(appId)?.clientId });
    expect(right.of('pages')).toEqual([expect.stringMatching(/^ok: people sign in .*\/login\/callback$/)]);
  });

  it('an installation that has not accepted new permissions, one that is suspended, and none', {
    tags: ['long'],
  }, async () => {
    const behind = await openClinic();
    const installation = behind.hub.state.installations.get(behind.installationId ?? 0);
    if (installation === undefined) throw new Error('not installed');
    behind.hub.state.installations.set(installation.id, {
      ...installation,
      permissions: { metadata: 'read', contents: 'read', pull_requests: 'write', issues: 'read' },
    });
    const old = await behind.visit();
    expect(old.of('installation')).toEqual(['fail: `acme` has not granted `checks: write`']);
    expect(old.of('permissions')).toEqual(['ok: as `app.yml` says']);
    behind.hub.state.installations.set(installation.id, {
      ...installation,
      permissions: { metadata: 'read', contents: 'read', pull_requests: 'write', checks: 'write' },
    });
    // Comments are only told to those who may read issues.
    const deaf = await behind.visit();
    expect(deaf.of('installation')).toEqual(['fail: `acme` has not granted `issues: write`']);

    behind.hub.state.installations.set(installation.id, installation);
    behind.hub.suspend(installation.id);
    const suspended = await behind.visit();
    expect(suspended.of('installation')).toEqual(['fail: `acme` has suspended it']);
    expect(suspended.advice('installation')).toContain('/settings/installations/');

    const nowhere = await openClinic({ install: false });
    const lonely = await nowhere.visit();
    expect(lonely.of('installation')).toEqual(['warn: the App is installed nowhere']);
    expect(lonely.code).toBe(0);
  });

  it('repositories that `allow` does not reach', async () => {
    const { visit } = await openClinic({ allow: 'acme/infra' });
    const { of, advice } = await visit();
    expect(of('allow')).toEqual(['warn: it matches no repository that the App is installed on']);
    expect(advice('allow')).toContain('`acme/infrastructure`');
  });
});

describe('the webhook', () => {
  it('of a wrong kind, unsigned, or without an address', { tags: ['long'] }, async () => {
    const { hub, visit, appId } = await openClinic();
    const app = hub.state.apps.get(appId);
    if (app === undefined) throw new Error('no App');
    app.webhook.contentType = 'form';
    app.webhook.secret = null;
    const wrong = await visit();
    expect(wrong.of('webhook')).toEqual(['fail: its content type is `form`', 'fail: it has no secret']);
    app.webhook.url = null;
    expect((await visit()).of('webhook')).toEqual(['fail: the App has no webhook address']);
  });

  it('that goes elsewhere: a failure while nothing arrives, a doubt while it does', {
    tags: ['long'],
  }, async () => {
    const { hub, visit, appId, environment } = await openClinic();
    const works = hub.state.apps.get(appId)?.webhook.url ?? '';
    const away = { TIDEGATE_PUBLIC_URL: 'https://tidegate.example' };
    expect((await visit(away)).of('webhook')).toEqual([`warn: it goes to \`${works}\``]);
    expect((await visit({ WEBHOOK_PATH: '/hook' })).of('webhook')).toEqual([`warn: it goes to \`${works}\``]);
    const same = { TIDEGATE_PUBLIC_URL: new URL(works).origin };
    expect((await visit(same)).of('webhook')).toEqual([expect.stringContaining('ok: ')]);

    hub.setWebhook(appId, `${new URL(works).origin}/elsewhere`);
    hub.state.deliveries.length = 0;
    const { of, advice } = await visit();
    expect(of('webhook')).toEqual([`fail: it goes to \`${new URL(works).origin}/elsewhere\``]);
    expect(advice('webhook')).toContain('`/api/github/webhooks`');
    expect(environment['WEBHOOK_SECRET']).toBe(secret);
  });

  it('over plain HTTP to another machine', async () => {
    const { hub, visit, appId } = await openClinic();
    hub.setWebhook(appId, 'http://tidegate.example/api/github/webhooks');
    expect((await visit()).of('webhook')).toEqual([expect.stringMatching(/^warn: .* is not encrypted$/)]);
  });

  it('that is refused each time', { tags: ['long'] }, async () => {
    const { hub, visit, answer } = await openClinic();
    answer(401);
    for (const name of ['one', 'two', 'three'])
      await hub.openPull('acme/infrastructure', await branch(hub, name));
    await hub.settled();
    const { of, advice, code } = await visit();
    expect(of('deliveries')).toEqual([expect.stringMatching(/^fail: 6 of .* with 401$/)]);
    expect(advice('deliveries')).toContain('`WEBHOOK_SECRET` differ');
    expect(code).toBe(1);
  });

  it('that failed and arrives now, and one that nothing was sent to', { tags: ['long'] }, async () => {
    const { hub, visit, answer } = await openClinic();
    answer(500);
    await hub.openPull('acme/infrastructure', await branch(hub, 'one'));
    await hub.settled();
    answer(202);
    for (const name of ['two', 'three', 'four'])
      await hub.openPull('acme/infrastructure', await branch(hub, name));
    await hub.settled();
    const better = await visit();
    expect(better.of('deliveries')).toEqual([expect.stringMatching(/^warn: 2 of the last \d+ failed/)]);
    expect(better.code).toBe(0);
    hub.state.deliveries.length = 0;
    expect((await visit()).of('deliveries')).toEqual(['warn: GitHub has sent no webhook yet']);
  });
});

describe('the checks that a branch requires', () => {
  const repository = 'acme/infrastructure';

  it.each(['protection', 'ruleset'] as const)(
    'in its %s: from anybody, and pinned',
    { tags: ['long'] },
    async (where) => {
      const { hub, visit, appId } = await openClinic();
      hub.requireChecks(repository, 'main', 'ruleset', []);
      hub.requireChecks(repository, 'main', where, [{ name: 'tidegate/apply', appId: null }]);
      expect((await visit()).of('required checks')).toEqual([
        'warn: `acme/infrastructure` takes `tidegate/apply` from anybody',
      ]);
      hub.requireChecks(repository, 'main', where, [{ name: 'tidegate/apply', appId }]);
      expect((await visit()).of('required checks')).toEqual(['ok: `acme/infrastructure`: `tidegate/apply`']);
    },
  );

  it('that cannot be read are said so', async () => {
    const { hub, visit } = await openClinic();
    hub.faults.route(
      { method: 'GET', path: /rules\/branches/ },
      { kind: 'status', status: 403, message: 'Upgrade' },
    );
    const { of, advice, code } = await visit();
    expect(of('required checks')).toEqual([
      'warn: `acme/infrastructure`: its branch rules cannot be read (403 Upgrade)',
    ]);
    expect(advice('required checks')).toContain('by hand');
    expect(code).toBe(0);
  });
});

const branch = async (hub: Awaited<ReturnType<typeof openClinic>>['hub'], name: string) => {
  await hub.pushFiles('acme/infrastructure', name, { files: { [name]: name }, as: 'margaret', from: 'main' });
  return { title: name, head: name, base: 'main', as: 'margaret' };
};

describe('merging by itself', () => {
  const operator = "rules: [{match: '**', automerge: true}]\n";
  const permissions = {
    metadata: 'read',
    contents: 'write',
    pull_requests: 'write',
    issues: 'write',
    checks: 'write',
    statuses: 'read',
    deployments: 'write',
    actions: 'read',
    merge_queues: 'read',
    members: 'read',
  } as const;

  it('that nobody asks for takes no permission', async () => {
    const { visit } = await openClinic();
    expect((await visit()).of('automerge')).toEqual([]);
  });

  it('that the operator file asks for, and the App may not do', async () => {
    const { visit } = await openClinic({ operator });
    const seen = await visit();
    expect(seen.of('automerge')).toEqual([
      'warn: the operator file asks for it, and the App has no `contents: write`',
    ]);
    expect(seen.advice('automerge')).toContain('People have to merge until then');
  });

  it('that the App asks for, and an installation has not granted', { tags: ['long'] }, async () => {
    const { hub, visit, installationId } = await openClinic({ operator, app: { permissions } });
    expect((await visit()).of('automerge')).toEqual(['ok: the App may merge (`contents: write`)']);
    expect((await visit()).of('permissions')).toEqual(['ok: as `app.yml` says']);
    if (installationId === null) throw new Error('it is installed nowhere');
    hub.grant(installationId, { ...permissions, contents: 'read' });
    expect((await visit()).of('automerge')).toEqual([
      'warn: the operator file asks for it, and `acme` has not granted `contents: write`',
    ]);
  });
});
