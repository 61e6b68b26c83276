import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { open, row, stateOf } from '../support/acts.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const resource = (name: string, input: string) =>
  `resource "terraform_data" "${name}" {\n  input = ${input}\n}\n`;
const folder = (state: string, name: string, input = '"small"') => ({
  [`${name}/backend.tf`]: localBackend(state, name.replaceAll('/', '-')),
  [`${name}/main.tf`]: resource('one', input),
});
const uses = (source: string) => `module "used" {\n  source = "${source}"\n}\n`;

/** Names in the board's table. */
const rows = async (story: Story, number: number): Promise<readonly string[]> =>
  [...((await story.board(number)) ?? '').matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name ?? '');

describe('without a tidegate.yaml', () => {
  const modular = (state: string) => ({
    'app/backend.tf': localBackend(state, 'app'),
    'app/main.tf': uses('../modules/service'),
    'jobs/backend.tf': localBackend(state, 'jobs'),
    'jobs/main.tf': uses('../modules/label'),
    ...folder(state, 'alone'),
    'modules/service/main.tf': uses('../label'),
    'modules/label/main.tf': resource('label', '"old"'),
    'modules/nobodys/main.tf': resource('nobodys', '"old"'),
    'docs/README.md': 'words',
  });

  it('finds the projects by their folders, through local modules however deep; a module is none', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files: modular });
    await open(story, 'label', { 'modules/label/main.tf': resource('label', '"new"') });
    await open(story, 'nobodys', { 'modules/nobodys/main.tf': resource('nobodys', '"new"') });
    await open(story, 'service', { 'modules/service/variables.tf': '' });
    await story.settled();
    expect(await rows(story, 1)).toEqual(['app', 'jobs']);
    expect(await story.board(1)).toContain('+ create module.used.module.used.terraform_data.label');
    expect(await story.board(1)).toContain('1 other project looked at and not affected');
    expect(await story.board(1)).toContain('- `alone`: none of its files, modules or watched paths changed');
    expect(await story.board(2)).toBeNull();
    expect(await story.checks(2)).toEqual([
      'tidegate/apply: success, Nothing to apply',
      'tidegate/plan: success, No project is affected',
    ]);
    expect(await rows(story, 3)).toEqual(['app']);
  });

  it('plans by hand what is named, affected or not, by name, folder, workspace and glob', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({
      files: (state) => ({
        ...folder(state, 'envs/dev'),
        ...folder(state, 'envs/prod'),
        ...folder(state, 'other'),
      }),
    });
    const { ada } = story;
    await open(story, 'one', { 'other/main.tf': resource('one', '"large"') });
    await story.settled();
    expect(await rows(story, 1)).toEqual(['other']);
    await ada.comment(1, '/plan -d "envs/d*"');
    await story.settled();
    expect(await rows(story, 1)).toEqual(['other', 'envs/dev']);
    await ada.comment(1, '/plan -p envs/*');
    await story.settled();
    expect(await rows(story, 1)).toEqual(['other', 'envs/dev', 'envs/prod']);
    await ada.comment(1, '/apply -d envs/prod -w default');
    await ada.comment(1, '/plan -w blue');
    await story.settled();
    expect(await stateOf(story, 'envs-prod')).toContain('small');
    expect([await stateOf(story, 'envs-dev'), await stateOf(story, 'other')]).toEqual(['', '']);
    expect((await story.replies(1)).join()).toContain('`-w blue` matches no project.');
  });

  it("shows the parser's words for a file that does not parse, and terraform's own where that may run", {
    tags: ['long'],
  }, async () => {
    const broken = { 'network/broken.tf': 'resource "terraform_data" "x" {\n' };
    await using careful = await tellStory({ files: (state) => folder(state, 'network') });
    await open(careful, 'broken', broken);
    await careful.settled();
    expect(await careful.board(1)).toMatch(
      /`network\/broken\.tf:1` cannot be read, .*Unclosed configuration block/,
    );
    expect((await careful.checks(1)).join()).toContain('tidegate/plan: action_required');
    await using story = await tellStory({
      files: (state) => folder(state, 'network'),
      operator: 'trust: { unreadable: allow }\n',
    });
    await open(story, 'broken', broken);
    await story.settled();
    expect(await story.board(1)).toMatch(/Error: .*\n(?:.*\n)*.*on broken\.tf line 1/);
    expect((await story.checks(1)).join()).toContain('tidegate/plan: failure');
  });

  it('makes one board and no check per project for more than twenty', { tags: ['long'] }, async () => {
    const names = Array.from({ length: 21 }, (_, index) => `p${index + 10}`);
    await using story = await tellStory({
      files: (state) => ({
        ...Object.assign({}, ...names.map((name) => folder(state, name, 'file("../size")'))),
        size: 'small',
      }),
      operator: 'parallel_runs: 2\n',
    });
    await open(story, 'size', Object.fromEntries(names.map((name) => [`${name}/more.tf`, ''])));
    await story.settled();
    expect(await rows(story, 1)).toEqual(names);
    expect(await story.checks(1)).toEqual([
      expect.stringMatching(/^tidegate\/apply: action_required, Waits for .*\/apply /),
      'tidegate/plan: success, 21 projects planned: 21 to add',
    ]);
  });
});

describe('with a tidegate.yaml', () => {
  it('plans by when_modified and applies in the order of depends_on, never a dependant before', {
    tags: ['long'],
  }, async () => {
    const noted = (state: string, name: string) => ({
      [`${name}/backend.tf`]: localBackend(state, name),
      [`${name}/main.tf`]: `resource "terraform_data" "it" {
  input = "\${file("../shared/size.json")}"
  provisioner "local-exec" {
    command = "echo ${name} >> ${state}/order"
  }
}
`,
    });
    await using story = await tellStory({
      files: (state) => ({
        'tidegate.yaml': `version: 1
projects:
  - {name: web, dir: web, when_modified: ['../shared/*.json'], depends_on: [{project: cluster, outputs: []}]}
  - {name: cluster, dir: cluster, when_modified: ['../shared/*.json'], depends_on: [{project: network, outputs: []}]}
  - {name: network, dir: network, when_modified: ['../shared/*', '!../shared/*.md']}
`,
        ...noted(state, 'web'),
        ...noted(state, 'cluster'),
        ...noted(state, 'network'),
        'shared/size.json': '1',
      }),
    });
    const { ada } = story;
    await open(story, 'words', { 'shared/README.md': 'words' });
    await open(story, 'text', { 'shared/size.txt': '2' });
    await story.settled();
    expect(await rows(story, 1)).toEqual([]);
    expect(await rows(story, 2)).toEqual(['network']);
    await ada.comment(2, '/unlock');
    await story.settled();

    await open(story, 'size', { 'shared/size.json': '2' });
    await story.settled();
    expect(await rows(story, 3)).toEqual(['network', 'cluster', 'web']);
    await ada.comment(3, '/apply -p web');
    await story.settled();
    expect((await story.replies(3)).join()).toContain(
      '`web` depends on `cluster`, which is not applied yet.',
    );
    expect(await row(story, 3, 'web')).toContain('| planned |');
    await ada.comment(3, '/apply -p network');
    await ada.comment(3, '/apply');
    await story.settled();
    expect(await readFile(path.join(story.world.stateFolder, 'order'), 'utf8')).toBe(
      'network\ncluster\nweb\n',
    );
  });

  it("gives a project that is new in the head the base's rules for its folder, else the strictest of the server", {
    tags: ['long'],
  }, async () => {
    const rules = `version: 1
rules:
  - {match: 'prod/**', requirements: [approved], env: {TF_VAR_stage: base}}
  - {match: 'dev/**', env: {TF_VAR_stage: base}}
`;
    const staged = (state: string, name: string) => ({
      ...folder(state, name, 'var.stage'),
      [`${name}/variables.tf`]: 'variable "stage" {\n  default = "none"\n}\n',
    });
    await using story = await tellStory({
      files: () => ({ 'tidegate.yaml': rules }),
      operator: "rules:\n  - {match: 'elsewhere/**', requirements: [approved]}\n",
    });
    const { ada, world } = story;
    await open(story, 'new', {
      'tidegate.yaml': `version: 1
projects:
  - {name: prod, dir: prod/new, requirements: [], env: {TF_VAR_stage: head}}
  - {name: dev, dir: dev/new, env: {TF_VAR_stage: head}}
  - {name: lab, dir: lab/new, env: {TF_VAR_stage: head}}
rules: []
`,
      ...staged(world.stateFolder, 'prod/new'),
      ...staged(world.stateFolder, 'dev/new'),
      ...staged(world.stateFolder, 'lab/new'),
    });
    await story.settled();
    expect(await row(story, 1, 'prod')).toContain(
      '| a review by anybody with write permission, then `/apply -p prod` |',
    );
    expect(await row(story, 1, 'dev')).toContain('| planned | `/apply -p dev` |');
    expect(await row(story, 1, 'lab')).toContain(
      '| a review by anybody with write permission, then `/apply -p lab` |',
    );
    const board = await story.board(1);
    expect(board).not.toContain('"head"');
    expect(board).toContain(
      'This pull request edits `env`, `requirements` of `prod` and of 2 more projects.',
    );
    expect(board).toContain('1 rule of this pull request takes effect after the merge');
    await ada.comment(1, '/apply');
    await story.settled();
    expect(await stateOf(story, 'dev-new')).toContain('"base"');
    expect([await stateOf(story, 'prod-new'), await stateOf(story, 'lab-new')]).toEqual(['', '']);
  });
});
