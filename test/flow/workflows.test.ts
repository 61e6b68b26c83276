import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, open, stateOf } from '../support/acts.ts';
import { runLogs } from '../support/deliver.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { localBackend, type Story, type StoryWish, tellStory } from '../support/story.ts';

const vpc = (input: string) => `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`;

const files: StoryWish['files'] = (state) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': vpc('one'),
});

/** A program of the operator, which is not on PATH. */
const program = (body: string): string => {
  const file = path.join(temporaryFolder('workflow'), 'check');
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
};

const tell = (steps: Readonly<Record<string, unknown>>): Promise<Story> =>
  tellStory({
    files,
    operator: `workflows: ${JSON.stringify({ checked: steps })}\nrules: [{match: "**", workflow: checked}]\n`,
  });

const inPlan = (...argv: readonly string[]) => ({ plan: ['init', 'workspace', argv, 'plan', 'show'] });
const inApply = (...argv: readonly string[]) => ({ apply: ['init', 'workspace', argv, 'show', 'apply'] });

const planned = async (story: Story): Promise<void> => {
  await open(story, 'change', { 'network/main.tf': vpc('two') });
  await story.settled();
};

const apply = async (story: Story): Promise<string> => {
  await story.ada.comment(1, '/apply');
  await story.settled();
  return (await story.replies(1)).join('\n');
};

describe('a workflow', () => {
  it('puts its programs between the steps of the runner, and its plan is applied', async () => {
    // Nothing in an argument means anything.
    const look = program('test -d .terraform && echo "looked with $* in $(basename "$PWD")"');
    await using story = await tell({
      ...inPlan(look, '{workspace}', '$(id)'),
      ...inApply(look, 'apply'),
    });
    await planned(story);
    expect(await story.board(1)).toContain('planned');
    expect(runLogs(story)).toContain('looked with {workspace} $(id) in network');
    expect(await apply(story)).toBe('');
    expect(await stateOf(story, 'network')).toContain('"two"');
    expect(runLogs(story)).toContain('looked with apply in network');
  });

  it('sets variables for the steps behind it, hides them, and lets nobody name what the server decides', async () => {
    const secret = 'correct-horse-battery';
    await using story = await tellStory({
      files: (state) => ({
        ...files(state),
        'network/main.tf': 'variable "secret" {}\nvariable "stage" {}\n',
      }),
      operator: `workflows: ${JSON.stringify({
        checked: {
          plan: [
            { env: { name: 'TF_VAR_stage', value: 'live' } },
            { env: { name: 'TF_VAR_secret', sh: `echo ${secret.replace('-', '"-"')}` } },
            { multienv: [program('echo "SAID=\\"a, b\\",PULL=$PULL_NUM"')] },
            'init',
            'workspace',
            { sh: 'echo "got $SAID of $PULL in $REPO_REL_DIR $WORKSPACE $PROJECT_NAME: $TF_VAR_secret"' },
            'plan',
            'show',
          ],
        },
      })}\nrules: [{match: "**", workflow: checked}]\n`,
    });
    const output =
      'output "told" {\n  value = "on @{var.stage}"\n}\noutput "hushed" {\n  value = "of @{var.secret}"\n}\n';
    await open(story, 'change', { 'network/out.tf': output.replaceAll('@', '$') });
    await story.settled();
    const board = await story.board(1);
    expect(board).toContain('told');
    expect(board).toContain('on live');
    expect(runLogs(story)).toContain('got a, b of 1 in network default network: ');
    for (const text of [board, runLogs(story)]) expect(text).not.toContain(secret);
  });

  it('that gives a variable which the server decides fails, and names no value', {
    tags: ['long'],
  }, async () => {
    await using story = await tell({
      plan: ['init', 'workspace', { multienv: { sh: 'echo LD_PRELOAD=/tmp/hushhush.so' } }, 'plan', 'show'],
    });
    await planned(story);
    expect(await story.board(1)).toContain(
      'names a variable that cannot be set, or that the server decides itself',
    );
    expect(await story.board(1)).not.toContain('hushhush');
  });

  it('is not given a folder that a line could take apart', { tags: ['long'] }, async () => {
    await using story = await tell({ plan: [{ sh: 'true' }, 'init', 'workspace', 'plan', 'show'] });
    await open(story, 'odd', { 'a $(id)/main.tf': vpc('two') });
    await story.settled();
    expect(await story.board(1)).toContain('has characters that programs of a workflow are not given');
  });

  it('fails the plan where one of its programs fails, under its name', { tags: ['long'] }, async () => {
    const lint = program('echo "no tags on vpc"; exit 3');
    await using story = await tell(inPlan(lint, '--recursive', 'more'));
    await planned(story);
    expect(await story.board(1)).toContain(`\`${lint} --recursive\` ended with exit code 3.`);
    expect(await story.board(1)).toContain('no tags on vpc');
    expect(await apply(story)).not.toBe('');
    expect(await stateOf(story, 'network')).toBe('');
  });

  it('makes plans stale when it changes, and only then', { tags: ['long'] }, async () => {
    const lint = program('exit 0');
    await using story = await tell(inPlan(lint, 'loosely'));
    await planned(story);
    const file = path.join(story.folder, 'operator.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('loosely', 'strictly'));
    await story.world.restart();
    expect(await apply(story)).toContain('settings this project depends on');
    expect(await stateOf(story, 'network')).toBe('');
    // It was planned again by itself, with the new one.
    await story.world.restart();
    await apply(story);
    expect(await stateOf(story, 'network')).toContain('"two"');
  });

  it('whose program comes first leaves state in the checkout refused', async () => {
    await using story = await tell({ plan: [[program('exit 0')], 'init', 'workspace', 'plan', 'show'] });
    await open(story, 'change', { 'bare/main.tf': vpc('two') });
    await story.settled();
    expect(await story.board(1)).toContain('keeps its state inside the checkout');
  });

  it('that fits no runner keeps the server from starting', { tags: ['long'] }, async () => {
    await expect(tell({ plan: ['init', 'plan', 'show'] })).rejects.toMatchObject({
      problem: {
        sentence: expect.stringMatching(
          /^Operator file, line \d+: Workflow `checked`: its `plan` leaves out the step `workspace`/,
        ),
      },
    });
  });
});

describe('programs of an apply', () => {
  it.each([
    [
      'the plan file',
      `sed -i s/two/three/ main.tf; terraform plan -out="$(find "$HOME/.." -name plan.bin)" && sed -i s/three/two/ main.tf`,
      'these are not as they were planned: &#34;(plan file)',
    ],
    ['the configuration', 'sed -i s/two/three/ main.tf', '`network/main.tf` was written while the workflow'],
    ['files that are new', 'echo > new.tf', '`network/new.tf` was written while the workflow'],
  ])('that write %s are caught, and nothing is applied', { tags: ['long'] }, async (_, body, why) => {
    await using story = await tell(inApply(program(body)));
    await planned(story);
    expect(await apply(story)).toContain(why);
    expect(await stateOf(story, 'network')).toBe('');
  });

  it('are no time in which something could change: all is asked again behind them', {
    tags: ['long'],
  }, async () => {
    const folder = temporaryFolder('gate');
    const begun = path.join(folder, 'begun');
    const go = path.join(folder, 'go');
    await using story = await tell(
      inApply(program(`touch ${begun}; while [ ! -e ${go} ]; do sleep 0.1; done`)),
    );
    await planned(story);
    await story.ada.comment(1, '/apply');
    await eventually(() => readFileSync(begun));
    const { hub, repository } = story.world;
    hub.faults.webhook({ event: 'pull_request', action: 'synchronize' }, { kind: 'lose' });
    await hub.pushFiles(repository, 'change', { as: 'ada', files: { 'network/main.tf': vpc('three') } });
    writeFileSync(go, '');
    await story.settled();
    expect((await story.replies(1)).join()).toContain('the head moved');
    expect(await stateOf(story, 'network')).toBe('');
  });

  it('that fail leave nothing applied', { tags: ['long'] }, async () => {
    await using story = await tell(inApply(program('echo "not today"; exit 1')));
    await planned(story);
    await apply(story);
    expect(await stateOf(story, 'network')).toBe('');
    expect(runLogs(story)).toContain('not today');
  });
});
