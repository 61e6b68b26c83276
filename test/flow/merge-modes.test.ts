/** The rules say another mode from one moment to the next: nothing is merged and forgotten, and nothing is called done that is not. */
import { afterEach, expect, test } from 'vitest';
import { beginStory, pullKey, type Told } from '../sim/stage.ts';
import { checkHistory } from '../support/history.ts';
import type { Fact } from '../support/history-facts.ts';

const stories: Told[] = [];
afterEach(async () => {
  for (const story of stories.splice(0)) await story.close();
});

const begin = async (mode: 'command' | 'merge'): Promise<Told> => {
  const story = await beginStory({ mode });
  stories.push(story);
  return story;
};

const push = (pull: number) => ({ kind: 'push', pull, to: 'network', webhook: 'once' }) as const;
const merge = (pull: number) => ({ kind: 'merge', pull, webhook: 'once', way: 'commit' }) as const;
const say = (pull: number, text: string) =>
  ({ kind: 'comment', pull, by: 'ada', text, webhook: 'once' }) as const;

const rules = (apply: string) => ({
  'tidegate.yaml': `version: 1\nprojects:\n  - dir: network\n    apply: ${apply}\n`,
});
const dueOf = async ({ world }: Told, pull: number): Promise<string> => {
  const [due] = await world.store.dues.ofPull(pullKey(pull));
  return due === undefined ? 'none' : (due.ended ?? 'open');
};
const applies = async ({ world }: Told, pull: number): Promise<number> =>
  (await world.store.runs.ofPull(pullKey(pull), ['applied'])).filter(({ verb }) => verb === 'apply').length;
/** What the check of applies says of its pull request now. */
const checkOf = ({ world }: Told, pull: number): string => {
  const { sha } = world.pull(pull).head;
  type Check = Extract<Fact, { kind: 'check' }>;
  const said = world.journal.facts.filter(
    (fact): fact is Check => fact.kind === 'check' && fact.head === sha,
  );
  return `${said.at(-1)?.says}: ${said.at(-1)?.title}`;
};
const wrongIn = ({ world }: Told): readonly string[] => checkHistory(world.journal.facts, true);

test('what is applied on merge when it is merged is due, also where it was planned to be applied by a command', async () => {
  const story = await begin('command');
  await story.tell(push(1));
  story.lay(rules('merge'));
  await story.tell(merge(1));
  // Nobody was told that the merge applies it.
  expect(await dueOf(story, 1)).toBe('open');
  expect(checkOf(story, 1)).toContain('action_required: Waits for /apply -p network');
  await story.tell(say(1, '/apply'));
  expect(await dueOf(story, 1)).toBe('applied');
  expect(await applies(story, 1)).toBe(1);
  expect(wrongIn(story)).toEqual([]);
});

test('what people were told that the merge applies waits for them where the rules do not say so any more', async () => {
  const story = await begin('merge');
  await story.tell(push(1));
  story.lay(rules('command'));
  await story.tell(merge(1));
  expect(await dueOf(story, 1)).toBe('open');
  expect(await applies(story, 1)).toBe(0);
  expect(checkOf(story, 1)).toContain('action_required: Waits for /apply -p network');
  await story.tell(say(1, '/apply'));
  expect(await dueOf(story, 1)).toBe('applied');
  expect(wrongIn(story)).toEqual([]);
});

const more = { 'network/more.tf': 'more 1\n' };

test.each([
  ['was under way and had not planned all', false, more, 'open', /^action_required: Waits for \/apply/],
  ['was under way and had planned all', false, {}, 'unchanged', /^success: /],
  ['was over and had not planned all', true, more, 'open', /^action_required: Waits for \/apply/],
  ['was over and had planned all', true, {}, 'unchanged', /^success: /],
] as const)(
  'an apply %s that was merged does not count for the merge: a plan says what is left',
  async (...told) => {
    const [, isOver, files, due, check] = told;
    const story = await begin('command');
    await story.tell(push(1));
    const { world } = story;
    await story.begin(say(1, '/apply'));
    await world.schedule.until(() => world.tools.running() > 0, 600_000);
    if (isOver) await story.settled();
    story.lay({ ...rules('merge'), ...files });
    await story.begin(merge(1));
    await story.settled();
    expect(await applies(story, 1)).toBe(1);
    expect(await dueOf(story, 1)).toBe(due);
    expect(checkOf(story, 1)).toMatch(check);
    expect(wrongIn(story)).toEqual([]);
  },
);
