import { existsSync, globSync, readFileSync } from 'node:fs';
import { access, chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, open, row, stateOf } from '../support/acts.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const resource = (input: string) => `resource "terraform_data" "it" {\n  input = "${input}"\n}\n`;
const files = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': resource('small'),
  'database/backend.tf': localBackend(state, 'database'),
  'database/main.tf': resource('small'),
});

/**
 * terraform with a gate before a verb: it waits there until the file `open` is written. Before an apply
 * each SIGINT is written down and nothing else: what the tool makes of it is its own business.
 */
const gated = async (verb: 'plan' | 'apply') => {
  const folder = temporaryFolder('gate');
  const bin = path.join(folder, 'bin');
  await mkdir(bin);
  const real = process.env['PATH'] ?? '';
  const deaf = verb === 'apply' ? `trap 'echo INT >> ${folder}/signals' INT` : ':';
  await writeFile(
    path.join(bin, 'terraform'),
    `#!/bin/sh
PATH='${real}'
if [ "$1" = ${verb} ]; then ${deaf}; touch '${folder}/waits'; while [ ! -e '${folder}/open' ]; do sleep 0.05; done; fi
exec terraform "$@"
`,
  );
  await chmod(path.join(bin, 'terraform'), 0o755);
  await writeFile(path.join(folder, 'signals'), '');
  return {
    environment: { PATH: `${bin}:${real}` },
    waits: () => eventually(() => access(path.join(folder, 'waits'))),
    open: () => writeFile(path.join(folder, 'open'), ''),
    signals: () => readFileSync(path.join(folder, 'signals'), 'utf8').split('\n').filter(Boolean).length,
  };
};

/** Waits for the answer to one more comment, while a run may still be under way. */
const say = async (story: Story, who: 'ada' | 'grace' | 'margaret' | 'mallory', body: string) => {
  const before = (await story.replies(1)).length;
  await story[who].comment(1, body);
  return eventually(async () => {
    const replies = await story.replies(1);
    expect(replies).toHaveLength(before + 1);
    return replies.at(-1) ?? '';
  });
};

describe('/cancel', () => {
  it('ends plans that run and plans that wait, says by whom, and gives their locks to who waits', {
    tags: ['long'],
  }, async () => {
    const gate = await gated('plan');
    await using story = await tellStory({ files, environment: gate.environment, logLevel: 'silent' });
    await open(story, 'change', {
      'network/main.tf': resource('large'),
      'database/main.tf': resource('large'),
    });
    await gate.waits();
    await open(story, 'other', { 'network/other.tf': 'resource "terraform_data" "other" {}\n' });
    await eventually(async () => expect(await row(story, 2, 'network')).toContain('waits for [#1]'));

    expect(await say(story, 'mallory', '/cancel')).toContain('needs write permission');
    expect(await say(story, 'grace', '/cancel -p nothing')).toContain('matches no project');
    const answer = await say(story, 'grace', '/cancel');
    expect(answer).toContain('- `database`: cancelled');
    expect(answer).toContain('- `network`: cancelled');
    await gate.open();
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('| cancelled | `/plan -p network` |');
    expect(await story.board(1)).toContain('Cancelled by `grace`.');
    expect(await row(story, 2, 'network')).toContain('| planned |');
    expect(await say(story, 'grace', '/cancel')).toContain('There is nothing to cancel');
  });

  it('asks an apply to stop once; a second time only for an administrator who names the risk; no lock moves', {
    tags: ['long'],
  }, async () => {
    const gate = await gated('apply');
    await using story = await tellStory({ files, environment: gate.environment, logLevel: 'silent' });
    await open(story, 'change', { 'network/main.tf': resource('large') });
    await story.settled();
    await open(story, 'other', { 'network/other.tf': 'resource "terraform_data" "other" {}\n' });
    await story.settled();
    await story.ada.comment(1, '/apply');
    await gate.waits();

    // The first is never more than asking, whoever asks and whatever is named.
    expect(await say(story, 'margaret', '/cancel --accept-broken-state')).toContain('asked to stop');
    await eventually(() => expect(gate.signals()).toBe(1));
    expect(await say(story, 'margaret', '/cancel')).toContain('`/cancel --accept-broken-state`');
    expect(await say(story, 'grace', '/cancel --accept-broken-state')).toContain(
      'needs administrator permission',
    );
    expect(await say(story, 'grace', '/unlock')).toContain('an apply is under way');
    expect(gate.signals()).toBe(1);
    expect(await row(story, 2, 'network')).toContain('waits for [#1]');
    expect(await say(story, 'margaret', '/cancel --accept-broken-state')).toContain('told to stop at once');
    await eventually(() => expect(gate.signals()).toBe(2));

    // The tool decides: this one goes on to its end.
    await gate.open();
    await story.settled();
    expect(await stateOf(story, 'network')).toContain('large');
  });

  it('reaches an apply whose host was killed, and leaves nothing of it but an outcome that nobody saw', {
    tags: ['long'],
  }, async () => {
    const gate = await gated('apply');
    await using story = await tellStory({ files, environment: gate.environment, logLevel: 'silent' });
    await open(story, 'change', { 'network/main.tf': resource('large') });
    await story.settled();
    await story.ada.comment(1, '/apply');
    await gate.waits();

    const hosts = globSync('**/runs/*/host.json', { cwd: story.folder });
    expect(hosts).toHaveLength(1);
    const record = path.join(story.folder, hosts[0] ?? '');
    process.kill(JSON.parse(JSON.parse(readFileSync(record, 'utf8')).body).host.pid, 'SIGKILL');
    expect(await say(story, 'grace', '/cancel')).toContain('asked to stop');
    await eventually(() => expect(gate.signals()).toBe(1));
    await gate.open();
    await eventually(async () => expect(await row(story, 1, 'network')).toContain('outcome unknown'));
    // A plan lies in it in clear.
    await eventually(() => expect(existsSync(path.dirname(record))).toBe(false));
    await story.settled();
  });

  it('drops an apply that had not begun, and its plan still stands', { tags: ['long'] }, async () => {
    const gate = await gated('apply');
    await using story = await tellStory({ files, environment: gate.environment, logLevel: 'silent' });
    await open(story, 'change', {
      'network/main.tf': resource('large'),
      'database/main.tf': resource('large'),
    });
    await story.settled();
    await story.ada.comment(1, '/apply');
    await gate.waits();

    const answer = await say(story, 'grace', '/cancel -p network');
    expect(answer).toContain('nothing of it was run');
    await gate.open();
    await story.settled();
    expect(await row(story, 1, 'database')).toContain('✓ applied');
    expect(await row(story, 1, 'network')).toContain('| planned | `/apply -p network` |');
    expect(await story.board(1)).toContain('Cancelled by `grace`.');
    await story.ada.comment(1, '/apply');
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('✓ applied');
  });

  it('of real terraform in mid-apply: it ends in order, and what it did is in its state', async () => {
    await using story = await tellStory({
      files,
      operator: 'trust: { provisioners: allow }\n',
      logLevel: 'silent',
    });
    const flag = path.join(temporaryFolder(), 'begun');
    await open(story, 'change', {
      'network/main.tf': `${resource('large')}
resource "terraform_data" "slow" {
  input = terraform_data.it.output
  provisioner "local-exec" {
    command = "touch ${flag}; exec sleep 60"
  }
}
resource "terraform_data" "after" {
  input = terraform_data.slow.output
}
`,
    });
    await story.settled();
    await story.ada.comment(1, '/apply');
    await eventually(() => access(flag));
    expect(await say(story, 'grace', '/cancel')).toContain('finishes what it began');
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('apply failed');
    expect(await story.board(1)).toContain('asked to stop');
    const state = await stateOf(story, 'network');
    expect(state).toContain('large');
    expect(state).not.toContain('"after"');
    expect(await say(story, 'grace', '/recover')).toContain('There is nothing to recover');
  });
});
