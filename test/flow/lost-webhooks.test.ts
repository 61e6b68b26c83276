import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Forge } from '../../src/forge/port.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

/** What becomes of a webhook. `failed`: GitHub knows that it did not arrive. `late`: after all of the next step. */
const fates = ['ok', 'ok', 'ok', 'ok', 'ok', 'lost', 'failed', 'doubled', 'late'] as const;
type Fate = (typeof fates)[number];
type Send = () => Promise<unknown>;
type Act = (world: MemoryWorld) => Send;

const open =
  (number: number, dir: string, input: string): Act =>
  (world) => {
    world.open(number, { [`${dir}/main.tf`]: input });
    return () => world.event(number, 'opened');
  };
const push =
  (number: number, dir: string, input: string): Act =>
  (world) => {
    world.open(number, { [`${dir}/main.tf`]: input });
    return () => world.event(number, 'synchronize');
  };
const close =
  (number: number): Act =>
  (world) => {
    world.edit(number, { state: 'closed' });
    return () => world.event(number, 'closed');
  };
const reopen =
  (number: number): Act =>
  (world) => {
    world.edit(number, { state: 'open' });
    return () => world.event(number, 'reopened');
  };
let guids = 0;
const say =
  (number: number, body: string): Act =>
  (world) => {
    const commentId = world.forge.addComment(refOf(number), body, people.ada);
    const pull = refOf(number);
    const trigger = { kind: 'comment', pull, sender: people.ada, commentId, body, viaAppId: null } as const;
    return () => {
      guids += 1;
      return world.road.receive({
        id: `comment-${guids}`,
        event: 'issue_comment',
        action: 'created',
        repository: `${repo.owner}/${repo.name}`,
        trigger,
        receivedAt: world.ports.clock.now(),
      });
    };
  };

/** People wait for an answer before they go on; what is in one step happens at once. */
const story: readonly (readonly Act[])[] = [
  [open(1, 'network', 'medium'), open(2, 'cluster', 'medium')],
  [push(1, 'network', 'large'), say(2, '/apply')],
  [open(3, 'network', 'huge'), say(1, '/status')],
  [close(1), say(2, '/plan')],
  [say(3, '/apply'), reopen(1)],
  [close(3), push(2, 'cluster', 'tiny'), say(1, '/help')],
];
const webhooks = story.flat().length;

const plain = (text: string): string =>
  text
    .replaceAll(/\b[0-9a-f]{12,40}\b/g, 'COMMIT')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?/g, 'TIME')
    .replaceAll(/tidegate:reply:\d+/g, 'REPLY')
    .replaceAll(/(tidegate:nudge:[a-z-]+):[\w-]+/g, '$1')
    .replaceAll(/<!-- tidegate:facts .*? -->/g, '');

/** All that people and the next command see. */
const endOf = async (world: MemoryWorld) => ({
  said: [1, 2, 3].map((number) =>
    world.forge
      .comments(refOf(number))
      .filter(({ ours }) => ours)
      .map(({ body }) => plain(body))
      .sort(),
  ),
  checks: [1, 2, 3].map((number) => {
    const newest = new Map(
      world.forge
        .checks(repo)
        .filter(({ headSha }) => headSha === world.ask(number).head.sha)
        .map(({ name, status, conclusion, title }) => [name, `${status} ${conclusion} ${title}`]),
    );
    return [...newest].sort();
  }),
  locks: (await world.ports.store.locks.all())
    .map(({ project, pullNumber }) => `${project} ${pullNumber}`)
    .sort(),
  applied: [...world.tool.state].sort(),
  applies: world.tool.journal.filter((line) => line.startsWith('apply')),
});

const tell = async (fateOf: readonly Fate[], isSwept = true) => {
  const blind: Partial<Forge> = {
    installations: async () => [],
    failedDeliveries: async () => ({ failed: [], complete: true }),
  };
  const world = await createMemoryWorld({
    main: { 'network/main.tf': 'small', 'cluster/main.tf': 'small' },
    ...(isSwept ? {} : { forge: blind }),
  });
  try {
    await world.settled();
    let late: Send[] = [];
    let index = 0;
    for (const step of story) {
      const waiting = late;
      late = [];
      for (const act of step) {
        const send = act(world);
        const fate = fateOf[index] ?? 'ok';
        index += 1;
        if (fate === 'failed') world.forge.addFailedDelivery(`guid-${index}`, () => void send());
        else if (fate === 'late') late.push(send);
        else if (fate !== 'lost') await send();
        if (fate === 'doubled') await send();
      }
      for (const send of waiting) await send();
      await world.settled();
      // A quarter of an hour is what the sweep needs; an hour where nothing happened for a day, as in the beginning.
      await world.advance((step === story[0] ? 62 : 17) * 60_000);
      await world.settled();
    }
    for (const send of late) await send();
    await world.settled();
    return await endOf(world);
  } finally {
    await world.close();
  }
};

test('whatever becomes of a third of the webhooks, it ends as if nothing had', {
  timeout: 300_000,
}, async () => {
  const undisturbed = await tell([]);
  expect(undisturbed.applied).toEqual([
    ['cluster', 'medium'],
    ['network', 'huge'],
  ]);
  expect(undisturbed.applies).toHaveLength(2);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...fates), { minLength: webhooks, maxLength: webhooks }),
      async (fateOf) => {
        expect(await tell(fateOf)).toEqual(undisturbed);
      },
    ),
    { numRuns: 6, endOnFailure: true },
  );
});

test('without the sweep a lost one changes the end', { timeout: 60_000 }, async () => {
  const { applied } = await tell(['ok', 'ok', 'ok', 'lost'], false);
  expect(applied).toEqual([['network', 'huge']]);
});
