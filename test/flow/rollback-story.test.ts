import { describe, expect, it } from 'vitest';
import { ask, open, push, stateOf } from '../support/acts.ts';
import { localBackend, tellStory } from '../support/story.ts';

const network = (input: string) => `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`;

describe('a revert, on GitHub and with terraform', () => {
  it.each(['merge', 'squash', 'rebase'] as const)(
    'of a %s is opened, planned, applied and merged',
    {
      tags: ['long'],
    },
    async (method) => {
      await using story = await tellStory({
        files: (state) => ({
          'network/backend.tf': localBackend(state, 'network'),
          'network/main.tf': network('one'),
          'network/note.txt': 'a\n',
        }),
        permissions: { contents: 'write' },
        operator:
          'danger: { irreversible: [{ types: [terraform_data], on: [create], says: it was seen }] }\n',
      });
      await open(story, 'two', { 'network/main.tf': network('two') });
      await push(story, 'two', { 'network/note.txt': 'b\n' });
      await story.settled();
      await story.ada.comment(1, '/apply');
      await story.settled();
      expect(await stateOf(story, 'network')).toContain('two');
      await ask(story, 'ada', 'PUT', '/pulls/1/merge', { merge_method: method });
      await push(story, 'main', { 'other/main.tf': '# later\n' });
      await story.settled();
      await story.ada.comment(1, '/rollback it was the wrong one');
      await story.settled();
      expect((await story.replies(1)).at(-1)).toContain('#2 takes it back.');
      const pull = story.world.hub.repo(story.world.repository).pulls.get(2);
      expect(pull).toMatchObject({
        title: 'Revert #1',
        author: { login: 'tidegate[bot]' },
        head: { ref: 'tidegate/revert-1' },
      });
      expect(pull?.body).toContain('who says why: `it was the wrong one`');
      expect(pull?.body).toContain('`network` `terraform_data.vpc` (made): it was seen');
      expect((await story.board(2)) ?? '').toContain('| `network` |');
      await story.ada.comment(2, '/apply');
      await story.settled();
      expect(await stateOf(story, 'network')).toContain('one');
      await story.ada.merge(2);
      await story.settled();
      await story.ada.comment(1, '/rollback');
      await story.settled();
      expect((await story.replies(1)).at(-1)).toContain('It was taken back by #2, which is merged.');
    },
  );
});
