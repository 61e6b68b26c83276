import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { WrongUse } from '../../src/arguments.ts';
import { inTerminal } from '../../src/render/in-terminal.ts';
import { pictureOf } from '../git/folder-picture.ts';
import { type Checkout, makeCheckout } from '../support/checkout.ts';
import { put } from '../support/git-author.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { localBackend, type StoryWish, tellStory } from '../support/story.ts';
import { run } from './command.ts';

const files: StoryWish['files'] = (state) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': 'resource "terraform_data" "vpc" {\n  input = "one"\n}\n',
  'database/main.tf': `${localBackend(state, 'database')}variable "size" {}\nresource "terraform_data" "db" {\n  input = var.size\n}\n`,
});
const change = { 'network/main.tf': 'resource "terraform_data" "vpc" {\n  input = "two"\n}\n' };

/** A checkout, and the file of an operator who lets it keep its state in a folder of the test. */
const bench = (stateFolder = temporaryFolder('state')): { checkout: Checkout; config: string } => {
  const checkout = makeCheckout(files(stateFolder));
  const folder = temporaryFolder('operator');
  put(folder, 'operator.yaml', `allow: ["*/*"]\nisolation: none\nallow_local_state: ${stateFolder}\n`);
  return { checkout, config: path.join(folder, 'operator.yaml') };
};

const ours = (): readonly string[] => readdirSync(os.tmpdir()).filter((name) => name.startsWith('tidegate-'));

describe('tidegate plan', { tags: ['long'], timeout: 120_000 }, () => {
  it('plans what lies in the checkout, says so, and leaves it and the machine as they were', async () => {
    const { checkout, config } = bench();
    checkout.write(change);
    const before = pictureOf(checkout.folder);
    const { code, out, said } = await run(checkout, 'plan', ['--config', config, '--detailed-exitcode']);
    expect({ code, said }).toMatchObject({
      code: 2,
      said: expect.stringContaining('[1/1] network: 1 to create'),
    });
    expect(said).toContain('what is not committed included');
    expect(said).toContain('no variables of yours but PATH');
    expect(out).toContain('Plan: 1 to add\n');
    expect(out).toContain('+ create terraform_data.vpc\n+     input = "two"\n');
    expect(out).not.toMatch(/<|```|\u001b/);
    expect(pictureOf(checkout.folder)).toEqual(before);
    expect(ours()).toEqual([]);
    // Without the flag changes are no failure, and nothing that is affected is nothing to do.
    expect(await run(checkout, 'plan', ['--config', config])).toMatchObject({ code: 0 });
    checkout.git('checkout', '--quiet', '.');
    expect(await run(checkout, 'plan', ['--config', config, '--detailed-exitcode'])).toMatchObject({
      code: 0,
    });
  });

  it('plans what uses outputs of another project only where that has nothing to apply, and says what waits', async () => {
    const state = temporaryFolder('state');
    const checkout = makeCheckout({
      'tidegate.yaml':
        'version: 1\nprojects:\n  - { dir: network }\n  - { dir: app, depends_on: [network] }\n',
      'network/main.tf': `${localBackend(state, 'network')}locals {\n  size = 1\n}\n`,
      'app/main.tf': localBackend(state, 'app'),
    });
    const { config } = bench(state);
    const resource = 'resource "terraform_data" "this" {}\n';
    const app = { 'app/main.tf': `${localBackend(state, 'app')}${resource}` };
    checkout.write({
      ...app,
      'network/main.tf': `${localBackend(state, 'network')}locals {\n  size = 2\n}\n`,
    });
    const both = await run(checkout, 'plan', ['--config', config, '--detailed-exitcode']);
    expect(both).toMatchObject({ code: 2, said: expect.stringContaining('[1/1] app: 1 to create') });

    checkout.write({ 'network/main.tf': `${localBackend(state, 'network')}${resource}` });
    const first = await run(checkout, 'plan', ['--config', config, '--detailed-exitcode']);
    expect(first).toMatchObject({ code: 2, said: expect.stringContaining('[1/1] network: 1 to create') });
    expect(first.said).not.toContain('app: planning');
    expect(first.said).toContain('Not planned here: `app` uses outputs of `network`');
    expect(first.out).toContain('waits for `network`');
    const alone = await run(checkout, 'plan', ['--config', config, '-p', 'app']);
    expect(alone).toMatchObject({ code: 1, said: expect.stringContaining('Not planned here: `app`') });
  });

  it('gives tools no variable but those that are named', async () => {
    const { checkout, config } = bench();
    const environment = { TF_VAR_size: 'a-size-of-mine' };
    const args = ['--config', config, '-p', 'database'];
    const strict = await run(checkout, 'plan', args, { environment });
    expect(strict.code).toBe(1);
    expect(strict.out).toContain('No value for required variable');
    const named = await run(checkout, 'plan', [...args, '--env', 'TF_VAR_size'], { environment });
    expect(named).toMatchObject({ code: 0 });
    expect(named.said).toContain('of your variables PATH and TF_VAR_size.');
    await expect(run(checkout, 'plan', ['--env', 'A=b'])).rejects.toBeInstanceOf(WrongUse);
  });

  it('ends its tools when it is stopped, and leaves nothing behind', async () => {
    const { checkout, config } = bench();
    checkout.write(change);
    const { promise, resolve } = Promise.withResolvers<void>();
    const stopped = await run(checkout, 'plan', ['--config', config], {
      stopped: promise,
      onSay: (line) => {
        if (line.endsWith('planning ...')) resolve();
      },
    });
    expect(stopped.code).toBe(1);
    expect(stopped.said).toContain('It was stopped before everything was planned.');
    expect(ours()).toEqual([]);
  });

  it('refuses what it cannot know: a workflow without the file that it is in', async () => {
    const checkout = makeCheckout({
      ...files('/nowhere'),
      'tidegate.yaml': 'version: 1\nprojects: [{dir: network, workflow: checked}]\n',
    });
    const refused = await run(checkout, 'plan', ['--base', 'main', '-p', 'network']);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.said).toContain('has the workflow `checked`, which is in the operator file');
  });

  it('says with --markdown what the comment says of the same change', async () => {
    const told = async (): Promise<{ readonly comment: string; readonly stateFolder: string }> => {
      await using story = await tellStory({ files });
      await story.ada.push('change', change, 'A change');
      await story.ada.openPull('change', 'A change');
      await story.settled();
      return { comment: (await story.board(1)) ?? '', stateFolder: story.world.stateFolder };
    };
    const { comment, stateFolder } = await told();
    const { checkout, config } = bench(stateFolder);
    checkout.write(change);
    const { out } = await run(checkout, 'plan', ['--config', config, '--markdown']);
    // The commit is another one, and only a server has pages to lead to.
    const words = (text: string): string =>
      text
        .replaceAll(/<!--.*?-->\n*/gs, '')
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replaceAll(/\b[0-9a-f]{12}\b/g, 'SHA')
        .trim();
    expect(words(out)).toBe(words(comment));
    expect(words(out)).toContain('+     input = "two"');
  });
});

describe('a comment in a terminal', () => {
  it('has the words and none of the marks, and colours where they are wanted', () => {
    const comment =
      '<!-- hidden -->\n### Plan: 1 to add\n\n| A | B |\n|:--|--:|\n| `a\\_b` | **x** &lt;y&gt; |\n\n<details><summary><b>[more](https://example.invalid/x)</b></summary>\n\n```diff\n+ create a <b>\n- gone\n```\n\n</details>\n';
    expect(inTerminal(comment, false)).toBe(
      'Plan: 1 to add\n\n| A | B |\n| `a_b` | x <y> |\n\nmore\n\n+ create a <b>\n- gone\n',
    );
    const coloured = inTerminal(comment, true);
    expect(coloured).toContain('\u001b[32m+ create a <b>\u001b[39m');
    expect(coloured).toContain('\u001b[31m- gone\u001b[39m');
    expect(coloured).toContain('\u001b[1mPlan: 1 to add\u001b[22m');
  });

  it('lets no control character through that is not its own', () => {
    expect(inTerminal('a\u001b[2Jb\u0007\u009bc', false)).toBe('a[2Jbc\n');
    expect(inTerminal('```\n\u001b]0;title\u0007\n```', false)).toBe(']0;title\n');
  });
});
