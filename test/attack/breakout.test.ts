import { expect, it } from 'vitest';
import { all, linkableText, parse, textOf, toPage } from '../render/parse.ts';
import { row } from '../support/acts.ts';
import { localBackend, tellStory } from '../support/story.ts';

const hostile =
  '```\n</details></summary></code></pre>\n<img src=x onerror=alert(1)><script>x</script>\n![i](https://evil.example/i.png) [l](https://evil.example) @grace #1 https://evil.example\n| a | b |\n|---|---|\n~~~~\n`````\n\u001b[31m\u001b]8;;https://evil.example\u0007x\u202e\u200b';
const hcl = (text: string) => JSON.stringify(text).replaceAll('$', '$$$$');

it('values, keys, outputs and errors of a plan stay text in the comment, the checks and on the page', async () => {
  await using story = await tellStory({
    files: (state) => ({
      'plan/backend.tf': localBackend(state, 'plan'),
      'plan/main.tf': '',
      'error/backend.tf': localBackend(state, 'error'),
      'error/main.tf': '',
      'long/backend.tf': localBackend(state, 'long'),
      'long/main.tf': '',
    }),
  });
  await story.world.hub.pushFiles(story.world.repository, 'a`b@grace#1', {
    as: 'ada',
    from: 'main',
    message: hostile,
    files: {
      'plan/main.tf': `resource "terraform_data" "a" {\n  for_each = toset([${hcl(hostile)}, "\`</code>|@grace"])\n  input = each.key\n}\noutput "o" {\n  value = ${hcl(hostile)}\n}\n`,
      'error/main.tf': `variable "x" {\n  default = ""\n  validation {\n    condition = var.x != ""\n    error_message = ${hcl(hostile)}\n  }\n}\n`,
      'long/main.tf': `output "o" {\n  value = "${'`|<b>@grace '.repeat(9_000)}"\n}\n`,
    },
  });
  await story.ada.openPull('a`b@grace#1', hostile.slice(0, 200));
  await story.settled();
  const board = (await story.board(1)) ?? '';
  expect(Buffer.byteLength(board)).toBeLessThanOrEqual(65_536);
  expect(board).toContain('onerror');
  expect(await row(story, 1, 'plan')).toContain('| 2 | 0 | 0 | 0 | planned |');
  expect(await row(story, 1, 'error')).toContain('plan failed');
  expect(await row(story, 1, 'long')).toContain('planned');
  const page = toPage(board);
  for (const kind of ['image', 'link']) expect(all(parse(board), kind), kind).toEqual([]);
  for (const kind of ['img', 'script', 'a']) expect(all(page, kind), kind).toEqual([]);
  expect(linkableText(page)).not.toMatch(/@grace|#1\b|evil\.example/);
  expect(all(page, 'details').length).toBe(board.split('<details').length - 1);
  expect(textOf(page)).not.toMatch(/[\u0000\u001b\u202e\u200b]/);
});
