import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWorld, git, infra, refusal, remote, temporaryFolder } from './world.ts';

const platform = { owner: 'acme', repo: 'platform' };

/** `acme/infra` with a pull request, called `acme/platform` by now. */
const renamed = async () => {
  const world = await createWorld();
  const pull = await world.open();
  const { id } = world.hub.repo('acme/infra');
  world.hub.renameRepository('acme/infra', 'platform');
  const ask = (login: string, method: string, path: string, body?: unknown) =>
    fetch(`${world.hub.apiUrl}${path}`, {
      method,
      redirect: 'manual',
      headers: { authorization: `token ${world.tokenOf(login)}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return { ...world, pull, id, ask };
};

describe('a renamed repository', () => {
  it('keeps its id, and says its new name wherever it says one', async () => {
    const { as, id } = await renamed();
    const { data } = await as('bob').repos.get(platform);
    expect(data).toMatchObject({ id, name: 'platform', full_name: 'acme/platform' });
    expect(data.url).toMatch(/\/repos\/acme\/platform$/);
    const { data: pull } = await as('bob').pulls.get({ ...platform, pull_number: 1 });
    expect(pull.html_url).toMatch(/\/acme\/platform\/pull\/1$/);
    expect(pull.base.repo).toMatchObject({ id, full_name: 'acme/platform' });
  });

  it('sends those who use the old name to its id: reads for good, everything else as it is', async () => {
    const { hub, ask, id } = await renamed();
    const read = await ask('bob', 'GET', '/repos/Acme/Infra/pulls?state=open');
    expect(read.status).toBe(301);
    expect(read.headers.get('location')).toBe(`${hub.apiUrl}/repositories/${id}/pulls?state=open`);
    const write = await ask('bob', 'POST', '/repos/acme/infra/issues/1/comments', { body: 'lost?' });
    expect(write.status).toBe(307);
    expect(write.headers.get('location')).toBe(`${hub.apiUrl}/repositories/${id}/issues/1/comments`);
    expect(hub.repo('acme/platform').comments.size).toBe(0);
    const bare = await ask('bob', 'GET', '/repos/acme/infra');
    expect(bare.headers.get('location')).toBe(`${hub.apiUrl}/repositories/${id}`);
  });

  it('is reached by the old name by whoever follows, with method, body and rights', async () => {
    const { as, bot } = await renamed();
    const issue = { ...infra, issue_number: 1 };
    const { data: comment } = await as('bob').issues.createComment({ ...issue, body: 'kept' });
    const edited = await as('bob').issues.updateComment({ ...infra, comment_id: comment.id, body: 'edited' });
    expect(edited.data.body).toBe('edited');
    expect((await bot.pulls.get({ ...infra, pull_number: 1 })).data.number).toBe(1);
    expect(await refusal(as('dave').pulls.merge({ ...infra, pull_number: 1 }))).toMatchObject({
      status: 403,
    });
  });

  it('shows strangers neither name', async () => {
    const { hub, ask, id } = await renamed();
    const { token } = hub.addUser('mallory');
    for (const path of ['/repos/acme/infra', '/repos/acme/platform', `/repositories/${id}`]) {
      const headers = { authorization: `token ${token}` };
      const answer = await fetch(`${hub.apiUrl}${path}`, { redirect: 'manual', headers });
      expect(answer.status).toBe(404);
    }
    expect((await ask('bob', 'GET', '/repositories/424242')).status).toBe(404);
  });

  it('is cloned and pushed to by the old name', async () => {
    const { hub, tokenOf, sink } = await renamed();
    const folder = await temporaryFolder();
    const old = remote(hub, tokenOf('bob'));
    expect(old).toContain('/acme/infra.git');
    await git(folder, 'clone', '-q', old, 'clone');
    const clone = join(folder, 'clone');
    expect(await readFile(join(clone, 'README.md'), 'utf8')).toBe('# infra\n');
    await git(clone, 'push', '-q', 'origin', 'HEAD:refs/heads/by-the-old-name');
    await hub.settled();
    expect(sink.received.at(-1)?.payload).toMatchObject({ repository: { full_name: 'acme/platform' } });
    await expect(git(folder, 'clone', '-q', `${hub.url}/acme/infra.git`, 'none')).rejects.toThrow(
      /could not read Username|Authentication failed/,
    );
  });

  it('loses the old name to a repository that takes it, and may have it back while nobody did', async () => {
    const { hub, as, id } = await renamed();
    expect(() => hub.renameRepository('acme/platform', 'Platform')).toThrow('not a free');
    hub.renameRepository('acme/platform', 'infra');
    expect((await as('bob').repos.get(platform)).data.full_name).toBe('acme/infra');
    hub.renameRepository('acme/infra', 'platform');
    const other = await hub.addRepository('acme', 'infra', { permissions: { bob: 'read' } });
    expect((await as('bob').repos.get(infra)).data.id).toBe(other.id);
    expect((await as('bob').repos.get(platform)).data.id).toBe(id);
  });

  it('tells Apps that want to know', async () => {
    const { hub, sink } = await createWorld();
    hub.renameRepository('acme/infra', 'platform');
    await hub.settled();
    expect(sink.names()).toEqual(['repository.renamed']);
    expect(sink.received[0]?.payload).toMatchObject({
      changes: { repository: { name: { from: 'infra' } } },
      repository: { full_name: 'acme/platform' },
    });
  });
});
