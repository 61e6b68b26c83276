import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { open, push, stateOf } from '../support/acts.ts';
import { storedLocks } from '../support/deliver.ts';
import { localBackend, tellStory } from '../support/story.ts';

const network = (input: string) => `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`;
const operator = "rules:\n  - match: '**'\n    apply: merge\n    requirements: [approved]\n";

/** Forges tell whole seconds: nobody agreed to a plan that was shown in the second of the merge, or of the review. */
const read = () => createSystemClock().sleep(1_100);

describe('a follow-up, on GitHub and with terraform', () => {
  it('is planned as the base branch is now, approved by somebody else, merged, and applied once', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({
      files: (state) => ({
        'network/backend.tf': localBackend(state, 'network'),
        'network/main.tf': network('one'),
      }),
      operator,
      permissions: { contents: 'write' },
    });
    await open(story, 'two', { 'network/main.tf': network('two') });
    await story.settled();
    await read();
    await story.grace.approve(1);
    // The base branch moves under it: what is merged is more than anybody saw.
    await push(story, 'main', { 'network/extra.tf': 'resource "terraform_data" "extra" {}\n' });
    await story.ada.merge(1);
    await story.settled();
    expect(await stateOf(story, 'network')).toBe('');
    expect((await story.board(1)) ?? '').toContain('`/followup` opens a new pull request for it');

    await story.ada.comment(1, '/followup the base moved');
    await story.settled();
    expect((await story.replies(1)).at(-1)).toContain('What is left goes on in #2:');
    const pull = story.world.hub.repo(story.world.repository).pulls.get(2);
    expect(pull).toMatchObject({
      title: 'Follow up on #1',
      author: { login: 'tidegate[bot]' },
      head: { ref: 'tidegate/followup-1' },
    });
    expect(pull?.body).toContain('`network`: what was planned after the merge');
    expect((await story.board(2)) ?? '').toContain('| `network` | 2 |');
    await read();
    await story.grace.approve(2);
    await story.settled();
    await read();
    await story.ada.merge(2);
    await story.settled();
    expect(await stateOf(story, 'network')).toContain('extra');
    expect((await story.board(2)) ?? '').toContain('✓ applied');
    expect(storedLocks(story)).toEqual([]);
  });
});
