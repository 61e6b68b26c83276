import { describe, expect, it } from 'vitest';
import { open, row, stateOf } from '../support/acts.ts';
import { localBackend, type StoryWish, tellStory } from '../support/story.ts';

const vpc = (input: string) =>
  `variable "stage" {}\nresource "terraform_data" "vpc" {\n  input = "${input} \${var.stage}"\n}\n`;

const atlantis = `version: 3
projects:
  - &stage
    name: network
    dir: network
    autoplan: {when_modified: ["*.tf", "../shared"]}
    workflow: staged
  - <<: *stage
    name: network-release
    branch: /^release$/
workflows:
  staged:
    plan: {steps: [init, {plan: {extra_args: [-var-file, ../common.tfvars]}}]}
`;

const files: StoryWish['files'] = (state) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': vpc('one'),
  'common.tfvars': 'stage = "live"\n',
  'shared/names.json': '{}',
  'alone/backend.tf': localBackend(state, 'alone'),
  'alone/main.tf': 'resource "terraform_data" "it" {\n  input = 1\n}\n',
  'atlantis.yaml': atlantis,
});

const allowed = 'prefixes: [atlantis]\natlantis: [{match: "*/*"}]\n';

describe('a repository that comes from Atlantis', () => {
  it('is planned and applied by its atlantis.yaml and the words that its people know', async () => {
    await using story = await tellStory({ files, operator: allowed });
    await open(story, 'change', { 'shared/names.json': '{"a": 1}', 'alone/main.tf': '# not named\n' });
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('planned');
    expect(await story.board(1)).not.toContain('`alone`');
    expect(await story.board(1)).toContain('one live');
    await story.ada.comment(1, 'atlantis plan -p network');
    await story.settled();
    await story.ada.comment(1, 'atlantis apply');
    await story.settled();
    expect(await story.replies(1)).toEqual([]);
    expect(await stateOf(story, 'network')).toContain('one live');
  });

  it('has nothing run of it where the operator has said nothing, and is told so', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files, operator: 'prefixes: [atlantis]\n' });
    await open(story, 'change', { 'network/main.tf': vpc('two') });
    await story.settled();
    const board = await story.board(1);
    expect(board).toContain('There is an `atlantis.yaml` and no `tidegate.yaml`');
    expect(board).toContain('`tidegate import-atlantis` writes it');
    expect(await story.checks(1)).toEqual([
      expect.stringContaining('tidegate/apply: '),
      expect.stringMatching(/^tidegate\/plan: (?:failure|action_required), /),
    ]);
    await story.ada.comment(1, 'atlantis apply');
    await story.settled();
    expect(await stateOf(story, 'network')).toBe('');
  });

  it('goes by its tidegate.yaml once it has one', { tags: ['long'] }, async () => {
    await using story = await tellStory({
      files: (state) => ({
        ...files(state),
        'tidegate.yaml': 'version: 1\nprojects: [{dir: alone}]\n',
        'atlantis.yaml': 'version: 2\nnothing: of this\n',
      }),
      operator: allowed,
    });
    await open(story, 'change', { 'network/main.tf': vpc('two'), 'alone/main.tf': '# gone\n' });
    await story.settled();
    expect(await row(story, 1, 'alone')).toContain('no changes');
    expect(await row(story, 1, 'network')).toBe('no row for network');
  });

  it('a bare plan starts over, whatever was planned of a part', { tags: ['long'] }, async () => {
    await using story = await tellStory({ files, operator: allowed });
    await open(story, 'change', { 'network/main.tf': vpc('two') });
    await story.settled();
    await story.ada.comment(1, 'atlantis plan -p network -- -target=terraform_data.none');
    await story.settled();
    expect(await row(story, 1, 'network')).not.toContain('| 1 |');
    await story.ada.comment(1, 'atlantis plan');
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('| 1 |');
  });

  it('cannot change by a pull request what its base branch asks', { tags: ['long'] }, async () => {
    await using story = await tellStory({
      files: (state) => ({
        ...files(state),
        'atlantis.yaml': atlantis.replace(
          '    workflow: staged',
          '    workflow: staged\n    apply_requirements: [approved]',
        ),
      }),
      operator: allowed,
    });
    await open(story, 'change', { 'network/main.tf': vpc('two'), 'atlantis.yaml': atlantis });
    await story.settled();
    await story.ada.comment(1, 'atlantis apply');
    await story.settled();
    expect((await story.replies(1)).join()).toContain('It waits for a review');
    await story.ada.comment(1, 'atlantis why');
    await story.settled();
    expect((await story.replies(1)).join()).toContain('atlantis.yaml of the base branch, line 8');
    expect(await stateOf(story, 'network')).toBe('');
  });
});
