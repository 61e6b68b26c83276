/** Whatever somebody does from the merge to the tool: what is applied is what was agreed to before the merge, or nothing. */
import { expect, test } from 'vitest';
import { play } from './play-between.ts';
import { afterMerge } from './scene-merge.ts';

const { applied, wrong, points } = await play({ approved: true, road: 'merge' });
// The sender's own calls are made beside the road, and are no points of it. The first is that the webhook comes: by then it has.
const road = points.filter(({ name }) => !/ store (reports|deliveries pending)/.test(name)).slice(1);
/** The road is long: each column goes over its own share of the points, and all of them together over most. */
const share = Object.keys(afterMerge).length;

test('the road from the merge to the tool is long enough', () => {
  expect({ applied, wrong }).toEqual({ applied: true, wrong: [] });
  expect(road.length).toBeGreaterThan(100);
});

test.each(Object.entries(afterMerge).map(([name, happening], index) => [name, index, happening] as const))(
  'after the merge, at each point: %s',
  async (_name, index, happening) => {
    const ends = new Set<boolean>();
    const broken: string[] = [];
    for (const [at, point] of road.entries()) {
      if (at % share !== index % share) continue;
      const played = await play({ approved: true, road: 'merge', happening, point });
      ends.add(played.applied);
      broken.push(...played.wrong.map((one) => `${point.name}: ${one}`));
    }
    expect(broken).toEqual([]);
    expect(ends).toEqual(new Set(happening.stops === 'never' ? [true] : [true, false]));
  },
);
