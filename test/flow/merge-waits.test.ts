/** What comes true without a webhook begins what waits for it: nobody has to comment. */
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { betweenLooksMs } from '../../src/flow/waiting.ts';
import { beginStory, pullKey, type Telling, type Told } from '../sim/stage.ts';
import { changed } from '../sim/twins.ts';
import { checkHistory } from '../support/history.ts';

const stories: Told[] = [];
afterEach(async () => {
  for (const story of stories.splice(0)) await story.close();
});

const begin = async (telling: Telling): Promise<Told> => {
  const story = await beginStory(telling);
  stories.push(story);
  return story;
};

const push = { kind: 'push', pull: 1, to: 'network', webhook: 'once' } as const;
const merge = { kind: 'merge', pull: 1, webhook: 'once', way: 'commit' } as const;
const minute = 60_000;
const hour = 60 * minute;

/** Stories begin at midnight, by a clock that is UTC. */
const fromOne = {
  'tidegate.yaml':
    "version: 1\nprojects:\n  - dir: network\n    requirements: [{window: {allow: [{cron: '0 1 * * *', for: 2h}]}}]\n",
};

const isApplied = async ({ world }: Told): Promise<boolean> =>
  (await world.store.runs.ofPull(pullKey(1), ['applied'])).length > 0;
const wrongIn = ({ world }: Told): readonly string[] => checkHistory(world.journal.facts, true);

test.each([
  ['the merge', 'merge'],
  ['a rule', 'always'],
] as const)('a window that opens begins what %s asks for, within two minutes', async (_what, mode) => {
  const story = await begin({ mode });
  story.lay(fromOne);
  await story.tell(push);
  if (mode === 'merge') await story.tell(merge);
  const { world } = story;
  const start = world.schedule.clock.now();
  await story.pass(55 * minute - (start % (24 * hour)));
  expect(await isApplied(story)).toBe(false);
  await story.pass(hour + 2 * minute - (world.schedule.clock.now() % (24 * hour)));
  expect(await isApplied(story)).toBe(true);
  expect(wrongIn(story)).toEqual([]);
});

test('so does a server that was started while nobody looked', async () => {
  const story = await begin({ mode: 'merge' });
  story.lay(fromOne);
  await story.tell(push);
  await story.tell(merge);
  const { world } = story;
  world.life().kill();
  await story.pass(hour + 30 * minute - (world.schedule.clock.now() % (24 * hour)));
  expect(await isApplied(story)).toBe(false);
  await world.start();
  await story.pass(2 * minute);
  expect(await isApplied(story)).toBe(true);
  expect(wrongIn(story)).toEqual([]);
});

test.each(['due', 'ready'] as const)('a wake-up (%s) that was put aside is made again', async (kind) => {
  let left = 1;
  const story = await begin({
    mode: 'merge',
    sabotage: (ports) =>
      changed(ports, (tables) => ({
        ...tables,
        deliveries: {
          ...tables.deliveries,
          record: async (delivery, ignored) => {
            const answer = await tables.deliveries.record(delivery, ignored);
            if (delivery.trigger?.kind !== kind || left === 0) return answer;
            left -= 1;
            await tables.deliveries.finish(delivery.id, 'failed', 'it went wrong again and again');
            return answer;
          },
        },
      })),
  });
  await story.tell(push);
  await story.tell(merge);
  await story.pass(3 * minute);
  expect(left).toBe(0);
  expect(await isApplied(story)).toBe(true);
  expect(wrongIn(story)).toEqual([]);
});

test('what waits for somebody is not looked at again and again', async () => {
  const story = await begin({ mode: 'merge' });
  await story.tell(push);
  // The plan after the merge is another one.
  story.lay({ 'network/more.tf': 'more 1\n' });
  await story.tell(merge);
  const { store } = story.world;
  const writes = async () => (await store.audit.ofPull(pullKey(1))).length;
  const before = await writes();
  await story.pass(24 * hour);
  expect(await isApplied(story)).toBe(false);
  expect(await writes()).toBe(before);
});

test('looks come seldomer and seldomer, and never faster than one a minute', () => {
  fc.assert(
    fc.property(fc.nat(30 * 24 * hour), fc.boolean(), (waited, isTimed) => {
      const next = betweenLooksMs(waited, isTimed);
      expect(next).toBeGreaterThanOrEqual(minute);
      expect(next).toBeLessThanOrEqual((isTimed ? 5 : 30) * minute);
      expect(betweenLooksMs(waited + hour, isTimed)).toBeGreaterThanOrEqual(next);
    }),
  );
});
