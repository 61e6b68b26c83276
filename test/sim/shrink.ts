import { type Played, type PlayOptions, play } from './play.ts';
import type { Story } from './story.ts';

/** What a violation is, whoever it happened to: numbers and names left out. */
const kindOf = (wrong: string): string => wrong.replaceAll(/id-\d+|delivery-\d+|#?\d+|[0-9a-f]{7,}/g, '_');

export interface Shrunk {
  readonly story: Story;
  readonly played: Played;
}

/**
 * Leaves out events while the story still breaks the same promise: halves first, then one after
 * another. Times stay as they were, so what is left happens when it did.
 */
export const shrink = async (story: Story, played: Played, options: PlayOptions): Promise<Shrunk> => {
  const kinds = new Set(played.wrong.map(kindOf));
  let best: Shrunk = { story, played };
  for (
    let size = Math.ceil(story.events.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let from = 0; from < best.story.events.length; ) {
      const { events } = best.story;
      const gone = events.slice(from, from + size).reduce((sum, { after }) => sum + after, 0);
      const rest = events.slice(from + size);
      const [first, ...others] = rest;
      const moved = first === undefined ? [] : [{ ...first, after: first.after + gone }, ...others];
      const smaller = { ...best.story, events: [...events.slice(0, from), ...moved] };
      const again = await play(smaller, options);
      if (again.wrong.some((wrong) => kinds.has(kindOf(wrong)))) best = { story: smaller, played: again };
      else from += size;
    }
  }
  return best;
};
