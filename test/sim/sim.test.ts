import { expect, test } from 'vitest';
import { storyOfSeed } from './many.ts';
import { realRunners } from './plain-ports.ts';
import { play } from './play.ts';
import { playAll } from './pool.ts';

/** `npm run test:sim` plays many more, for two minutes in .ci/run. */
const stories = 20;

test('no story breaks a promise, whatever goes wrong in it', {
  tags: ['long'],
  timeout: 600_000,
}, async () => {
  const { failed, tools } = await playAll({ from: 1, count: stories, enough: 3 });
  expect(failed.map(({ seed, wrong }) => `npm run test:sim -- --seed ${seed}: ${wrong.join('; ')}`)).toEqual(
    [],
  );
  // Stories in which nothing is ever applied would hold as well.
  expect(tools).toBeGreaterThan(stories / 10);
});

test('a story on the store in SQLite is the same story, fact by fact', async () => {
  const runners = await realRunners();
  for (let seed = 1; seed <= 2; seed += 1) {
    const story = storyOfSeed(seed);
    const inMaps = await play(story, { runners });
    const inSqlite = await play(story, { runners, store: 'sqlite' });
    expect(inSqlite.facts).toEqual(inMaps.facts);
    expect(inSqlite.wrong).toEqual(inMaps.wrong);
  }
});

test('the same seed is the same story, fact by fact', async () => {
  const runners = await realRunners();
  for (const seed of [3, 8]) {
    const first = await play(storyOfSeed(seed), { runners });
    const second = await play(storyOfSeed(seed), { runners });
    expect(second.facts).toEqual(first.facts);
    expect(first.facts.length).toBeGreaterThan(10);
  }
});
