import { expect, it } from 'vitest';
import { z } from 'zod';
import { ask, open, push, row, stateOf } from '../support/acts.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const network = (input: string) => `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`;
const files = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': network('one'),
});

const runs = z.object({
  check_runs: z.array(
    z.object({
      name: z.string(),
      conclusion: z.string().nullable(),
      output: z.object({ title: z.string().nullable() }),
    }),
  ),
});

/** The checks of a commit, `name: conclusion, title`, sorted. */
const checksOn = async (story: Story, commit: string): Promise<readonly string[]> =>
  runs
    .parse(await ask(story, 'ada', 'GET', `/commits/${commit}/check-runs`))
    .check_runs.map(({ name, conclusion, output }) => `${name}: ${conclusion}, ${output.title}`)
    .sort();

const both = (words: string): readonly string[] => [`tidegate/apply: ${words}`, `tidegate/plan: ${words}`];

const merge = (story: Story, number: number, method: string) =>
  ask(story, 'ada', 'PUT', `/pulls/${number}/merge`, { merge_method: method });

const ref = z.object({ object: z.object({ sha: z.string() }) });
const tip = async (story: Story): Promise<string> =>
  ref.parse(await ask(story, 'ada', 'GET', '/git/ref/heads/main')).object.sha;

it('past every pull request: merges are none of it, a push is, until the next apply does it along', {
  tags: ['long'],
}, async () => {
  await using story = await tellStory({ files });
  for (const [index, method] of ['squash', 'rebase'].entries()) {
    await open(story, method, { [`network/${method}.tf`]: `# ${method}\n` });
    await push(story, method, { [`network/${method}-more.tf`]: `# ${method}\n` });
    await story.settled();
    await merge(story, index + 1, method);
    await story.settled();
    expect(await checksOn(story, await tip(story)), method).toEqual([]);
  }

  const commit = await push(story, 'main', { 'network/main.tf': network('two') });
  await story.settled();
  expect(await checksOn(story, commit)).toEqual(
    both('action_required, Pushed without a pull request: 1 project is pending'),
  );
  expect(await stateOf(story, 'network')).toBe('');

  await open(story, 'words', { 'readme.md': 'words\n' });
  await story.settled();
  await story.ada.comment(3, '/plan -p network');
  await story.settled();
  expect(await story.board(3)).toContain('that concerns `network` and is not applied; this plan contains it');
  await story.grace.comment(3, '/apply');
  await story.settled();
  expect(await row(story, 3, 'network')).toContain('✓ applied');
  expect(await stateOf(story, 'network')).toContain('"two"');
  expect(await checksOn(story, commit)).toEqual(
    both('success, Pushed without a pull request: nothing is pending any more'),
  );
});
