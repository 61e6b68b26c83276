import { describe, expect, it } from 'vitest';
import { requestCheckAction, rerequestCheckSuite } from '../../src/hub/checks.ts';
import { createWorld, infra, refusal } from './world.ts';

const annotation = {
  path: 'app/main.tf',
  start_line: 1,
  end_line: 2,
  annotation_level: 'warning' as const,
  message: 'is replaced',
};

describe('check runs', () => {
  it('are made, moved on, completed, found by name and App, newest counting', async () => {
    const { hub, sink, bot, app, as, open } = await createWorld();
    const head_sha = (await open()).head.sha;
    const { data: run } = await bot.checks.create({
      ...infra,
      name: 'tidegate/plan',
      head_sha,
      status: 'in_progress',
      external_id: 'batch-1',
      output: { title: 'Planning', summary: '…' },
    });
    expect(run).toMatchObject({
      status: 'in_progress',
      conclusion: null,
      external_id: 'batch-1',
      app: { slug: 'tidegate' },
      pull_requests: [{ number: 1 }],
    });
    const { data: done } = await bot.checks.update({
      ...infra,
      check_run_id: run.id,
      conclusion: 'success',
      output: { title: 'Planned', summary: '1 change' },
    });
    expect(done).toMatchObject({ status: 'completed', conclusion: 'success', output: { title: 'Planned' } });
    expect(done.completed_at).not.toBeNull();
    const { data: second } = await bot.checks.create({ ...infra, name: 'tidegate/plan', head_sha });
    await bot.checks.create({ ...infra, name: 'tidegate/apply', head_sha });
    const list = async (more: Record<string, unknown>) =>
      (await as('dave').checks.listForRef({ ...infra, ref: head_sha, ...more })).data;
    expect(await list({})).toMatchObject({
      total_count: 2,
      check_runs: [{ name: 'tidegate/apply' }, { id: second.id }],
    });
    expect((await list({ check_name: 'tidegate/plan' })).check_runs.map(({ id }) => id)).toEqual([second.id]);
    expect((await list({ filter: 'all' })).total_count).toBe(3);
    expect((await list({ app_id: app.appId + 1 })).total_count).toBe(0);
    expect((await list({ ref: 'heads/greeting' })).total_count).toBe(2);
    const { data: suites } = await as('dave').checks.listSuitesForRef({ ...infra, ref: head_sha });
    expect(suites.check_suites).toMatchObject([{ head_branch: 'greeting', latest_check_runs_count: 3 }]);
    expect((await as('dave').checks.get({ ...infra, check_run_id: run.id })).data.name).toBe('tidegate/plan');
    await hub.settled();
    expect(sink.names().slice(1)).toEqual([
      'check_run.created',
      'check_run.completed',
      'check_run.created',
      'check_run.created',
    ]);
  });

  it('take fifty annotations at a time and keep them all', async () => {
    const { bot, as, open } = await createWorld();
    const head_sha = (await open()).head.sha;
    const output = (count: number) => ({
      title: 't',
      summary: 's',
      annotations: Array.from({ length: count }, () => annotation),
    });
    const make = (count: number) =>
      bot.checks.create({ ...infra, name: 'x', head_sha, output: output(count) });
    expect(await refusal(make(51))).toMatchObject({ status: 422 });
    const { data } = await make(50);
    await bot.checks.update({ ...infra, check_run_id: data.id, output: output(20) });
    const all = await as('bob').paginate(as('bob').checks.listAnnotations, {
      ...infra,
      check_run_id: data.id,
    });
    expect(all).toHaveLength(70);
    expect(all[0]).toMatchObject({ path: 'app/main.tf', message: 'is replaced', title: null });
  });

  it('are refused to people, on commits that are not there, and without a conclusion', async () => {
    const { bot, as, open } = await createWorld();
    const head_sha = (await open()).head.sha;
    expect(await refusal(as('alice').checks.create({ ...infra, name: 'x', head_sha }))).toMatchObject({
      status: 403,
      data: { message: 'You must authenticate via a GitHub App.' },
    });
    const wrong = 'f'.repeat(40);
    expect(await refusal(bot.checks.create({ ...infra, name: 'x', head_sha: wrong }))).toMatchObject({
      status: 422,
      data: { message: `No commit found for SHA: ${wrong}` },
    });
    expect(
      await refusal(
        bot.request('POST /repos/acme/infra/check-runs', { name: 'x', head_sha, status: 'completed' }),
      ),
    ).toMatchObject({ status: 422 });
    const long = 'x'.repeat(65_536);
    expect(
      await refusal(
        bot.checks.create({ ...infra, name: 'x', head_sha, output: { title: 't', summary: long } }),
      ),
    ).toMatchObject({ status: 422 });
  });

  it('are asked for again, and their buttons pressed', async () => {
    const { hub, sink, bot, as, open } = await createWorld();
    const head_sha = (await open()).head.sha;
    const { data } = await bot.checks.create({
      ...infra,
      name: 'tidegate/apply',
      head_sha,
      status: 'queued',
    });
    const at = { ...infra, check_run_id: data.id };
    expect(await refusal(as('bob').checks.rerequestRun(at))).toMatchObject({ status: 403 });
    const actions = [{ label: 'Apply', description: 'Apply this plan', identifier: 'apply' }];
    await bot.checks.update({ ...at, conclusion: 'action_required', actions });
    expect(await refusal(as('dave').checks.rerequestRun(at))).toMatchObject({ status: 403 });
    await as('bob').checks.rerequestRun(at);
    const run = hub.repo('acme/infra').checkRuns.get(data.id);
    if (run === undefined) throw new Error('the run is gone');
    requestCheckAction(hub.state, run, hub.actor('bob'), 'apply');
    await hub.settled();
    expect(sink.names().slice(-2)).toEqual(['check_run.rerequested', 'check_run.requested_action']);
    expect(sink.received.at(-1)?.payload).toMatchObject({
      requested_action: { identifier: 'apply' },
      sender: { login: 'bob' },
    });
  });

  it('take three buttons, each with words and a name of limited length', async () => {
    const { bot, open } = await createWorld();
    const head_sha = (await open()).head.sha;
    const button = (label: number, description: number, identifier: number) => ({
      label: 'l'.repeat(label),
      description: 'd'.repeat(description),
      identifier: 'i'.repeat(identifier),
    });
    const make = (actions: readonly ReturnType<typeof button>[]) =>
      bot.checks.create({ ...infra, name: 'x', head_sha, conclusion: 'success', actions: [...actions] });
    const most = button(20, 40, 20);
    expect((await make([most, most, most])).status).toBe(201);
    for (const actions of [
      [most, most, most, most],
      [button(21, 40, 20)],
      [button(20, 41, 20)],
      [button(20, 40, 21)],
    ])
      expect(await refusal(make(actions))).toMatchObject({ status: 422 });
  });

  it('offer nothing before they are completed, nor to those who may not write', async () => {
    const { hub, sink, bot, open } = await createWorld();
    const head_sha = (await open()).head.sha;
    const actions = [{ label: 'Plan', description: 'Plan again', identifier: 'plan' }];
    const { data } = await bot.checks.create({ ...infra, name: 'x', head_sha, actions });
    const run = hub.repo('acme/infra').checkRuns.get(data.id);
    if (run === undefined) throw new Error('the run is gone');
    const press = (login: string, identifier = 'plan') =>
      requestCheckAction(hub.state, run, hub.actor(login), identifier);
    expect(() => press('bob')).toThrow('offers no actions yet');
    await bot.checks.update({ ...infra, check_run_id: data.id, conclusion: 'success' });
    expect(() => press('bob', 'other')).toThrow('No such action');
    expect(() => press('dave')).toThrow();
    await expect(rerequestCheckSuite(hub.state, run.suite, hub.actor('dave'))).rejects.toThrow();
    press('bob');
    await rerequestCheckSuite(hub.state, run.suite, hub.actor('bob'));
    await hub.settled();
    expect(sink.names().slice(-2)).toEqual(['check_run.requested_action', 'check_suite.rerequested']);
    expect(sink.received.at(-1)?.payload).toMatchObject({
      check_suite: { head_sha, app: { slug: 'tidegate' }, pull_requests: [{ number: 1 }] },
      sender: { login: 'bob' },
    });
  });
});

describe('commit statuses', () => {
  it('combine the newest of each context', async () => {
    const { bot, as, open } = await createWorld();
    const sha = (await open()).head.sha;
    const combined = async () =>
      (await as('dave').repos.getCombinedStatusForRef({ ...infra, ref: 'greeting' })).data;
    expect(await combined()).toMatchObject({ state: 'pending', total_count: 0 });
    const set = (state: 'pending' | 'success' | 'error', context: string) =>
      bot.repos.createCommitStatus({ ...infra, sha, state, context, description: 'd' });
    await set('pending', 'a');
    await set('success', 'b');
    expect((await combined()).state).toBe('pending');
    await set('success', 'a');
    expect(await combined()).toMatchObject({ state: 'success', total_count: 2, sha });
    await set('error', 'b');
    expect((await combined()).state).toBe('failure');
    expect((await as('dave').repos.listCommitStatusesForRef({ ...infra, ref: sha })).data).toHaveLength(4);
    expect(
      await refusal(as('dave').repos.createCommitStatus({ ...infra, sha, state: 'success' })),
    ).toMatchObject({ status: 403 });
    expect(
      await refusal(
        bot.repos.createCommitStatus({ ...infra, sha, state: 'success', description: 'x'.repeat(141) }),
      ),
    ).toMatchObject({ status: 422 });
  });
});
