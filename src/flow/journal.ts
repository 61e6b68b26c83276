import { factsOf, isAsSeen } from '../domain/sighting.ts';
import type { FlowPorts } from './ports.ts';
import type { Wish } from './wish.ts';

type Ports = Pick<FlowPorts, 'store' | 'clock'>;

/** Follows from what the pull request is, not from what one project or one person wanted of it. */
const isWhole = (wish: Wish): wish is Extract<Wish, { kind: 'plan' | 'close' }> =>
  wish.kind === 'close' ||
  (wish.kind === 'plan' &&
    wish.only === null &&
    wish.after === undefined &&
    Object.values(wish.selector).every((names) => names.length === 0));

/**
 * Has this been followed already? Webhooks come twice, late and under new ids, and the sweep finds what one of them says. To
 * plan again what nothing has happened to would take reviewed plans away, or a lock that was given up since.
 */
export const isOldNews = async ({ store }: Ports, wish: Wish): Promise<boolean> => {
  if (wish.kind !== 'plan' || wish.asked !== null || !isWhole(wish)) return false;
  const { repo, number } = wish.pull.ref;
  const key = { repositoryId: repo.id, pullNumber: number };
  // What did not merge cleanly may do so by now, with the very same commit.
  if ((await store.batches.latest(key, 'plan'))?.problem?.code === 'conflict') return false;
  const seen = await store.sightings.get(key);
  return seen !== null && seen.revision > 0 && isAsSeen(seen, factsOf(wish.pull));
};

/** Writes down what was followed, once that is in the store: a crash in between has it followed again. */
export const noteFollowed = async ({ store, clock }: Ports, wish: Wish): Promise<void> => {
  // The list of open pull requests has no issue, so one would be missed in it for ever.
  if (!isWhole(wish) || wish.pull.drift !== undefined) return;
  await store.sightings.note(wish.pull.ref.repo.id, factsOf(wish.pull), clock.now());
};
