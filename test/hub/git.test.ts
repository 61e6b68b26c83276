import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWorld, git, infra, remote, temporaryFolder } from './world.ts';

describe('git over HTTP', () => {
  it('clones with a personal token and with an installation token, and refuses strangers', async () => {
    const { hub, tokenOf, bot } = await createWorld();
    const folder = await temporaryFolder();
    await git(folder, 'clone', '-q', remote(hub, tokenOf('dave')), 'clone');
    expect(await readFile(join(folder, 'clone/README.md'), 'utf8')).toBe('# infra\n');
    const { token } = (await bot.auth({ type: 'installation' })) as { token: string };
    await git(folder, 'clone', '-q', remote(hub, token), 'bot');
    await expect(git(folder, 'clone', '-q', `${hub.url}/acme/infra.git`, 'none')).rejects.toThrow(
      /could not read Username|Authentication failed/,
    );
    await expect(git(folder, 'clone', '-q', remote(hub, 'ghp_wrong'), 'wrong')).rejects.toThrow(
      /Authentication failed|Invalid/,
    );
  });

  it('lets writers push, with the events of a push, and refuses readers', async () => {
    const { hub, sink, tokenOf, open, as } = await createWorld();
    const pull = await open();
    const before = pull.head.sha;
    const folder = await temporaryFolder();
    await git(folder, 'clone', '-q', remote(hub, tokenOf('bob')), 'work');
    const work = join(folder, 'work');
    await git(work, 'checkout', '-q', 'greeting');
    await writeFile(join(work, 'app/more.tf'), 'more\n');
    await git(work, 'add', '.');
    await git(work, 'commit', '-q', '-m', 'More');
    const after = await git(work, 'rev-parse', 'HEAD');
    await expect(git(work, 'push', '-q', remote(hub, tokenOf('dave')), 'greeting')).rejects.toThrow(
      /403|denied/,
    );
    await hub.settled();
    sink.received.length = 0;
    await git(work, 'push', '-q', 'origin', 'greeting');
    await hub.settled();
    expect(sink.names()).toEqual(['push', 'pull_request.synchronize']);
    expect(sink.received[0]?.payload).toMatchObject({
      ref: 'refs/heads/greeting',
      before,
      after,
      forced: false,
      commits: [{ id: after, added: ['app/more.tf'], modified: [], removed: [] }],
    });
    expect(sink.received[1]?.payload).toMatchObject({ before, after, number: 1 });
    const { data } = await as('dave').pulls.get({ ...infra, pull_number: 1 });
    expect(data.head.sha).toBe(after);
    expect(data.changed_files).toBe(3);
    const refs = await git(folder, 'ls-remote', remote(hub, tokenOf('dave')), 'refs/pull/1/*');
    expect(refs).toContain(`${after}\trefs/pull/1/head`);
    expect(refs).toContain(`${data.merge_commit_sha}\trefs/pull/1/merge`);
  });

  it('does not let anybody push to pull request refs', async () => {
    const { hub, tokenOf, open } = await createWorld();
    await open();
    const folder = await temporaryFolder();
    await git(folder, 'clone', '-q', remote(hub, tokenOf('alice')), 'work');
    await expect(git(join(folder, 'work'), 'push', '-q', 'origin', 'HEAD:refs/pull/1/head')).rejects.toThrow(
      /hidden ref/,
    );
  });

  it('leaves files out for whoever asks for that, unless it is told that it cannot', async () => {
    for (const partialClone of [true, false]) {
      const { hub, tokenOf } = await createWorld({ partialClone });
      await hub.pushFiles('acme/infra', 'main', { files: { old: 'old' }, as: 'alice' });
      await hub.pushFiles('acme/infra', 'main', { files: { old: 'new' }, as: 'alice' });
      const folder = await temporaryFolder();
      const filter = ['--filter=blob:none', '--bare'];
      await git(folder, 'clone', '-q', ...filter, remote(hub, tokenOf('dave')), 'clone.git');
      const objects = await git(
        join(folder, 'clone.git'),
        'rev-list',
        '--objects',
        '--missing=print',
        'HEAD',
      );
      expect(/^\?/m.test(objects)).toBe(partialClone);
    }
  });

  it('gives out a commit by its sha that no ref names any more', async () => {
    const { hub, tokenOf } = await createWorld();
    const lost = await hub.pushFiles('acme/infra', 'gone', { files: { x: '1' }, as: 'bob' });
    await hub.deleteBranch('acme/infra', 'gone', 'bob');
    const folder = await temporaryFolder();
    await git(folder, 'init', '-q', '.');
    await git(folder, 'fetch', '-q', remote(hub, tokenOf('bob')), lost);
    expect(await git(folder, 'cat-file', '-t', lost)).toBe('commit');
  });

  it('sees a forced push and a deleted branch', async () => {
    const { hub, sink, tokenOf, open } = await createWorld();
    const pull = await open();
    const folder = await temporaryFolder();
    await git(folder, 'clone', '-q', '-b', 'greeting', remote(hub, tokenOf('bob')), 'work');
    const work = join(folder, 'work');
    await git(work, 'commit', '-q', '--amend', '-m', 'Greet better');
    await git(work, 'push', '-q', '-f', 'origin', 'greeting');
    await hub.settled();
    expect(sink.received.at(-2)?.payload['forced']).toBe(true);
    expect(pull.timeline.at(-1)).toMatchObject({ kind: 'pushed', forced: true });
    await git(work, 'push', '-q', 'origin', ':greeting');
    await hub.settled();
    expect(sink.names().slice(-2)).toEqual(['push', 'pull_request.closed']);
    expect(pull.state).toBe('closed');
  });
});
