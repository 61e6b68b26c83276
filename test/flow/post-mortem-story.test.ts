import { expect, it } from 'vitest';
import { z } from 'zod';
import { ask, eventually, open, stateOf } from '../support/acts.ts';
import { localBackend, tellStory } from '../support/story.ts';

const issues = z.array(z.object({ number: z.number(), title: z.string(), body: z.string().nullable() }));

it('what an administrator applied past the rules is talked about on an issue, on GitHub and with terraform', {
  tags: ['long'],
  timeout: 120_000,
}, async () => {
  await using story = await tellStory({
    operator: "rules:\n  - match: '**'\n    requirements: [approved]\n",
    files: (state) => ({
      'network/backend.tf': localBackend(state, 'network'),
      'network/main.tf': 'resource "terraform_data" "vpc" {\n  input = "one"\n}\n',
    }),
  });
  await open(story, 'two', { 'network/main.tf': 'resource "terraform_data" "vpc" {\n  input = "two"\n}\n' });
  await story.settled();
  await story.margaret.comment(1, '/apply --override @acme/all the site is down');
  await story.settled();
  expect(await stateOf(story, 'network')).toContain('"two"');
  const [issue, ...more] = await eventually(async () => {
    const all = issues.parse(await ask(story, 'ada', 'GET', '/issues?state=all'));
    const own = all.filter(({ title }) => title.startsWith('Applied past the rules'));
    expect(own).not.toEqual([]);
    return own;
  });
  expect(more).toEqual([]);
  expect(issue?.title).toBe('Applied past the rules: network (#1)');
  expect(issue?.body).toContain('`@acme/all the site is down`');
  expect(issue?.body).toContain('passed `approved`');
  expect(issue?.body).toContain('+ create terraform_data.vpc');
  await story.settled();
  expect((await story.board(1)) ?? '').toContain(`#${issue?.number} has the timeline`);
});
