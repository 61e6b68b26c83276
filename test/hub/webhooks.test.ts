import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createWorld, infra, refusal, secret } from './world.ts';

const comment = { ...infra, issue_number: 1 };

describe('webhooks', () => {
  it('pings, announces the installation, and signs with the secret', async () => {
    const { hub, sink, open } = await createWorld();
    expect(hub.deliveries().map(({ event, action }) => [event, action])).toEqual([
      ['ping', null],
      ['installation', 'created'],
      ['push', null],
    ]);
    await open();
    await hub.settled();
    const [letter] = sink.received;
    const signature = createHmac('sha256', secret)
      .update(letter?.raw ?? '')
      .digest('hex');
    expect(letter?.headers).toMatchObject({
      'x-github-event': 'pull_request',
      'x-hub-signature-256': `sha256=${signature}`,
      'x-github-hook-installation-target-type': 'integration',
      'content-type': 'application/json',
      'x-github-delivery': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(Number(letter?.headers['x-github-hook-id'])).toBeGreaterThan(0);
  });

  it('sends in order, and to the App what it wrote itself', async () => {
    const { hub, sink, bot, open } = await createWorld();
    await open();
    const made = await bot.issues.createComment({ ...comment, body: 'one' });
    await bot.issues.updateComment({ ...infra, comment_id: made.data.id, body: 'two' });
    await bot.issues.deleteComment({ ...infra, comment_id: made.data.id });
    await hub.settled();
    expect(sink.names()).toEqual([
      'pull_request.opened',
      'issue_comment.created',
      'issue_comment.edited',
      'issue_comment.deleted',
    ]);
    expect(sink.received[1]?.payload).toMatchObject({
      sender: { login: 'tidegate[bot]', type: 'Bot' },
      comment: { body: 'one', performed_via_github_app: { slug: 'tidegate' } },
    });
    expect(sink.received[2]?.payload).toMatchObject({ changes: { body: { from: 'one' } } });
  });

  it('records every attempt and sends one again when asked', async () => {
    const { hub, sink, jwt, as, open } = await createWorld();
    await open();
    await hub.settled();
    sink.answer = 500;
    await as('bob').issues.createComment({ ...comment, body: '/plan' });
    await hub.settled();
    const { data: list } = await jwt.apps.listWebhookDeliveries({ per_page: 2 });
    const [lost, earlier] = list;
    expect(lost).toMatchObject({ event: 'issue_comment', status_code: 500, redelivery: false });
    expect(earlier).toMatchObject({ event: 'pull_request', status: 'OK', status_code: 200 });
    if (lost === undefined) throw new Error('nothing was recorded');
    sink.answer = 200;
    await jwt.apps.redeliverWebhookDelivery({ delivery_id: lost.id });
    await hub.settled();
    const again = sink.received.slice(-2);
    expect(again[1]?.id).toBe(again[0]?.id);
    expect(again[1]?.raw).toBe(again[0]?.raw);
    const { data: after } = await jwt.apps.listWebhookDeliveries({ per_page: 1 });
    expect(after[0]).toMatchObject({ guid: lost.guid, redelivery: true, status_code: 200 });
    const { data: whole } = await jwt.apps.getWebhookDelivery({ delivery_id: lost.id });
    expect(whole.request.payload).toMatchObject({ action: 'created', comment: { body: '/plan' } });
    const all = await jwt.paginate('GET /app/hook/deliveries', { per_page: 2 });
    expect(all).toHaveLength(hub.deliveries().length);
    expect(await refusal(jwt.apps.getWebhookDelivery({ delivery_id: 1 }))).toMatchObject({ status: 404 });
  });

  it('drops, loses, doubles, delays and reorders when told to', async () => {
    const { hub, sink, as, open } = await createWorld();
    await open();
    await hub.settled();
    const say = async (body: string): Promise<void> => {
      await as('bob').issues.createComment({ ...comment, body });
    };
    const bodies = (): unknown[] =>
      sink.received.map(({ payload }) => {
        const shown = payload['comment'];
        return typeof shown === 'object' && shown !== null && 'body' in shown ? shown.body : null;
      });
    const match = { event: 'issue_comment', action: 'created', times: 1 };
    sink.received.length = 0;
    const recorded = hub.deliveries().length;
    hub.faults.webhook(match, { kind: 'drop' });
    hub.faults.webhook(match, { kind: 'lose' });
    hub.faults.webhook(match, { kind: 'double' });
    hub.faults.webhook(match, { kind: 'reorder' });
    for (const body of ['dropped', 'lost', 'doubled', 'late', 'last']) await say(body);
    await hub.settled();
    expect(bodies()).toEqual(['doubled', 'doubled', 'last', 'late']);
    expect(sink.received[0]?.id).toBe(sink.received[1]?.id);
    expect(hub.deliveries().length - recorded).toBe(5);
    expect(hub.deliveries()[recorded]).toMatchObject({ statusCode: 0, status: 'timed out' });

    sink.received.length = 0;
    hub.faults.webhook(match, { kind: 'delay', ms: 300 });
    await say('slow');
    await say('fast');
    await hub.settled();
    expect(bodies()).toEqual(['fast', 'slow']);

    hub.faults.webhook(match, { kind: 'reorder' });
    await say('alone');
    await hub.settled();
    expect(bodies()).toEqual(['fast', 'slow', 'alone']);
  });

  it('never leaves this machine', async () => {
    const { hub, app, open } = await createWorld();
    hub.setWebhook(app.appId, 'http://example.com/hook');
    await open();
    await hub.settled();
    expect(hub.deliveries().at(-1)).toMatchObject({ statusCode: 0, status: 'failed to connect to host' });
  });
});
