import { expect, test } from 'vitest';
import { storyOfSeed } from './many.ts';
import { realRunners } from './plain-ports.ts';
import { play } from './play.ts';
import type { Story } from './story.ts';
import { type Twin, twins } from './twins.ts';
import { driftTwins, tagTwins } from './twins-drift.ts';
import { mergeTwins } from './twins-merge.ts';

/** Each protection that is taken away has to be looked for in many stories. */
const long = { tags: ['long'] };

/** So many stories must be enough to find it out. */
const within = 300;

interface Which {
  /** The seed of the first. */
  readonly from: number;
  readonly isOne: (story: Story) => boolean;
}

const findOut = async ({ sabotage, finds }: Twin, { from, isOne }: Which): Promise<void> => {
  const runners = await realRunners();
  const seen: string[] = [];
  for (let seed = from, left = within; left > 0; seed += 1) {
    const story = storyOfSeed(seed);
    if (!isOne(story)) continue;
    left -= 1;
    const { wrong } = await play(story, { runners, sabotage });
    seen.push(...wrong);
    if (wrong.some((one) => finds.test(one))) return;
  }
  expect(seen).toContainEqual(expect.stringMatching(finds));
};

/** They take longer: hours have to go by in them. */
const isWatched = ({ drift }: Story): boolean => drift.some((mode) => mode !== 'off');
const isShort = (story: Story): boolean => !isWatched(story);

test.each(twins)('$name: the stories find it out', long, (twin) =>
  findOut(twin, { from: 1, isOne: isShort }),
);

// Merges in another order than their plans are rare: these are near the first in which one protection alone stands behind them.
test.each(mergeTwins)('$name: the stories find it out', long, (twin) =>
  findOut(twin, { from: 700, isOne: isShort }),
);

test.each(driftTwins)('$name: the stories in which drift is looked for find it out', long, (twin) =>
  findOut(twin, { from: 1, isOne: isWatched }),
);

test.each(tagTwins)('$name: the stories with tags find it out', long, (twin) =>
  findOut(twin, { from: 1, isOne: (story) => story.tagged !== null && isShort(story) }),
);
