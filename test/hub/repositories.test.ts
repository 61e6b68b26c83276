import { describe, expect, it } from 'vitest';
import { createWorld, infra, refusal } from './world.ts';

describe('repositories', () => {
  it('tell what a person may do', async () => {
    const { as, bot } = await createWorld();
    const ask = async (username: string) =>
      (await bot.repos.getCollaboratorPermissionLevel({ ...infra, username })).data;
    expect(await ask('alice')).toMatchObject({ permission: 'admin', role_name: 'admin' });
    expect(await ask('bob')).toMatchObject({ permission: 'write', role_name: 'write' });
    expect(await ask('dave')).toMatchObject({ permission: 'read', user: { login: 'dave' } });
    expect(await refusal(ask('nobody-at-all'))).toMatchObject({ status: 404 });
    await as('alice').repos.addCollaborator({ ...infra, username: 'dave', permission: 'maintain' });
    expect(await ask('dave')).toMatchObject({ permission: 'write', role_name: 'maintain' });
    expect(
      await refusal(as('bob').repos.addCollaborator({ ...infra, username: 'dave', permission: 'admin' })),
    ).toMatchObject({ status: 403 });
    const { data } = await as('bob').repos.listCollaborators(infra);
    expect(data.map(({ login }) => login)).toEqual(['alice', 'bob', 'carol', 'dave']);
    expect((await as('bob').repos.get(infra)).data.permissions).toMatchObject({ push: true, admin: false });
  });

  it('hide themselves from strangers when private', async () => {
    const { hub, as } = await createWorld();
    await hub.addRepository('acme', 'vault');
    await hub.addRepository('acme', 'site', { private: false });
    expect(await refusal(as('bob').repos.get({ owner: 'acme', repo: 'vault' }))).toMatchObject({
      status: 404,
    });
    expect((await as('bob').repos.get({ owner: 'acme', repo: 'site' })).data.private).toBe(false);
    expect((await fetch(`${hub.apiUrl}/repos/acme/site`)).status).toBe(200);
  });

  it('show branches, refs, commits and what lies between two', async () => {
    const { as, open } = await createWorld();
    const pull = await open();
    const bob = as('bob');
    const { data: branch } = await bob.repos.getBranch({ ...infra, branch: 'greeting' });
    expect(branch).toMatchObject({ name: 'greeting', commit: { sha: pull.head.sha } });
    const { data: ref } = await bob.git.getRef({ ...infra, ref: 'heads/greeting' });
    expect(ref).toMatchObject({ ref: 'refs/heads/greeting', object: { sha: pull.head.sha } });
    const { data: commit } = await bob.repos.getCommit({ ...infra, ref: 'greeting' });
    expect(commit).toMatchObject({ stats: { total: 3 }, files: [{ filename: 'app/main.tf' }, {}] });
    const { data: between } = await bob.repos.compareCommitsWithBasehead({
      ...infra,
      basehead: 'main...greeting',
    });
    expect(between).toMatchObject({ status: 'ahead', ahead_by: 1, behind_by: 0, total_commits: 1 });
    expect(between.files).toHaveLength(2);
    expect(between.merge_base_commit.sha).toBe(pull.base.sha);
    expect((await bob.repos.listBranches(infra)).data.map(({ name }) => name)).toEqual(['greeting', 'main']);
    for (const ref of ['no-such', '--upload-pack=x', 'main..greeting', 'main^{tree}'])
      expect(await refusal(bob.repos.getCommit({ ...infra, ref }))).toMatchObject({ status: 422 });
  });

  it('give out files and folders, and take a file as a commit with its events', async () => {
    const { hub, sink, as } = await createWorld();
    const bob = as('bob');
    const { data: file } = await bob.repos.getContent({ ...infra, path: 'app/main.tf', ref: 'greeting' });
    if (Array.isArray(file) || file.type !== 'file') throw new Error('not a file');
    expect(Buffer.from(file.content, 'base64').toString()).toBe('one\n2\nthree\n');
    const { data: folder } = await bob.repos.getContent({ ...infra, path: 'app' });
    expect(folder).toMatchObject([{ path: 'app/main.tf', type: 'file' }]);
    const { data: top } = await bob.repos.getContent({ ...infra, path: '' });
    expect(top).toMatchObject([{ path: 'README.md' }, { path: 'app', type: 'dir' }]);
    const put = (more: Record<string, unknown>) =>
      bob.repos.createOrUpdateFileContents({
        ...infra,
        path: 'docs/a b.md',
        message: 'Write',
        content: Buffer.from('hello\n').toString('base64'),
        ...more,
      });
    const made = await put({ branch: 'main' });
    expect([made.status, made.data.content?.path]).toEqual([201, 'docs/a b.md']);
    expect(await refusal(put({}))).toMatchObject({ status: 422 });
    expect(await refusal(put({ sha: 'f'.repeat(40) }))).toMatchObject({ status: 409 });
    expect((await put({ sha: made.data.content?.sha ?? '' })).status).toBe(200);
    expect(await refusal(put({ path: 'a/../b' }))).toMatchObject({ status: 422 });
    await hub.settled();
    expect(sink.names()).toEqual(['push', 'push']);
    expect(await refusal(bob.repos.getContent({ ...infra, path: 'none' }))).toMatchObject({ status: 404 });
  });
});
