import { describe, expect, it } from 'vitest';
import { visit, world } from './pages/visit.ts';
import { createWorld, infra, octokitFor, refusal } from './world.ts';

describe('issues', () => {
  it('share the numbers of pull requests, and are opened, changed, closed and reopened', async () => {
    const { hub, bot, as, app, open, sink } = await createWorld();
    await open();
    const { data: made } = await bot.issues.create({ ...infra, title: 'Drift of network', body: 'as it is' });
    expect(made).toMatchObject({ number: 2, state: 'open', user: { login: 'tidegate[bot]' } });
    expect(made.performed_via_github_app).toMatchObject({ id: app.appId });
    const its = { ...infra, issue_number: 2 };
    expect(await refusal(as('bob').pulls.get({ ...infra, pull_number: 2 }))).toMatchObject({ status: 404 });
    await bot.issues.update({ ...its, body: 'as it was', state: 'closed', state_reason: 'completed' });
    expect((await as('dave').issues.get(its)).data).toMatchObject({
      body: 'as it was',
      state: 'closed',
      state_reason: 'completed',
    });
    await bot.issues.update({ ...its, state: 'open' });
    await as('dave').issues.createComment({ ...its, body: '/plan' });
    expect((await as('dave').issues.listComments(its)).data).toMatchObject([
      {
        body: '/plan',
        html_url: `${hub.url}/acme/infra/issues/2#issuecomment-${(await as('bob').issues.listComments(its)).data[0]?.id}`,
      },
    ]);
    const { data: next } = await as('bob').issues.create({ ...infra, title: 'Another' });
    expect(next.number).toBe(3);
    const listed = await bot.issues.listForRepo({ ...infra, state: 'all', creator: 'tidegate[bot]' });
    expect(listed.data.map(({ number }) => number)).toEqual([2]);
    await hub.settled();
    expect(sink.names().filter((name) => name.startsWith('issue'))).toEqual([
      'issues.opened',
      'issues.edited',
      'issues.closed',
      'issues.reopened',
      'issue_comment.created',
      'issues.opened',
    ]);
    const said = sink.received.find(({ event }) => event === 'issue_comment')?.payload['issue'];
    expect(said).not.toHaveProperty('pull_request');
  });

  it('are for whoever may read to open, and for their authors and those who may triage to close', async () => {
    const { as } = await createWorld();
    const { data } = await as('dave').issues.create({ ...infra, title: 'Mine' });
    const { data: other } = await as('bob').issues.create({ ...infra, title: 'Not mine' });
    await as('dave').issues.update({ ...infra, issue_number: data.number, state: 'closed' });
    const close = as('dave').issues.update({ ...infra, issue_number: other.number, state: 'closed' });
    expect(await refusal(close)).toMatchObject({ status: 403 });
    for (const wish of [{ title: ' ' }, { title: 'x'.repeat(257) }, { title: 'x', body: 'x'.repeat(65_537) }])
      expect(await refusal(as('bob').issues.create({ ...infra, ...wish }))).toMatchObject({ status: 422 });
  });

  it('are out of reach for an App that may only touch pull requests, and unheard of by it', async () => {
    const { hub, as, jwt, installationId, bot, open, sink } = await createWorld();
    const pull = await open();
    const { data: told } = await bot.issues.create({ ...infra, title: 'Drift' });
    await hub.settled();
    sink.received.length = 0;
    hub.grant(installationId, { contents: 'read', pull_requests: 'write', metadata: 'read' });
    const given = await jwt.apps.createInstallationAccessToken({ installation_id: installationId });
    const weak = octokitFor(hub, given.data.token);
    const on = (number: number) => ({ ...infra, issue_number: number });
    await as('bob').issues.createComment({ ...on(told.number), body: 'heard?' });
    await as('bob').issues.createComment({ ...on(pull.number), body: 'heard' });
    await hub.settled();
    expect(sink.received.map(({ payload }) => payload['issue'])).toMatchObject([{ number: pull.number }]);
    expect(await refusal(weak.issues.create({ ...infra, title: 'x' }))).toMatchObject({ status: 403 });
    expect(await refusal(weak.issues.createComment({ ...on(told.number), body: 'x' }))).toMatchObject({
      status: 403,
    });
    await weak.issues.createComment({ ...on(pull.number), body: 'x' });
    expect((await weak.issues.listCommentsForRepo(infra)).data).toHaveLength(2);
  });

  it('have a page, on which people comment, close and reopen them', async () => {
    const hub = await world();
    const octokit = octokitFor(hub, hub.addUser('finn').token);
    hub.setPermission('acme/infra', 'finn', 'read');
    await octokit.issues.create({ ...infra, title: 'Two <i>', body: '**bold** of #1' });
    const { get, post, text } = await visit(hub);
    const page = await text('/acme/infra/issues/2');
    expect(page).toContain('Two &lt;i&gt;');
    expect(page).toContain('<strong>bold</strong> of <a href="/acme/infra/pull/1">#1</a>');
    expect(await text('/acme/infra')).toContain('/acme/infra/issues/2');
    expect((await get('/acme/infra/pull/2')).headers.get('location')).toBe('/acme/infra/issues/2');
    const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const said = await post('/acme/infra/issues/2/comments', { csrf, as: 'grace', body: '/plan' });
    expect(said.status).toBe(303);
    expect(await text('/acme/infra/issues/2/live?as=grace')).toContain('/plan');
    const refused = await post('/acme/infra/issues/2/close', { csrf, as: 'eve' });
    expect(refused.status).toBe(404);
    await post('/acme/infra/issues/2/close', { csrf, as: 'grace' });
    expect(hub.repo('acme/infra').issues.get(2)?.state).toBe('closed');
    expect(await text('/acme/infra/issues/2')).toContain('Reopen issue');
    expect((await post('/acme/infra/issues/2/merge', { csrf, as: 'grace' })).status).toBe(404);
  });
});
