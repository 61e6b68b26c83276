import { describe, expect, it } from 'vitest';
import { createWorld, infra, refusal } from './world.ts';

const one = { ...infra, pull_number: 1 };

describe('pull requests', () => {
  it('are opened, listed, read and changed, each with its event', async () => {
    const { hub, sink, as } = await createWorld();
    const bob = as('bob');
    const { data: made } = await bob.pulls.create({
      ...infra,
      title: 'Greet',
      body: 'please',
      head: 'greeting',
      base: 'main',
    });
    expect(made).toMatchObject({
      number: 1,
      state: 'open',
      mergeable: true,
      mergeable_state: 'clean',
      commits: 1,
      additions: 2,
      deletions: 1,
      changed_files: 2,
      user: { login: 'bob', type: 'User' },
    });
    expect((await bob.pulls.list(infra)).data.map(({ number }) => number)).toEqual([1]);
    expect((await bob.pulls.list({ ...infra, state: 'closed' })).data).toEqual([]);
    expect((await bob.pulls.list({ ...infra, head: 'acme:greeting' })).data).toHaveLength(1);
    const { data: files } = await bob.pulls.listFiles(one);
    expect(files.map(({ filename, status, changes }) => [filename, status, changes])).toEqual([
      ['app/main.tf', 'modified', 2],
      ['app/new.tf', 'added', 1],
    ]);
    expect(files[0]?.patch).toBe('@@ -1,3 +1,3 @@\n one\n-two\n+2\n three');
    const { data: commits } = await bob.pulls.listCommits(one);
    expect(commits.map(({ commit, author }) => [commit.message, author?.login])).toEqual([['Greet', 'bob']]);

    await hub.pushFiles('acme/infra', 'next', { files: { next: '1' }, as: 'bob', from: 'main' });
    await bob.pulls.update({ ...one, title: 'Greet them', body: 'pretty please', base: 'next' });
    await bob.pulls.update({ ...one, state: 'closed' });
    await bob.pulls.update({ ...one, state: 'open' });
    hub.setDraft('acme/infra', 1, 'bob', true);
    expect((await bob.pulls.get(one)).data).toMatchObject({ draft: true, mergeable_state: 'draft' });
    hub.setDraft('acme/infra', 1, 'bob', false);
    await bob.issues.addLabels({ ...infra, issue_number: 1, labels: ['urgent'] });
    await bob.issues.removeLabel({ ...infra, issue_number: 1, name: 'urgent' });
    await hub.settled();
    expect(sink.names()).toEqual([
      'pull_request.opened',
      'push',
      'pull_request.edited',
      'pull_request.closed',
      'pull_request.reopened',
      'pull_request.converted_to_draft',
      'pull_request.ready_for_review',
      'pull_request.labeled',
      'pull_request.unlabeled',
    ]);
    expect(sink.received[2]?.payload['changes']).toMatchObject({
      title: { from: 'Greet' },
      body: { from: 'please' },
      base: { ref: { from: 'main' }, sha: { from: made.base.sha } },
    });
  });

  it('are refused where there is nothing to pull, or no right to', async () => {
    const { as, open } = await createWorld();
    const wish = { ...infra, title: 'x', head: 'greeting', base: 'main' };
    const message = (text: string) => ({
      status: 422,
      data: { message: 'Validation Failed', errors: [expect.objectContaining({ message: text })] },
    });
    expect(await refusal(as('bob').pulls.create({ ...wish, head: 'nope' }))).toMatchObject({
      status: 422,
      data: { errors: [{ resource: 'PullRequest', field: 'head', code: 'invalid' }] },
    });
    expect(await refusal(as('bob').pulls.create({ ...wish, base: 'nope' }))).toMatchObject({
      status: 422,
      data: { errors: [{ field: 'base' }] },
    });
    expect(await refusal(as('bob').pulls.create({ ...wish, head: 'main' }))).toMatchObject(
      message('No commits between main and main'),
    );
    expect(await refusal(as('dave').pulls.create(wish))).toMatchObject({ status: 403 });
    await open();
    expect(await refusal(as('bob').pulls.create(wish))).toMatchObject(
      message('A pull request already exists for acme:greeting.'),
    );
    expect(await refusal(as('dave').pulls.update({ ...one, title: 'mine' }))).toMatchObject({ status: 403 });
    expect(await refusal(as('bob').pulls.get({ ...infra, pull_number: 7 }))).toMatchObject({ status: 404 });
  });

  it('keep the base commit they were opened on while the base branch moves, and know conflicts', async () => {
    const { hub, as, open } = await createWorld();
    const pull = await open();
    const opened = pull.base.sha;
    await hub.pushFiles('acme/infra', 'main', { files: { other: '1' }, as: 'carol' });
    const { data: moved } = await as('bob').pulls.get(one);
    expect(moved.base.sha).toBe(opened);
    expect(moved).toMatchObject({ mergeable: true, changed_files: 2 });
    await hub.pushFiles('acme/infra', 'main', { files: { 'app/main.tf': 'one\nII\nthree\n' }, as: 'carol' });
    expect((await as('bob').pulls.get(one)).data).toMatchObject({
      mergeable: false,
      mergeable_state: 'dirty',
    });
  });

  it('do not know at once whether they can be merged, when asked to be like GitHub', async () => {
    const { as, open } = await createWorld({ mergeability: 'later' });
    await open();
    const ask = async () => (await as('bob').pulls.get(one)).data;
    expect(await ask()).toMatchObject({ mergeable: null, mergeable_state: 'unknown', changed_files: 2 });
    expect(await ask()).toMatchObject({ mergeable: true, mergeable_state: 'clean' });
  });

  it('come from forks, whose commits are found under refs/pull', async () => {
    const { hub, as } = await createWorld();
    await hub.fork('acme/infra', 'dave');
    const sha = await hub.pushFiles('dave/infra', 'idea', { files: { idea: '1' }, as: 'dave', from: 'main' });
    const { data } = await as('dave').pulls.create({
      ...infra,
      title: 'Idea',
      head: 'dave:idea',
      base: 'main',
    });
    expect(data.head).toMatchObject({
      sha,
      label: 'dave:idea',
      repo: { full_name: 'dave/infra', fork: true },
    });
    const { data: ref } = await as('bob').git.getRef({ ...infra, ref: 'pull/1/head' });
    expect(ref.object.sha).toBe(sha);
    const next = await hub.pushFiles('dave/infra', 'idea', { files: { idea: '2' }, as: 'dave' });
    expect((await as('bob').pulls.get(one)).data.head.sha).toBe(next);
  });

  it('are known by their renames, binaries and odd names', async () => {
    const { hub, as } = await createWorld();
    await hub.pushFiles('acme/infra', 'odd', {
      files: { 'app/renamed.tf': 'one\ntwo\nthree\n', bin: Buffer.from([0, 1, 2, 0]), 'ä "b"\tc.txt': 'x\n' },
      deletes: ['app/main.tf'],
      as: 'bob',
      from: 'main',
    });
    await hub.openPull('acme/infra', { title: 'Odd', head: 'odd', base: 'main', as: 'bob' });
    const { data } = await as('bob').pulls.listFiles(one);
    expect(data.map((file) => [file.filename, file.status, file.previous_filename])).toEqual([
      ['app/renamed.tf', 'renamed', 'app/main.tf'],
      ['bin', 'added', undefined],
      ['ä "b"\tc.txt', 'added', undefined],
    ]);
    expect(data[1]?.patch).toBeUndefined();
  });
});
