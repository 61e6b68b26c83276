/** What the real tool finds where the operator lists what a project may read. */
import { expect, it } from 'vitest';
import { open, stateOf } from '../support/acts.ts';
import { localBackend, tellStory } from '../support/story.ts';

/** Files of the whole checkout, into the state. */
const seeing = (note: string): string =>
  `module "vpc" {
  source = "../../modules/vpc"
}

# ${note}
resource "terraform_data" "seen" {
  input = join(" ", [for file in fileset("\${path.module}/../..", "**") : file if !strcontains(file, ".terraform")])
}
`;

it('a plan and an apply see what is listed, and the project beside them all of it', {
  tags: ['long'],
  timeout: 120_000,
}, async () => {
  await using story = await tellStory({
    files: (state) => ({
      'live/app/backend.tf': localBackend(state, 'app'),
      'live/app/main.tf': seeing('one'),
      'live/db/backend.tf': localBackend(state, 'db'),
      'live/db/main.tf': seeing('one'),
      'modules/vpc/main.tf': 'output "one" {\n  value = 1\n}\n',
      'modules/other/main.tf': 'output "two" {\n  value = 2\n}\n',
      'secrets/all.txt': 'canary\n',
    }),
    operator: 'rules: [{match: live/app, reads: [modules/vpc]}]\n',
  });
  await open(story, 'change', { 'live/app/main.tf': seeing('two'), 'live/db/main.tf': seeing('two') });
  await story.settled();
  await story.ada.comment(1, '/apply');
  await story.settled();
  const [app, db] = [await stateOf(story, 'app'), await stateOf(story, 'db')];
  expect(app).toContain('"live/app/backend.tf live/app/main.tf modules/vpc/main.tf"');
  expect(db).toContain('secrets/all.txt');
  expect(db).toContain('live/app/main.tf');
});
