import { expect, test } from 'vitest';
import { storyOfSeed } from './many.ts';
import { realRunners } from './plain-ports.ts';
import { play } from './play.ts';
import { twins } from './twins.ts';
import { mergeTwins } from './twins-merge.ts';

/** So many stories must be enough to find it out. */
const within = 300;

test.each([...twins, ...mergeTwins])('$name: the stories find it out', async ({ sabotage, finds }) => {
  const runners = await realRunners();
  const seen: string[] = [];
  for (let seed = 1; seed <= within; seed += 1) {
    const { wrong } = await play(storyOfSeed(seed), { runners, sabotage });
    seen.push(...wrong);
    if (wrong.some((one) => finds.test(one))) return;
  }
  expect(seen).toContainEqual(expect.stringMatching(finds));
});
