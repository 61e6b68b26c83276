import { afterEach, describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import type { ChannelAnswer, Outgoing } from '../../src/notify/port.ts';
import { createSlackChannel } from '../../src/notify/slack.ts';
import { asSlack, type Listener, startListener } from '../support/listener.ts';
import { outgoing } from '../support/outgoing.ts';

const listeners: Listener[] = [];
afterEach(async () => {
  for (const one of listeners.splice(0)) await one.close();
});

const begin = async (broken = new Map<string, string>()) => {
  const listener = await startListener();
  listeners.push(listener);
  const { clock } = createVirtualClock();
  const channel = createSlackChannel({
    name: 'chat',
    api: listener.origin,
    channel: 'C01',
    token: 'xoxb-1',
    clock,
  });
  return { ...asSlack(listener, broken), broken, listener, channel };
};

const inPull: Outgoing = {
  ...outgoing,
  conversation: { title: 'acme/infrastructure#12', url: null, level: 'information' },
};
const idsOf = (answer: ChannelAnswer) => {
  if (answer.kind !== 'sent') throw new Error(`it was not sent: ${answer.because}`);
  return { message: answer.message, conversation: answer.conversation };
};

describe('Slack', () => {
  it('shows a pull request as one message with a reply for each thing, which is edited', async () => {
    const { channel, read, listener } = await begin();
    const known = idsOf(await channel.send(inPull));
    const failed = {
      title: 'network: apply failed',
      url: 'https://t.example/runs/1',
      level: 'failure' as const,
    };
    idsOf(await channel.send({ ...inPull, told: failed, known }));
    idsOf(await channel.send({ ...inPull, known: { message: null, conversation: known.conversation } }));
    expect(read()).toEqual([
      ':large_green_circle: acme/infrastructure#12',
      '  :red_circle: network: apply failed <https://t.example/runs/1|Open>',
      '  :large_green_circle: network: applied',
    ]);
    expect(listener.heard.every(({ headers }) => headers['authorization'] === 'Bearer xoxb-1')).toBe(true);
  });

  it('tells anew what somebody took away, the conversation too', async () => {
    const { channel, read, messages } = await begin();
    const known = idsOf(await channel.send(inPull));
    messages.delete(known.message ?? '');
    const again = idsOf(await channel.send({ ...inPull, known }));
    expect(read()).toHaveLength(2);
    messages.clear();
    idsOf(await channel.send({ ...inPull, known: again }));
    expect(read()).toHaveLength(2);
  });

  it('keeps what arrived of a conversation whose reply did not', async () => {
    const { channel, broken, read } = await begin();
    broken.set('chat.update', 'internal_error');
    const known = idsOf(await channel.send(inPull));
    const answer = await channel.send({ ...inPull, known });
    expect(answer).toEqual({
      kind: 'unavailable',
      because: 'Slack answered `internal_error`',
      retryAfterMs: null,
      conversation: known.conversation,
    });
    expect(read()).toHaveLength(2);
  });

  it.each(['msg_too_long', 'no_text'])('refuses for ever after %s, and nothing else', async (error) => {
    const { channel } = await begin(new Map([['chat.postMessage', error]]));
    expect((await channel.send(outgoing)).kind).toBe('refused');
    const other = await begin(new Map([['chat.postMessage', 'invalid_auth']]));
    expect((await other.channel.send(outgoing)).kind).toBe('unavailable');
  });

  it('reads nothing in a name as a link, a mention or a group', async () => {
    const { channel, read } = await begin();
    const title = '<!channel> <@U1> <https://evil.example|click> & more: applied';
    await channel.send({ ...outgoing, told: { ...outgoing.told, title } });
    expect(read()).toEqual([
      ':large_green_circle: &lt;!channel&gt; &lt;@U1&gt; &lt;https://evil.example|click&gt; &amp; more: applied',
    ]);
  });
});
