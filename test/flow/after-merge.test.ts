import { describe, expect, it } from 'vitest';
import { open, row, stateOf } from '../support/acts.ts';
import { storedLocks } from '../support/deliver.ts';
import { localBackend, type Story, type StoryWish, tellStory } from '../support/story.ts';

const operator = (more = ''): string => `
rules:
  - match: '**'
    apply: merge
${more}`;

const network = (input: string) => `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`;

const files = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': network('one'),
});

const tell = (wish: Partial<StoryWish> = {}): Promise<Story> =>
  tellStory({ files, operator: operator(), ...wish });

const checks = async (story: Story, number: number): Promise<readonly string[]> =>
  (await story.checks(number)).filter((check) => check.startsWith('tidegate/'));

/** Forges tell whole seconds: what is merged in the second in which the comment was written was agreed to by nobody. */
const read = (story: Story) =>
  story.grace.comment(1, 'Looks good.').then(() => new Promise((r) => setTimeout(r, 1_100)));

describe('a project that is applied on merge', () => {
  it('says so on the checks, is not applied before, and is applied after the merge as it was shown', async () => {
    await using story = await tell();
    await open(story, 'two', { 'network/main.tf': network('two') });
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('the merge: it is applied after that');
    expect(await checks(story, 1)).toEqual([
      'tidegate/apply: success, Applies after the merge: 1 to add',
      'tidegate/plan: success, 1 project planned: 1 to add',
    ]);
    await story.ada.comment(1, '/apply');
    await story.settled();
    expect((await story.replies(1)).join()).toContain('is applied after the merge');
    expect(await stateOf(story, 'network')).toBe('');

    await read(story);
    await story.ada.merge(1);
    await story.settled();
    expect(await stateOf(story, 'network')).toContain('"two"');
    expect(await row(story, 1, 'network')).toContain('✓ applied');
    expect(await checks(story, 1)).toEqual([
      'tidegate/apply: success, 1 project applied: 1 added',
      'tidegate/plan: success, 1 project planned: 1 to add',
    ]);
    expect(storedLocks(story)).toEqual([]);
  });
});
