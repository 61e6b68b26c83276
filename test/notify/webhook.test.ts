import { createHmac, timingSafeEqual } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { createWebhookChannel } from '../../src/notify/webhook.ts';
import { startListener } from '../support/listener.ts';
import { outgoing } from '../support/outgoing.ts';

const secret = 'a-secret-of-this-channel';

describe('a webhook', () => {
  it('brings one event of CloudEvents, signed over its time and body as a receiver would check it', async () => {
    const listener = await startListener();
    const { clock } = createVirtualClock();
    await createWebhookChannel({ name: 'ops', url: `${listener.origin}/in`, secret, clock }).send(outgoing);
    await listener.close();
    const [request] = listener.heard;
    expect(request?.path).toBe('/in');
    expect(request?.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    expect(request?.headers['x-tidegate-delivery']).toBe('4711-12');
    const seconds = request?.headers['x-tidegate-timestamp'];
    const expected = createHmac('sha256', secret).update(`${seconds}.${request?.body}`).digest();
    const given = Buffer.from(String(request?.headers['x-tidegate-signature']).replace('sha256=', ''), 'hex');
    expect(timingSafeEqual(given, expected)).toBe(true);
    expect(JSON.parse(request?.body ?? '')).toEqual({
      specversion: '1.0',
      id: '4711-12',
      source: '/repos/acme/infrastructure',
      type: 'dev.tidegate.apply.succeeded',
      subject: 'network/production',
      time: '2026-11-23T00:00:00.000Z',
      datacontenttype: 'application/json',
      data: {
        repository: { id: 4711, name: 'acme/infrastructure' },
        project: { name: 'network', dir: 'stacks/network', workspace: 'default' },
        environment: 'production',
        pull: 12,
        run: 'run-00000001',
        sha: 'a'.repeat(40),
        actor: 'ada',
        level: 'information',
        recovered: false,
        changes: { create: 1 },
        problem: null,
        summary: 'network: applied',
        url: null,
      },
    });
  });

  it.each([400, 410, 413, 415, 422])('that answers %s is not asked again', async (status) => {
    const listener = await startListener();
    listener.answer(() => ({ status }));
    const { clock } = createVirtualClock();
    const channel = createWebhookChannel({ name: 'ops', url: listener.origin, secret, clock });
    expect(await channel.send(outgoing)).toEqual({ kind: 'refused', because: `it answered ${status}` });
    await listener.close();
  });
});
