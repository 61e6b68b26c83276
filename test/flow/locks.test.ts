import { access, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { close, eventually, open, push, reopen, row, stateOf } from '../support/acts.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const network = (input: string) => ({
  'network/main.tf': `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`,
});
const database = (input: string) => ({
  'database/main.tf': `resource "terraform_data" "cluster" {\n  input = "${input}"\n}\n`,
});
const files = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  ...network('small'),
  'database/backend.tf': localBackend(state, 'database'),
  ...database('small'),
});
/** A change of the network in a file of its own, so that several of them merge. */
const more = (name: string) => ({
  [`network/${name}.tf`]: `resource "terraform_data" "${name}" {\n  input = "${name}"\n}\n`,
});

const waitsFor = (story: Story, number: number, holder: number) =>
  expect(row(story, number, 'network')).resolves.toContain(
    `| waits for [#${holder}](${story.world.hub.url}/acme/infrastructure/pull/${holder}) |`,
  );

describe('one pull request at a time per project', () => {
  it('refuses the next ones with the holder named, and plans them in their order when the lock frees', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files });
    const { ada, grace } = story;
    for (const name of ['one', 'two', 'three', 'four']) {
      await open(story, name, more(name));
      await story.settled();
    }
    await open(story, 'other', database('large'));
    await story.settled();
    for (const waiting of [2, 3, 4]) await waitsFor(story, waiting, 1);
    expect(await row(story, 2, 'network')).toContain('it will be planned by itself');
    expect(await story.checks(2)).toContain('tidegate: network: in_progress, Waiting in line for #1');
    // Another project is nobody's business.
    expect(await row(story, 5, 'database')).toContain('| planned |');
    // Asking again is no way around the line, and applying is refused.
    await grace.comment(4, '/plan');
    await grace.comment(2, '/apply');
    await story.settled();
    await waitsFor(story, 4, 1);
    expect((await story.replies(2)).join()).toContain('waits for a lock');

    await ada.comment(1, '/apply');
    await story.settled();
    await ada.merge(1);
    await story.settled();
    expect(await row(story, 2, 'network')).toContain('| 1 | 0 | 0 | 0 | planned |');
    await waitsFor(story, 3, 2);
    await waitsFor(story, 4, 2);

    await close(story, 2);
    await story.settled();
    expect(await row(story, 3, 'network')).toContain('| planned |');
    await waitsFor(story, 4, 3);

    await ada.comment(3, '/unlock');
    await story.settled();
    expect(await row(story, 4, 'network')).toContain('| planned |');
    expect(await row(story, 3, 'network')).toContain('out of date');
    await ada.comment(3, '/plan');
    await story.settled();
    await waitsFor(story, 3, 4);
  });

  it('passes over who can not be planned when its turn comes, and lets it stand in line again once it can', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files });
    const { ada, world } = story;
    await open(story, 'one', network('large'));
    await story.settled();
    await open(story, 'two', network('huge'));
    await story.settled();
    await ada.push('three', more('three'), 'Three');
    await world.hub.openPull(world.repository, {
      as: 'ada',
      head: 'three',
      base: 'main',
      title: 'A draft',
      draft: true,
    });
    await ada.comment(3, '/plan');
    await story.settled();
    await waitsFor(story, 3, 1);
    await ada.comment(1, '/apply');
    await story.settled();
    await ada.merge(1);
    await story.settled();
    expect(await story.board(2)).toContain('does not merge cleanly');
    // Somebody asked for the draft, so it has its turn.
    expect(await row(story, 3, 'network')).toContain('| planned |');

    // Resolved, it is planned after those who are there now.
    await world.hub.pushFiles(world.repository, 'two', { as: 'ada', from: 'main', files: network('huge') });
    await story.settled();
    await waitsFor(story, 2, 3);
    await close(story, 3);
    await story.settled();
    expect(await row(story, 2, 'network')).toContain('| planned |');
  });

  it('passes over who can not even be looked at, so that the line goes on', { tags: ['long'] }, async () => {
    await using story = await tellStory({ files, logLevel: 'silent' });
    for (const name of ['one', 'two', 'three']) {
      await open(story, name, more(name));
      await story.settled();
    }
    story.world.hub.faults.route({ method: 'GET', path: /\/pulls\/2$/ }, { kind: 'status', status: 404 });
    await close(story, 1);
    await story.settled();
    expect(await row(story, 3, 'network')).toContain('| planned |');
    story.world.hub.faults.clear();
    await story.ada.comment(2, '/plan');
    await story.settled();
    await waitsFor(story, 2, 3);
  });

  it('keeps no lock for a plan without changes, nor for what a push no longer touches', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files });
    const { ada, world } = story;
    await open(story, 'one', { ...network('large'), 'README.md': 'words' });
    await story.settled();
    await ada.comment(1, '/apply');
    await story.settled();
    await ada.merge(1);
    await open(story, 'comment', { 'network/notes.tf': '# nothing but words\n' });
    await story.settled();
    expect(await row(story, 2, 'network')).toContain('| no changes |');
    await ada.comment(2, '/apply');
    await open(story, 'three', { ...more('three'), ...database('large') });
    await story.settled();
    expect((await story.replies(2)).join()).toContain('has nothing to change');
    expect(await row(story, 3, 'network')).toContain('| planned |');

    await open(story, 'four', more('four'));
    await story.settled();
    await waitsFor(story, 4, 3);
    await world.hub.pushFiles(world.repository, 'three', {
      as: 'ada',
      files: {},
      deletes: ['network/three.tf'],
    });
    await story.settled();
    expect(await row(story, 3, 'network')).toBe('no row for network');
    expect(await row(story, 3, 'database')).toContain('| planned |');
    expect(await row(story, 4, 'network')).toContain('| planned |');
  });

  it('keeps no lock for a plan that failed, so that it holds nobody up', { tags: ['long'] }, async () => {
    await using story = await tellStory({ files });
    await open(story, 'broken', {
      'network/broken.tf': 'resource "terraform_data" "x" {\n  inputt = 1\n}\n',
    });
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('plan failed');
    await open(story, 'good', more('good'));
    await story.settled();
    expect(await row(story, 2, 'network')).toContain('| planned |');
    // The first one mends its plan and is second now.
    await push(story, 'broken', { 'network/broken.tf': 'resource "terraform_data" "x" {\n  input = 1\n}\n' });
    await story.settled();
    await waitsFor(story, 1, 2);
  });

  it('is of a place: neither a new name nor a second one for it is a way around another pull request', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files });
    await open(story, 'first', more('first'));
    await story.settled();
    const named = (...names: readonly string[]) =>
      `version: 1\nprojects:\n${names.map((name) => `  - {name: ${name}, dir: network}\n`).join('')}`;
    await open(story, 'renamed', { 'tidegate.yaml': named('other'), ...more('renamed') });
    await open(story, 'doubled', { 'tidegate.yaml': named('other', 'twin'), ...more('doubled') });
    await story.settled();
    for (const number of [2, 3])
      expect(await row(story, number, 'other')).toContain(
        `| waits for [#1](${story.world.hub.url}/acme/infrastructure/pull/1) |`,
      );
    expect(await story.board(3)).toContain('`twin`: new in a dir and workspace that the base branch knows');
    expect(await row(story, 3, 'twin')).toBe('no row for twin');
  });

  it('keeps the lock and the row of what was applied and not merged, whatever a later push takes back', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files });
    const { ada } = story;
    await open(story, 'one', { ...network('large'), 'README.md': 'words' });
    await story.settled();
    await ada.comment(1, '/apply');
    await open(story, 'two', more('two'));
    await story.settled();
    expect(await stateOf(story, 'network')).toContain('large');

    await push(story, 'one', network('small'));
    await story.settled();
    // What is in the world is not in the branch any more: the way back is planned.
    expect(await row(story, 1, 'network')).toContain('| 0 | 1 | 0 | 0 | planned |');
    await waitsFor(story, 2, 1);
    await ada.comment(1, '/apply');
    await story.settled();
    expect(await stateOf(story, 'network')).toContain('small');
    await ada.comment(1, '/plan');
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('| ✓ applied | merge |');
    await waitsFor(story, 2, 1);

    await ada.merge(1);
    await story.settled();
    expect(await row(story, 2, 'network')).toContain('| planned |');
  });
});

describe('/unlock', () => {
  it('gives the own locks back, one or all: the reply names them, their plans are void', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files });
    const { ada } = story;
    await open(story, 'both', { ...network('large'), ...database('large') });
    await story.settled();
    await open(story, 'two', more('two'));
    await story.settled();
    await ada.comment(1, '/unlock -p network');
    await story.settled();
    const [first] = await story.replies(1);
    expect(first).toContain('- `network`: unlocked, its plan is thrown away');
    expect(first).not.toContain('database');
    expect(await row(story, 1, 'network')).toContain('| out of date | `/plan -p network` |');
    expect(await row(story, 1, 'database')).toContain('| planned |');
    expect(await row(story, 2, 'network')).toContain('| planned |');

    await ada.comment(1, '/unlock');
    await ada.comment(1, '/unlock');
    await ada.comment(1, '/apply');
    await ada.comment(1, '/unlock -p netwrok');
    await story.settled();
    const [, second, third, apply, mistaken] = await story.replies(1);
    expect(second).toContain('- `database`: unlocked, its plan is thrown away');
    expect(second).not.toContain('network`');
    expect(third).toContain('There was no lock to release');
    expect(apply).toContain('There is no plan to apply');
    expect(apply).toContain('Comment `/plan` first');
    expect(mistaken).toContain('Did you mean `-p network`?');
    expect(await stateOf(story, 'database')).toBe('');

    // Who was overtaken stands in line now, and the rest goes on.
    await ada.comment(1, '/plan');
    await story.settled();
    expect(await row(story, 1, 'database')).toContain('| planned |');
    await waitsFor(story, 1, 2);
    expect((await story.checks(1)).join()).toContain('tidegate: database: success, Planned: 1 to add');
  });

  it("takes another's lock away for an administrator only, and both boards say so", {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files });
    const { ada, grace, margaret, mallory } = story;
    await open(story, 'one', more('one'));
    await story.settled();
    await open(story, 'two', more('two'));
    await story.settled();
    // Without a selector it is about the own locks, and #2 has none.
    await margaret.comment(2, '/unlock');
    await mallory.comment(2, '/unlock -p network');
    await grace.comment(2, '/unlock -p network');
    await story.settled();
    const [own, reader, writer] = await story.replies(2);
    expect(own).toContain('There was no lock to release');
    expect(reader).toContain('needs write permission');
    expect(writer).toMatch(/The lock of `network` is held by .*1; taking it away/);
    expect(writer).toContain('administrator');
    await waitsFor(story, 2, 1);
    expect(await row(story, 1, 'network')).toContain('| planned |');

    await margaret.comment(2, '/unlock -p network');
    await story.settled();
    expect((await story.replies(2)).at(-1)).toContain('`network`');
    expect(await row(story, 2, 'network')).toContain('| planned |');
    expect(await row(story, 1, 'network')).toContain('| out of date |');
    await ada.comment(1, '/apply');
    await ada.comment(2, '/apply');
    await story.settled();
    expect((await story.replies(1)).join()).toContain('There is no plan to apply');
    expect(await stateOf(story, 'network')).toContain('two');
    expect(await stateOf(story, 'network')).not.toContain('"one"');
  });

  it('answers on a closed pull request too', { tags: ['long'] }, async () => {
    await using story = await tellStory({ files });
    await open(story, 'one', more('one'));
    await story.settled();
    await close(story, 1);
    await story.ada.comment(1, '/unlock');
    await story.ada.comment(1, '/plan');
    await story.settled();
    const [unlock, plan] = await story.replies(1);
    expect(unlock).toContain('There was no lock to release');
    expect(plan).toContain('this one is closed');
    expect((await story.board(1))?.split('\n')[0]).toContain('Closed');
    await reopen(story, 1);
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('| planned |');
  });
});

describe('while an apply runs', () => {
  /** A resource whose creation begins with the file `NAME-started` and ends once there is a file `NAME-go`. */
  const slow = (state: string, name: string) => ({
    [`network/${name}.tf`]: `resource "terraform_data" "${name}" {
  provisioner "local-exec" {
    command = "touch ${state}/${name}-started; while [ ! -e ${state}/${name}-go ]; do sleep 0.05; done"
  }
}
`,
  });
  const started = (story: Story, name: string) =>
    eventually(() => access(path.join(story.world.stateFolder, `${name}-started`)));
  const go = (story: Story, name: string) => writeFile(path.join(story.world.stateFolder, `${name}-go`), '');

  it('its lock outlives /unlock, a push and a close, and goes with its end', { tags: ['long'] }, async () => {
    await using story = await tellStory({ files, operator: 'trust: { provisioners: allow }\n' });
    const { ada, margaret, world } = story;
    await open(story, 'one', slow(world.stateFolder, 'one'));
    await story.settled();
    await ada.comment(1, '/apply');
    await started(story, 'one');
    await open(story, 'two', slow(world.stateFolder, 'two'));
    await eventually(() => waitsFor(story, 2, 1));
    await margaret.comment(2, '/unlock -p network');
    await ada.comment(1, '/unlock');
    await eventually(async () => {
      expect((await story.replies(1)).join()).toContain('an apply is under way');
      expect((await story.replies(2)).join()).toContain('an apply is under way');
    });
    await waitsFor(story, 2, 1);
    await go(story, 'one');
    await story.settled();
    expect(await stateOf(story, 'network')).toContain('"one"');
    expect(await row(story, 1, 'network')).toContain('✓ applied');
    expect(await row(story, 2, 'network')).toContain('| planned |');

    await ada.comment(2, '/apply');
    await started(story, 'two');
    await open(story, 'three', more('three'));
    await eventually(() => waitsFor(story, 3, 2));
    await close(story, 2);
    await eventually(async () => expect((await story.board(2))?.split('\n')[0]).toContain('Closed'));
    await waitsFor(story, 3, 2);
    await go(story, 'two');
    await story.settled();
    expect(await stateOf(story, 'network')).toContain('"two"');
    expect(await row(story, 2, 'network')).toContain('✓ applied');
    expect(await row(story, 3, 'network')).toContain('| planned |');
  });
});
