import { describe, expect, it } from 'vitest';
import { createWorld, infra, refusal } from './world.ts';

const issue = { ...infra, issue_number: 1 };
const one = { ...infra, pull_number: 1 };

describe('comments', () => {
  it('are written, read, edited and deleted, and know who wrote them through what', async () => {
    const { as, bot, app, open } = await createWorld();
    await open();
    const { data: mine } = await as('dave').issues.createComment({ ...issue, body: '/plan' });
    expect(mine).toMatchObject({
      body: '/plan',
      user: { login: 'dave', type: 'User' },
      author_association: 'COLLABORATOR',
      performed_via_github_app: null,
    });
    const { data: its } = await bot.issues.createComment({ ...issue, body: 'planned' });
    expect(its.user).toMatchObject({ login: 'tidegate[bot]', type: 'Bot' });
    expect(its.performed_via_github_app).toMatchObject({ id: app.appId, slug: 'tidegate' });
    expect((await as('bob').issues.listComments(issue)).data.map(({ body }) => body)).toEqual([
      '/plan',
      'planned',
    ]);
    await bot.issues.updateComment({ ...infra, comment_id: its.id, body: 'applied' });
    const { data: read } = await as('bob').issues.getComment({ ...infra, comment_id: its.id });
    expect(read.body).toBe('applied');
    expect(
      await refusal(as('dave').issues.updateComment({ ...infra, comment_id: its.id, body: 'hacked' })),
    ).toMatchObject({ status: 403 });
    await as('dave').issues.deleteComment({ ...infra, comment_id: mine.id });
    expect(await refusal(as('dave').issues.getComment({ ...infra, comment_id: mine.id }))).toMatchObject({
      status: 404,
      data: { message: 'Not Found' },
    });
  });

  it('take 65,536 characters and not one more', async () => {
    const { as, open } = await createWorld();
    await open();
    const longest = '𝒳'.repeat(65_536);
    const { data } = await as('bob').issues.createComment({ ...issue, body: longest });
    expect(data.body).toBe(longest);
    for (const work of [
      as('bob').issues.createComment({ ...issue, body: `${longest}x` }),
      as('bob').issues.updateComment({ ...infra, comment_id: data.id, body: `${longest}x` }),
    ])
      expect(await refusal(work)).toMatchObject({
        status: 422,
        data: {
          message: 'Validation Failed',
          errors: [{ field: 'body', message: 'body is too long (maximum is 65536 characters)' }],
        },
      });
    expect(await refusal(as('bob').issues.createComment({ ...issue, body: ' ' }))).toMatchObject({
      status: 422,
    });
  });

  it('carry reactions, each of a person once', async () => {
    const { as, bot, open } = await createWorld();
    await open();
    const { data } = await as('bob').issues.createComment({ ...issue, body: '/plan' });
    const at = { ...infra, comment_id: data.id };
    const first = await bot.reactions.createForIssueComment({ ...at, content: 'eyes' });
    const again = await bot.reactions.createForIssueComment({ ...at, content: 'eyes' });
    await as('bob').reactions.createForIssueComment({ ...at, content: '+1' });
    expect([first.status, again.status, again.data.id]).toEqual([201, 200, first.data.id]);
    const { data: all } = await as('bob').reactions.listForIssueComment(at);
    expect(all.map(({ content, user }) => [content, user?.login])).toEqual([
      ['eyes', 'tidegate[bot]'],
      ['+1', 'bob'],
    ]);
    const { data: shown } = await as('bob').issues.getComment(at);
    expect(shown.reactions).toMatchObject({ total_count: 2, eyes: 1, '+1': 1, rocket: 0 });
    const unreact = (who: typeof bot) =>
      who.reactions.deleteForIssueComment({ ...at, reaction_id: first.data.id });
    expect(await refusal(unreact(as('bob')))).toMatchObject({ status: 404 });
    expect((await unreact(bot)).status).toBe(204);
    expect(
      await refusal(
        bot.request('POST /repos/acme/infra/issues/comments/{id}/reactions', { id: data.id, content: 'meh' }),
      ),
    ).toMatchObject({ status: 422 });
  });
});

describe('reviews', () => {
  it('approve, ask for changes, comment, and are dismissed', async () => {
    const { hub, sink, as, open } = await createWorld();
    const pull = await open();
    const { data: yes } = await as('carol').pulls.createReview({ ...one, event: 'APPROVE' });
    expect(yes).toMatchObject({ state: 'APPROVED', commit_id: pull.head.sha, user: { login: 'carol' } });
    await as('alice').pulls.createReview({ ...one, event: 'REQUEST_CHANGES', body: 'no' });
    await as('bob').pulls.createReview({ ...one, event: 'COMMENT', body: 'why' });
    await as('alice').pulls.dismissReview({ ...one, review_id: yes.id, message: 'stale' });
    const { data: all } = await as('bob').pulls.listReviews(one);
    expect(all.map(({ state }) => state)).toEqual(['DISMISSED', 'CHANGES_REQUESTED', 'COMMENTED']);
    expect((await as('bob').pulls.getReview({ ...one, review_id: yes.id })).data.state).toBe('DISMISSED');
    await hub.settled();
    expect(sink.names().slice(1)).toEqual([
      'pull_request_review.submitted',
      'pull_request_review.submitted',
      'pull_request_review.submitted',
      'pull_request_review.dismissed',
    ]);
    expect(sink.received[1]?.payload).toMatchObject({
      review: { state: 'approved', commit_id: pull.head.sha },
      pull_request: { number: 1 },
    });
  });

  it('are not for one’s own pull request, nor without a word where one is needed', async () => {
    const { as, open } = await createWorld();
    await open();
    const review = (who: string, event: 'APPROVE' | 'COMMENT' | 'REQUEST_CHANGES') =>
      refusal(as(who).pulls.createReview({ ...one, event }));
    expect(await review('bob', 'APPROVE')).toMatchObject({
      status: 422,
      data: { errors: ['Can not approve your own pull request'] },
    });
    expect(await review('carol', 'REQUEST_CHANGES')).toMatchObject({ status: 422 });
    const { data } = await as('carol').pulls.createReview({ ...one, event: 'COMMENT', body: 'hm' });
    expect(
      await refusal(as('alice').pulls.dismissReview({ ...one, review_id: data.id, message: 'x' })),
    ).toMatchObject({ status: 422 });
  });

  it('by readers are taken; dismissing is for writers', async () => {
    const { as, open } = await createWorld();
    await open();
    const { data } = await as('dave').pulls.createReview({ ...one, event: 'APPROVE' });
    expect(
      await refusal(as('dave').pulls.dismissReview({ ...one, review_id: data.id, message: 'x' })),
    ).toMatchObject({ status: 403 });
  });
});
