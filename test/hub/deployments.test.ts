import { describe, expect, it } from 'vitest';
import { createWorld, infra, refusal } from './world.ts';

/** As the bot deploys: whatever the checks say, and never with a merge. */
const plain = { auto_merge: false, required_contexts: [] as string[] };

const world = async () => {
  const one = await createWorld();
  const { bot, open } = one;
  const head = (await open()).head.sha;
  const deploy = async (environment: string, more: Record<string, unknown> = {}): Promise<number> => {
    const wish = { ...infra, ref: head, environment, ...plain, ...more };
    const { data } = await bot.repos.createDeployment(wish);
    if (!('id' in data)) throw new Error('it was merged');
    return data.id;
  };
  const say = (id: number, state: 'in_progress' | 'success' | 'failure', more = {}) =>
    bot.repos.createDeploymentStatus({ ...infra, deployment_id: id, state, ...more });
  const statesOf = async (id: number) =>
    (await bot.repos.listDeploymentStatuses({ ...infra, deployment_id: id })).data.map(({ state }) => state);
  return { ...one, head, deploy, say, statesOf };
};

describe('deployments', () => {
  it('are made, found, and told of with their statuses, newest first', async () => {
    const { hub, sink, bot, as, head, deploy, say, statesOf } = await world();
    const id = await deploy('staging', {
      task: 'tidegate:network',
      payload: { run: 'r1' },
      description: 'n',
    });
    await deploy('production');
    await say(id, 'in_progress', { log_url: 'https://tidegate.example/runs/r1' });
    const { data: status } = await say(id, 'success', { description: 'done' });
    expect(status).toMatchObject({ state: 'success', environment: 'staging', log_url: '' });
    expect(await statesOf(id)).toEqual(['success', 'in_progress']);
    const { data: got } = await as('dave').repos.getDeployment({ ...infra, deployment_id: id });
    expect(got).toMatchObject({
      sha: head,
      ref: head,
      task: 'tidegate:network',
      payload: { run: 'r1' },
      description: 'n',
      production_environment: false,
      performed_via_github_app: { slug: 'tidegate' },
    });
    const list = async (more: Record<string, string>) =>
      (await bot.repos.listDeployments({ ...infra, ...more })).data.map(({ environment }) => environment);
    expect(await list({})).toEqual(['production', 'staging']);
    expect(await list({ task: 'tidegate:network' })).toEqual(['staging']);
    expect(await list({ environment: 'production' })).toEqual(['production']);
    expect(await list({ sha: 'f'.repeat(40) })).toEqual([]);
    await hub.settled();
    expect(sink.names().slice(1)).toEqual([
      'deployment.created',
      'deployment.created',
      'deployment_status.created',
      'deployment_status.created',
    ]);
  });

  it('make their environment, with nothing to protect it', async () => {
    const { as, deploy } = await world();
    await deploy('Staging');
    await deploy('staging');
    const { data } = await as('dave').repos.getAllEnvironments(infra);
    expect(data).toMatchObject({
      total_count: 1,
      environments: [{ name: 'Staging', protection_rules: [], deployment_branch_policy: null }],
    });
  });

  it('are refused where a check is not green, unless no check is asked for', async () => {
    const { bot, head, deploy } = await world();
    await bot.checks.create({ ...infra, name: 'tidegate/apply', head_sha: head, status: 'in_progress' });
    expect(await refusal(deploy('staging', { required_contexts: undefined }))).toMatchObject({
      status: 409,
      data: { message: `Conflict: Commit status checks failed for ${head}.` },
    });
    expect(await refusal(deploy('staging', { required_contexts: ['missing'] }))).toMatchObject({
      status: 409,
    });
    await deploy('staging');
  });

  it('are refused where the default branch would have to be merged first', async () => {
    const { hub, deploy } = await world();
    await deploy('staging', { auto_merge: true });
    await hub.pushFiles('acme/infra', 'main', { files: { other: '1' }, as: 'bob' });
    expect(await refusal(deploy('staging', { auto_merge: true }))).toMatchObject({ status: 409 });
    await deploy('staging');
  });

  it('are on the page of their pull request, with a link that is one', async () => {
    const { hub, open, bot } = await createWorld();
    const page = async () => {
      const first = await fetch(hub.pageUrl('/acme/infra/pull/1'), { redirect: 'manual' });
      const cookie = first.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ');
      return (await fetch(`${hub.url}/acme/infra/pull/1`, { headers: { cookie } })).text();
    };
    const { head } = await open();
    expect(await page()).not.toContain('Deployments');
    const make = async (log_url: string, description: string) => {
      const { data } = await bot.repos.createDeployment({ ...infra, ref: head.sha, ...plain, description });
      if (!('id' in data)) throw new Error('it was merged');
      const at = { ...infra, deployment_id: data.id };
      await bot.repos.createDeploymentStatus({ ...at, state: 'in_progress', log_url });
    };
    await make('https://tidegate.example/runs/r1', 'network');
    await make('javascript:alert(1)', '<b>app</b>');
    const shown = await page();
    expect(shown).toContain('Deployments');
    expect(shown).toContain('href="https://tidegate.example/runs/r1"');
    expect(shown).toContain('in progress');
    expect(shown).toContain('&lt;b&gt;app&lt;/b&gt;');
    expect(shown).not.toContain('javascript:');
  });

  it('are refused to those who may not write, for refs that are not there, and in words that are too long', async () => {
    const { as, deploy, say } = await world();
    const wish = { ...infra, ref: 'main', ...plain };
    expect(await refusal(as('dave').repos.createDeployment(wish))).toMatchObject({ status: 403 });
    expect(await refusal(deploy('staging', { ref: 'nowhere' }))).toMatchObject({
      status: 422,
      data: { message: 'No ref found for: nowhere' },
    });
    expect(await refusal(deploy('staging', { task: 'x'.repeat(129) }))).toMatchObject({ status: 422 });
    const id = await deploy('staging');
    expect(await refusal(say(id, 'failure', { description: 'x'.repeat(141) }))).toMatchObject({
      status: 422,
    });
    expect(await refusal(say(id, 'failure', { state: 'odd' }))).toMatchObject({ status: 422 });
    expect(await refusal(say(7, 'failure'))).toMatchObject({ status: 404 });
  });

  it('make older ones of their environment inactive, but for production and those that come and go', async () => {
    const { hub, sink, deploy, say, statesOf } = await world();
    const [staging, failed, passing, other] = [
      await deploy('staging'),
      await deploy('staging'),
      await deploy('staging', { transient_environment: true }),
      await deploy('test'),
    ];
    const production = await deploy('production');
    for (const id of [staging, passing, other, production])
      await say(id, 'success', { auto_inactive: false });
    await say(failed, 'failure');
    await say(await deploy('staging'), 'success', { auto_inactive: false });
    expect(await statesOf(staging)).toEqual(['success']);
    await hub.settled();
    const before = sink.received.length;
    await say(await deploy('staging'), 'success');
    await say(await deploy('production'), 'success');
    expect(await statesOf(staging)).toEqual(['inactive', 'success']);
    expect(await statesOf(failed)).toEqual(['failure']);
    expect(await statesOf(passing)).toEqual(['success']);
    expect(await statesOf(other)).toEqual(['success']);
    expect(await statesOf(production)).toEqual(['success']);
    await hub.settled();
    // Of one that became inactive nobody is told.
    expect(sink.names().slice(before)).toEqual([
      'deployment.created',
      'deployment_status.created',
      'deployment.created',
      'deployment_status.created',
    ]);
  });
});

describe('environments', () => {
  it('say who has to review, how long to wait, and from which branches', async () => {
    const { hub, as } = await createWorld();
    hub.addTeam('acme', 'database', { members: ['bob'] });
    hub.environment('acme/infra', 'production/network', {
      users: ['carol'],
      teams: ['database'],
      preventSelfReview: true,
      waitTimer: 30,
      branches: ['main', 'release/*', { tag: 'v*' }],
      others: ['custom'],
    });
    const place = { ...infra, environment_name: 'Production/Network' };
    const { data } = await as('dave').repos.getEnvironment(place);
    expect(data.protection_rules).toMatchObject([
      { type: 'wait_timer', wait_timer: 30 },
      {
        type: 'required_reviewers',
        prevent_self_review: true,
        reviewers: [
          { type: 'User', reviewer: { login: 'carol' } },
          { type: 'Team', reviewer: { slug: 'database' } },
        ],
      },
      { type: 'branch_policy' },
      { type: 'custom' },
    ]);
    expect(data.deployment_branch_policy).toEqual({
      protected_branches: false,
      custom_branch_policies: true,
    });
    const { data: policies } = await as('dave').repos.listDeploymentBranchPolicies(place);
    expect(policies.branch_policies.map(({ name, type }) => [name, type])).toEqual([
      ['main', 'branch'],
      ['release/*', 'branch'],
      ['v*', 'tag'],
    ]);
    hub.environment('acme/infra', 'production/network', { branches: 'protected' });
    expect((await as('dave').repos.getEnvironment(place)).data).toMatchObject({
      protection_rules: [{ type: 'branch_policy' }],
      deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
    });
  });

  it('are not there, or not to be read by an App that may not', async () => {
    const { as, bot } = await createWorld();
    const place = { ...infra, environment_name: 'nowhere' };
    expect(await refusal(as('dave').repos.getEnvironment(place))).toMatchObject({ status: 404 });
    expect(await refusal(bot.repos.getEnvironment(place))).toMatchObject({
      status: 403,
      data: { message: 'Resource not accessible by integration' },
    });
  });
});
