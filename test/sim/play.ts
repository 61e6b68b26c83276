import { checkHistory } from '../support/history.ts';
import type { Fact } from '../support/history-facts.ts';
import { act, pullTrigger, type Stage, send } from './happen.ts';
import { firstFiles } from './laid.ts';
import { createRandom } from './random.ts';
import { checkRest } from './rest.ts';
import type { Story } from './story.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';

export interface Played {
  /** What broke a promise; empty is well. */
  readonly wrong: readonly string[];
  readonly facts: readonly Fact[];
  readonly complaints: readonly string[];
}

/** What a story is played with. */
export type PlayOptions = Omit<WorldOptions, 'story' | 'random'>;

const dayMs = 86_400_000;

/** Lets time pass; a server that has died is started again. */
const pass = async (stage: Stage, ms: number): Promise<void> => {
  const { world } = stage;
  const { clock } = world.schedule;
  const end = clock.monotonic() + ms;
  let over = false;
  const timer = clock.sleep(ms).then(() => {
    over = true;
  });
  while (!over) {
    await world.schedule.until(() => over || world.life().isDead(), ms + 1);
    if (!world.life().isDead()) continue;
    await world.schedule.until(() => false, stage.downMs);
    const again = stage.again;
    stage.again = null;
    await world.start(again ?? undefined);
    if (clock.monotonic() > end + dayMs) throw new Error('time goes by and nothing ends');
  }
  await timer;
};

/** So much does not happen to a few pull requests once nobody does anything any more. */
const mostFacts = 5_000;

const isQuiet = async ({ store, tools }: World): Promise<boolean> =>
  tools.running() === 0 &&
  (await store.deliveries.pending(1)).length === 0 &&
  (await store.reports.nextDue()) === null &&
  (await store.runs.inState(['queued', 'running'])).length === 0 &&
  (await store.convergences.open()).length === 0 &&
  (await store.drifts.times()).every(({ underWay }) => underWay === null);

/** The faults are over, and everything comes to rest. False: it does not, however much time passes. */
const settle = async (stage: Stage): Promise<boolean> => {
  const { world, story } = stage;
  world.tools.next.length = 0;
  world.tools.free();
  Object.assign(world.weather, {
    forgeAwayUntil: 0,
    limits: [],
    losesAnswers: 0,
    hasNoMore: 0,
    fetchFails: 0,
  });
  stage.again = null;
  world.life().dieAt(Number.POSITIVE_INFINITY, 'before');
  await pass(stage, 1_000);
  // As a look at every pull request would find it.
  for (let number = 1; number <= story.pulls; number += 1)
    send(stage, pullTrigger(number, world.pull(number).state === 'open' ? 'synchronize' : 'closed'), 'once');
  let quiet = 0;
  const begun = world.journal.facts.length;
  // Who goes round in circles does so in three days as well.
  const isEndless = () => world.journal.facts.length - begun > mostFacts;
  for (let waited = 0; waited < 3 * dayMs && quiet < 2 && !isEndless(); ) {
    const ms = waited < 600_000 ? 20_000 : 600_000;
    await pass(stage, ms);
    waited += ms;
    quiet = stage.background.size === 0 && (await isQuiet(world)) ? quiet + 1 : 0;
  }
  return quiet >= 2;
};

/** So much that the sweep finds what webhooks missed, and every project that is watched is looked at as often as it takes to tell of it. */
const looksMs = 4 * 3_600_000;

/** Plays a story to its end and says what broke a promise. The same story gives the same answer. */
export const play = async (story: Story, options: PlayOptions): Promise<Played> => {
  const world = await createWorld({ story, random: createRandom(story.seed).fork('play'), ...options });
  try {
    const files = firstFiles(story);
    const tip = world.pull(1).base.sha;
    const stage: Stage = {
      world,
      story,
      background: new Set(),
      files,
      own: new Map(),
      tip,
      changes: 0,
      deliveries: 0,
      downMs: 0,
      again: null,
    };
    for (const event of story.events) {
      await pass(stage, event.after);
      await act(stage, event);
    }
    let rests = await settle(stage);
    if (rests && (story.tagged !== null || story.drift.some((mode) => mode !== 'off'))) {
      await pass(stage, looksMs);
      rests = await settle(stage);
    }
    const wrong = [...checkHistory(world.journal.facts, rests)];
    if (rests) wrong.push(...(await checkRest(world, story)));
    else wrong.push('it does not come to rest');
    return { wrong, facts: world.journal.facts, complaints: world.complaints };
  } finally {
    await world.close();
  }
};
