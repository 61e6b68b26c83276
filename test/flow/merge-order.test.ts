/** An older commit is never applied over a newer one, also not over one whose apply only began. */
import { afterEach, expect, test } from 'vitest';
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

const push = (pull: number) => ({ kind: 'push', pull, to: 'network', webhook: 'once' }) as const;
const merge = (pull: number) => ({ kind: 'merge', pull, webhook: 'once', way: 'commit' }) as const;
const say = (pull: number, text: string) =>
  ({ kind: 'comment', pull, by: 'ada', text, webhook: 'once' }) as const;
const fails = { kind: 'tool', verb: 'apply', how: 'fails' } as const;

const dueOf = async ({ world }: Told, pull: number): Promise<string> => {
  const [due] = await world.store.dues.ofPull(pullKey(pull));
  return due === undefined ? 'none' : (due.ended ?? 'open');
};
const appliesOf = async ({ world }: Told, pull: number): Promise<readonly string[]> =>
  (await world.store.runs.ofPull(pullKey(pull), ['applied', 'failed']))
    .filter(({ verb }) => verb === 'apply')
    .map(({ state, problem }) => problem?.code ?? state);
const wrongIn = ({ world }: Told): readonly string[] => checkHistory(world.journal.facts, true);

/** Two merges, one behind the other, and the apply of each failed half-way. */
const bothFailed = async (more: Partial<Telling> = {}): Promise<Told> => {
  const story = await begin({ mode: 'merge', ...more });
  await story.tell(push(1));
  await story.tell(push(2));
  await story.tell(fails);
  await story.tell(merge(1));
  expect(await appliesOf(story, 1)).toEqual(['tool-failed']);
  await story.tell(fails);
  await story.tell(merge(2));
  expect(await appliesOf(story, 2)).toEqual(['tool-failed']);
  return story;
};

test('an older merge is not applied by a command after an apply of a newer one was begun, and says where it is', async () => {
  const story = await bothFailed();
  expect(await dueOf(story, 1)).toBe('overtaken');
  await story.tell(say(1, '/plan'));
  await story.tell(say(1, '/apply'));
  expect(await appliesOf(story, 1)).toEqual(['tool-failed']);
  // The newer one holds it, and is gone on with as before.
  expect(await dueOf(story, 2)).toBe('open');
  await story.tell(say(2, '/plan'));
  await story.tell(say(2, '/apply'));
  expect(await appliesOf(story, 2)).toEqual(['tool-failed', 'applied']);
  expect(await dueOf(story, 2)).toBe('applied');
  expect(wrongIn(story)).toEqual([]);
});

test('where it is forgotten that an apply was begun, the checker finds the older one applied', async () => {
  const story = await bothFailed({
    sabotage: (ports) =>
      changed(ports, (tables) => ({
        ...tables,
        begunCommits: { ...tables.begunCommits, get: async () => null },
      })),
  });
  await story.tell(say(1, '/plan'));
  await story.tell(say(1, '/apply'));
  expect(wrongIn(story)).toContainEqual(
    expect.stringMatching(/from merge 1, after an apply from merge 2 was begun/),
  );
});

test('what was begun before a merge, and failed, counts as begun from what was merged', async () => {
  const story = await begin({ mode: 'command' });
  await story.tell(push(1));
  const { store } = story.world;
  const [lock] = await store.locks.all();
  if (lock === undefined) throw new Error('nobody has the lock');
  await story.tell(fails);
  await story.tell(say(1, '/apply'));
  expect(await appliesOf(story, 1)).toEqual(['tool-failed']);
  await story.tell(merge(1));
  const { commit } = story.world.pull(1).merged ?? {};
  expect(await store.begunCommits.get(lock.project)).toMatchObject({ commit, pullNumber: 1 });
  expect(await store.appliedCommits.get(lock.project)).toBeNull();
});

test('what was merged between an apply and its own merge is not called applied with it', async () => {
  const story = await begin({ mode: 'command' });
  await story.tell(push(1));
  await story.tell(push(2));
  await story.tell(say(1, '/apply'));
  expect(await appliesOf(story, 1)).toEqual(['applied']);
  await story.tell(merge(2));
  // As it is where a rule was changed to `apply: merge` in between.
  const { store } = story.world;
  const [lock] = await store.locks.all();
  const { merged } = story.world.pull(2);
  if (lock === undefined || merged === null) throw new Error('nothing was merged');
  const due = { ...pullKey(2), project: lock.project, commit: merged.commit, approved: null };
  await store.dues.add({ ...due, by: null, mergedAt: merged.at, ended: null });
  await story.tell(merge(1));
  await story.tell(say(2, '/plan'));
  expect(await dueOf(story, 2)).toBe('overtaken');
});
