/** Decision 54: who is told of what, besides GitHub, and that nothing of it is lost. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Channel, ChannelAnswer, Outgoing } from '../../src/notify/port.ts';
import { createDriftWorld, hour } from '../support/drift-world.ts';
import { createMemoryWorld, type MemoryWorld, repo } from '../support/memory-world.ts';

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

/** A channel that keeps what it is sent. */
const record = (name: string, edits = false) => {
  const sent: Outgoing[] = [];
  let answer = (_: Outgoing): ChannelAnswer => ({ kind: 'sent', message: null, conversation: null });
  const channel: Channel = {
    name,
    edits,
    send: async (outgoing) => {
      const said = answer(outgoing);
      if (said.kind === 'sent') sent.push(outgoing);
      return said;
    },
  };
  return {
    channel,
    sent,
    answers: (next: typeof answer) => {
      answer = next;
    },
    types: () =>
      sent.map(
        ({ notification: { type, project, recovered } }) =>
          `${project?.name ?? 'all'} ${type}${recovered ? ' again' : ''}`,
      ),
  };
};

const down: ChannelAnswer = {
  kind: 'unavailable',
  because: 'it answered 500',
  retryAfterMs: null,
  conversation: null,
};

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const main = { 'network/main.tf': tf('small'), 'app/main.tf': tf('small') };
const operator = `notify:
  channels:
    ops: {webhook: {url: "https://hooks.example.com", secret: TIDEGATE_OPS}}
    chat: {slack: {channel: C01, token: TIDEGATE_CHAT}}
  routes:
    - {to: [ops]}
    - {to: [chat], level: attention}
`;

const begin = async (...channels: Channel[]): Promise<MemoryWorld> => {
  const world = await createMemoryWorld({ main, operator, channels });
  worlds.push(world);
  return world;
};
const opened = async (world: MemoryWorld, number: number): Promise<void> => {
  world.open(number, { 'network/main.tf': tf('large') });
  await world.event(number, 'opened');
  await world.settled();
};
const says = async (world: MemoryWorld, body: string): Promise<void> => {
  await world.comment(1, body);
  await world.settled();
};

describe('others are told', () => {
  it('of every state that a project enters, in order, and once', async () => {
    const ops = record('ops');
    const world = await begin(ops.channel);
    await opened(world, 1);
    await says(world, '/apply');
    await world.until(() => ops.sent.length >= 3);
    await world.advance(600_000);
    expect(ops.types()).toEqual([
      'network plan.succeeded',
      'network apply.started',
      'network apply.succeeded',
    ]);
    const [planned, , applied] = ops.sent;
    expect(planned?.notification).toMatchObject({
      repo: { owner: 'acme', name: 'infrastructure' },
      pullNumber: 1,
      project: { name: 'network', dir: 'network', workspace: 'default' },
      changes: expect.objectContaining({ create: 1 }),
      problem: null,
    });
    expect(applied?.notification.actor).toBe('ada');
    expect(planned?.told.title).toBe('network: planned (1 to create), acme/infrastructure#1');
    expect(planned?.conversation?.title).toBe('acme/infrastructure#1');
  });

  it('only of what their route asks for, and that it is over', async () => {
    const chat = record('chat', true);
    const world = await begin(chat.channel);
    world.tool.hooks.set('plan', () => ({ exitCode: 1, text: 'no such thing: hunter2hunter2' }));
    await opened(world, 1);
    await world.until(() => chat.sent.length === 1);
    world.tool.hooks.delete('plan');
    await says(world, '/plan');
    await world.until(() => chat.sent.length === 2);
    await says(world, '/apply');
    await world.advance(600_000);
    expect(chat.types()).toEqual(['network plan.failed', 'network plan.succeeded again']);
    expect(chat.sent[0]?.notification.problem).toBe('tool-failed');
    // What a tool printed is for those who may read it on the pull request.
    expect(JSON.stringify(chat.sent)).not.toContain('hunter2');
  });

  it('when a channel is back that was down for a day, of all that happened, while others hear it at once', async () => {
    const ops = record('ops');
    const chat = record('chat', true);
    const world = await begin(ops.channel, chat.channel);
    world.operate(operator.replace('level: attention', 'level: information'));
    await world.crash();
    ops.answers(() => down);
    await opened(world, 1);
    await says(world, '/apply');
    await world.until(() => chat.sent.length > 0);
    await world.advance(24 * 3_600_000);
    expect(ops.sent).toEqual([]);
    expect(chat.types().at(-1)).toBe('network apply.succeeded');
    expect(world.complaints.filter((one) => one.startsWith('a channel takes no notifications'))).toHaveLength(
      1,
    );
    ops.answers(() => ({ kind: 'sent', message: null, conversation: null }));
    await world.advance(900_000);
    await world.until(() => ops.sent.length === 3);
    expect(ops.types()).toEqual([
      'network plan.succeeded',
      'network apply.started',
      'network apply.succeeded',
    ]);
  });

  it('no more of what a channel did not take for three days, or refuses; it is kept for people to see', async () => {
    const ops = record('ops');
    const world = await begin(ops.channel);
    ops.answers(() => down);
    await opened(world, 1);
    await world.advance(4 * 24 * 3_600_000);
    await world.until(async () => (await world.ports.store.notifications.counts()).waiting === 0);
    ops.answers(() => ({ kind: 'refused', because: 'it answered 410' }));
    await says(world, '/apply');
    await world.until(async () => (await world.ports.store.notifications.counts()).dead === 3);
    const open = await world.ports.store.notifications.open(null, 9);
    expect(open.map(({ because, state }) => `${state}: ${because}`)).toEqual([
      'dead: it answered 410',
      'dead: it answered 410',
      'dead: it answered 500',
    ]);
  });

  it('of what happened, whenever the server dies between that and the sending of it', {
    tags: ['long'],
    timeout: 400_000,
  }, async () => {
    let died = 0;
    for (const write of [1, 4, 8, 11, 14, 18]) {
      const ops = record('ops');
      // An apply of which nobody knows how it ended is told in the chat too.
      const world = await begin(ops.channel, record('chat').channel);
      await opened(world, 1);
      world.dieAfter(write);
      // A server that is dead answers nobody.
      void world.comment(1, '/apply').catch(() => undefined);
      await world.until(() => world.isDead() || ops.types().includes('network apply.succeeded'));
      if (world.isDead()) died += 1;
      await world.crash();
      await world.settled();
      await world.advance(60_000);
      expect(await world.ports.store.notifications.counts()).toMatchObject({ waiting: 0, dead: 0 });
      // At least once: what was under way when it died may come a second time, under the same id.
      const audit = await world.ports.store.audit.ofPull({ repositoryId: 4711, pullNumber: 1 });
      const applied = audit.filter(({ kind }) => kind === 'apply.applied').length;
      const told = ops.sent.filter(({ notification }) => notification.type === 'apply.succeeded');
      expect(new Set(told.map(({ notification }) => notification.id)).size).toBe(applied);
      await world.close();
      worlds.length = 0;
    }
    expect(died).toBeGreaterThan(1);
  });

  it('of drift when it is found, once, and when it is over', async () => {
    const ops = record('ops');
    const world = await createDriftWorld({
      operator: `drift: { jitter: 0m }\n${operator}`,
      channels: [ops.channel],
    });
    worlds.push(world.w);
    const commit = world.w.main({});
    world.w.forge.branches.setBranch(repo, 'main', commit);
    await world.apply(commit);
    const look = async () => {
      await world.pass(hour);
      await world.w.advance(5_000);
    };
    await look();
    world.tool.world.set({ ada: 'superuser', grace: 'dev' });
    await look();
    await look();
    world.tool.world.set({ ada: 'admin', grace: 'dev' });
    await look();
    await world.w.until(() => ops.sent.length >= 2);
    expect(ops.types()).toEqual(['people drift.detected', 'people drift.resolved again']);
    const [found] = ops.sent;
    expect(found?.told.title).toBe(
      'people: drifts: it is not as it was applied (1 to update), acme/infrastructure',
    );
    expect(JSON.stringify(ops.sent)).not.toContain('superuser');
  });

  it('once in a while of drift that comes and goes, and in the end of what stays', async () => {
    const ops = record('ops');
    const world = await createDriftWorld({
      operator: `drift: { jitter: 0m }\n${operator}`,
      channels: [ops.channel],
    });
    worlds.push(world.w);
    const commit = world.w.main({});
    world.w.forge.branches.setBranch(repo, 'main', commit);
    await world.apply(commit);
    const look = async (things: Readonly<Record<string, string>>) => {
      world.tool.world.set({ ada: 'admin', grace: 'dev', ...things });
      await world.pass(hour);
      await world.w.advance(5_000);
    };
    for (let times = 0; times < 2; times += 1) {
      await look({ ada: 'owner' });
      await look({});
    }
    expect(ops.types()).toEqual(['people drift.detected', 'people drift.resolved again']);
    // Something else is told at once.
    await look({ grace: 'admin' });
    await look({ ada: 'owner' });
    expect(ops.types().slice(2)).toEqual(['people drift.detected']);
    await look({ ada: 'owner' });
    await world.w.advance(2 * hour);
    expect(ops.types().slice(3)).toEqual(['people drift.detected']);
    await look({});
    expect(ops.types().slice(4)).toEqual(['people drift.resolved again']);
  });

  it('of what an apply left, and of the next one that leaves nothing', async () => {
    const [ops, chat] = [record('ops'), record('chat')];
    const { w, tool } = await createDriftWorld({
      operator: `${operator}drift: { jitter: 0m }\n`,
      drift: 'converge: on',
      channels: [ops.channel, chat.channel],
    });
    worlds.push(w);
    const asks = async (text: string): Promise<void> => {
      await w.comment(1, text);
      await w.settled();
    };
    w.forge.branches.setBranch(repo, 'main', w.main({}));
    w.open(1, { 'people/wish.json': JSON.stringify({ ada: 'owner', grace: 'dev' }) });
    await w.event(1, 'opened');
    await w.settled();
    tool.behave({ apply: { world: { grace: 'lead' } } });
    await asks('/apply');
    await w.until(() => ops.types().includes('people converge.remains'));
    expect(chat.types()).toEqual(['people converge.remains']);
    expect(ops.sent.at(-1)?.told.title).toBe(
      'people: applied, and planned once more there is still something to change, acme/infrastructure#1',
    );
    // Which, and why, is for those who may read it on the pull request.
    expect(JSON.stringify(ops.sent.at(-1))).not.toContain('thing/grace');
    tool.behave({});
    await asks('/plan');
    await asks('/apply');
    await w.until(() => ops.types().at(-1) === 'people apply.succeeded');
    expect(chat.types()).toEqual(['people converge.remains', 'people plan.succeeded again']);
  });

  it('of nothing that was before there was anybody to tell', async () => {
    const ops = record('ops');
    const world = await createMemoryWorld({ main, channels: [] });
    worlds.push(world);
    await opened(world, 1);
    expect(ops.sent).toEqual([]);
    expect(await world.ports.store.cursors.get('notifications')).toBeNull();
  });
});
