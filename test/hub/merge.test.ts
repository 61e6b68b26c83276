import { describe, expect, it } from 'vitest';
import { createWorld, git, infra, refusal } from './world.ts';

const one = { ...infra, pull_number: 1 };

describe('merging', () => {
  it('makes a merge commit, a squashed one, or replays, and the files are there', async () => {
    for (const method of ['merge', 'squash', 'rebase'] as const) {
      const { hub, sink, as, open } = await createWorld();
      const pull = await open();
      await hub.pushFiles('acme/infra', 'greeting', { files: { 'app/more.tf': 'more\n' }, as: 'bob' });
      await hub.pushFiles('acme/infra', 'main', { files: { meanwhile: '1\n' }, as: 'carol' });
      const { data } = await as('carol').pulls.merge({ ...one, merge_method: method });
      expect(data).toMatchObject({ merged: true, message: 'Pull Request successfully merged' });
      const { folder } = hub.repo('acme/infra');
      const lines = async (...args: string[]) => (await git(folder, ...args)).split('\n');
      expect(await lines('ls-tree', '-r', '--name-only', 'main')).toEqual([
        'README.md',
        'app/main.tf',
        'app/more.tf',
        'app/new.tf',
        'meanwhile',
      ]);
      expect(await git(folder, 'show', 'main:app/main.tf')).toBe('one\n2\nthree');
      expect(await git(folder, 'rev-parse', 'main')).toBe(data.sha);
      const subjects = await lines('log', '--first-parent', '--format=%s', 'main');
      expect(subjects).toEqual(
        {
          merge: ['Merge pull request #1 from acme/greeting', 'Change files', 'Initial commit'],
          squash: ['Greet the world (#1)', 'Change files', 'Initial commit'],
          rebase: ['Change files', 'Greet', 'Change files', 'Initial commit'],
        }[method],
      );
      const parents = (await git(folder, 'log', '-1', '--format=%P', 'main')).split(' ');
      expect(parents).toHaveLength(method === 'merge' ? 2 : 1);
      const { data: after } = await as('bob').pulls.get(one);
      expect(after).toMatchObject({
        merged: true,
        state: 'closed',
        mergeable: null,
        merge_commit_sha: data.sha,
        merged_by: { login: 'carol' },
      });
      await hub.settled();
      expect(sink.names().slice(-2).sort()).toEqual(['pull_request.closed', 'push']);
      expect(pull.timeline.map(({ kind }) => kind)).toEqual(['pushed', 'merged', 'closed']);
      expect((await as('bob').pulls.checkIfMerged(one)).status).toBe(204);
    }
  });

  it('of two pull requests keeps what both changed', async () => {
    const { hub, as, open } = await createWorld();
    await open();
    await hub.pushFiles('acme/infra', 'second', { files: { second: '2\n' }, as: 'bob', from: 'main' });
    await hub.openPull('acme/infra', { title: 'Second', head: 'second', base: 'main', as: 'bob' });
    await as('bob').pulls.merge(one);
    await as('bob').pulls.merge({ ...one, pull_number: 2, merge_method: 'squash' });
    const { folder } = hub.repo('acme/infra');
    expect(await git(folder, 'show', 'main:second')).toBe('2');
    expect(await git(folder, 'show', 'main:app/main.tf')).toBe('one\n2\nthree');
  });

  it('is refused: conflict 405, moved head 409, draft 405, method not allowed 405, unknown 422, reader 403', async () => {
    const { hub, as, open } = await createWorld();
    const pull = await open();
    const merge = (more: Record<string, unknown> = {}, who = 'bob') =>
      refusal(as(who).pulls.merge({ ...one, ...more }));
    expect(await merge({ sha: pull.base.sha })).toMatchObject({
      status: 409,
      data: { message: 'Head branch was modified. Review and try the merge again.' },
    });
    expect(await merge({ merge_method: 'octopus' })).toMatchObject({ status: 422 });
    expect(await merge({}, 'dave')).toMatchObject({ status: 403 });
    hub.setDraft('acme/infra', 1, 'bob', true);
    expect(await merge()).toMatchObject({ status: 405, data: { message: 'Pull Request is still a draft' } });
    hub.setDraft('acme/infra', 1, 'bob', false);
    hub.repo('acme/infra').mergeMethods.rebase = false;
    expect(await merge({ merge_method: 'rebase' })).toMatchObject({ status: 405 });
    await hub.pushFiles('acme/infra', 'main', { files: { 'app/main.tf': 'other\n' }, as: 'carol' });
    for (const method of ['merge', 'squash'])
      expect(await merge({ merge_method: method })).toMatchObject({
        status: 405,
        data: { message: 'Pull Request is not mergeable' },
      });
    expect((await as('bob').pulls.get(one)).data.state).toBe('open');
  });

  it('happens by itself when the head is pushed to the base', async () => {
    const { hub, as, open } = await createWorld();
    const pull = await open();
    const { folder } = hub.repo('acme/infra');
    await hub.pushFiles('acme/infra', 'main', {
      files: {},
      as: 'bob',
      from: pull.head.sha,
      message: 'On top',
    });
    const { data } = await as('bob').pulls.get(one);
    expect(data).toMatchObject({ merged: true, merge_commit_sha: await git(folder, 'rev-parse', 'main') });
  });

  it('of the base into the head is a synchronize; again there is nothing to do', async () => {
    const { hub, sink, as, open } = await createWorld();
    await open();
    await hub.pushFiles('acme/infra', 'main', { files: { meanwhile: '1\n' }, as: 'carol' });
    await hub.settled();
    sink.received.length = 0;
    const { status } = await as('bob').pulls.updateBranch(one);
    expect(status).toBe(202);
    await hub.settled();
    expect(sink.names()).toEqual(['push', 'pull_request.synchronize']);
    expect(await refusal(as('bob').pulls.updateBranch(one))).toMatchObject({
      status: 422,
      data: { message: 'There are no new commits on the base branch.' },
    });
  });

  it('deletes the head branch where the repository says so', async () => {
    const { hub, as, open } = await createWorld();
    await open();
    hub.repo('acme/infra').deleteBranchOnMerge = true;
    await as('bob').pulls.merge(one);
    expect(await refusal(as('bob').repos.getBranch({ ...infra, branch: 'greeting' }))).toMatchObject({
      status: 404,
      data: { message: 'Branch not found' },
    });
  });
});
