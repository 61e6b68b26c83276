import { afterEach, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/domain/pull.ts';
import { readReplyContent } from '../../src/flow/reply.ts';
import { push, row } from '../support/acts.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';
import { type StateServer, startStateServer } from '../support/state-server.ts';
import { type Story, tellStory } from '../support/story.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const key = { repositoryId: repo.id, pullNumber: 1 };
const backend = (name: string) => `terraform {\n  backend "s3" {\n    key = "${name}"\n  }\n}\n`;
const letting = 'rules: [{match: "**", who_may: {destroy: {users: [ada]}}}]\n';

/** `old` and `other` are on the base branch; #1 takes files away and brings others. */
const world = async (
  deletes: readonly string[],
  brings: Readonly<Record<string, string>> = {},
  main: Readonly<Record<string, string>> = {},
  operator = letting,
): Promise<MemoryWorld> => {
  const files = { 'old/main.tf': backend('old'), 'other/main.tf': backend('other'), ...main };
  const w = await createMemoryWorld({ main: files, operator });
  open.push(w);
  w.open(1, {});
  const stays = Object.entries(files).filter(([name]) => !deletes.includes(name));
  w.push(1, { ...Object.fromEntries(stays), ...brings });
  await w.event(1, 'opened');
  await w.settled();
  return w;
};
const batchOf = (w: MemoryWorld) => w.ports.store.batches.latest(key, 'plan');
const planOf = async (w: MemoryWorld, name: string) =>
  (await w.ports.store.runs.latest(key)).find((run) => run.verb === 'plan' && run.project.name === name);
const says = async (w: MemoryWorld, text: string, who: Actor = people.ada) => {
  const comment = await w.comment(1, text, who);
  await w.settled();
  const report = await w.ports.store.reports.get(key, `reply:${comment}`);
  return report === null ? null : readReplyContent(report.content);
};
const boardOf = (w: MemoryWorld) =>
  w.forge.comments(refOf(1)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';
const wasApplied = (w: MemoryWorld) => w.tool.journal.filter((step) => step.startsWith('apply'));

describe('a folder that a pull request deletes', () => {
  test('has its end planned, from the base branch, by itself', async () => {
    const w = await world(['old/main.tf']);
    const plan = await planOf(w, 'old');
    const batch = await batchOf(w);
    expect(plan).toMatchObject({ state: 'planned', extra: ['-destroy'] });
    expect(plan?.tree).not.toBe(batch?.tree);
    expect(batch?.skipped).toMatchObject([{ name: 'other' }, { name: 'old', removed: true }]);
    await says(w, '/apply -p old', people.margaret);
    expect(wasApplied(w)).toEqual([]);
    await says(w, '/apply -p old');
    expect(wasApplied(w)).toEqual(['apply old']);
  });

  test('is not destroyed where the base branch changed it since', async () => {
    const w = await world(['old/main.tf']);
    w.main({ 'old/more.tf': '# more\n' });
    await says(w, '/apply -p old');
    expect(wasApplied(w)).toEqual([]);
  });

  test.each([
    ['in the very same place', backend('old')],
    ['that may be there in other words', backend('old').replace('key', 'bucket = "b"\n    key')],
  ])(
    'is not destroyed by the plan of before where the base branch has a project by now %s',
    async (_where, code) => {
      const w = await world(['old/main.tf']);
      w.main({ 'new/main.tf': code });
      await says(w, '/apply -p old');
      expect(wasApplied(w)).toEqual([]);
    },
  );

  test('is destroyed by the plan of before where the base branch changed something else', async () => {
    const w = await world(['old/main.tf']);
    w.main({ 'other/more.tf': '# more\n' });
    await says(w, '/apply -p old');
    expect(wasApplied(w)).toEqual(['apply old']);
  });

  test('is no end any more where the base branch brings files of it back', async () => {
    const w = await world(['old/main.tf']);
    w.main({ 'old/more.tf': `${backend('old')}# more\n` });
    await says(w, '/apply -p old');
    const plan = await planOf(w, 'old');
    expect(plan?.extra).toEqual([]);
    expect(plan?.project.ends).toBeUndefined();
  });

  test('is no end any more where a push brought it back before its turn in a line', async () => {
    const w = await world(['old/main.tf']);
    await says(w, '/unlock');
    w.open(2, { 'old/main.tf': `${backend('old')}# two\n` });
    await w.event(2, 'opened');
    await w.settled();
    w.push(1, { 'old/main.tf': `${backend('old')}# one\n`, 'other/main.tf': backend('other') });
    await w.event(1, 'synchronize');
    await w.settled();
    expect((await w.ports.store.locks.waitsOf(key)).map(({ project }) => project)).toHaveLength(1);
    await w.comment(2, '/unlock');
    await w.settled();
    expect(await planOf(w, 'old')).toMatchObject({ state: 'planned', extra: [] });
  });

  test('is left alone where another folder keeps its state in the very same place, which has to be trusted', async () => {
    const w = await world(['old/main.tf'], { 'new/main.tf': backend('old') });
    expect((await batchOf(w))?.held).toMatchObject([{ findings: [{ kind: 'backend' }] }]);
    expect(await planOf(w, 'old')).toBeUndefined();
    expect((await batchOf(w))?.skipped).toContainEqual(
      expect.objectContaining({ name: 'old', reason: expect.stringContaining('`new` keeps its state') }),
    );
    expect(await says(w, '/destroy -p old')).toMatchObject({ problem: { code: 'no-such-project' } });
  });

  test('waits for somebody where it cannot be told whether its state moved', async () => {
    const w = await world(['old/main.tf'], { 'new/main.tf': backend('new') });
    expect(await planOf(w, 'old')).toBeUndefined();
    expect((await batchOf(w))?.left).toMatchObject([{ project: 'old', problem: { code: 'end-unclear' } }]);
    expect(await says(w, '/plan -p old')).toMatchObject({ problem: { code: 'end-unclear' } });
    await says(w, '/apply');
    expect(wasApplied(w)).toEqual(['apply new']);
    await says(w, '/destroy');
    expect(await planOf(w, 'old')).toBeUndefined();
    await says(w, '/destroy -p old');
    expect(await planOf(w, 'old')).toMatchObject({ state: 'planned', extra: ['-destroy'] });
  });

  test('is left alone where another one has its state by a value, which has to be trusted', async () => {
    const of = { 'other/main.tf': backend(`\${local.key}`), 'other/locals.tf': 'locals {\n  key = "o"\n}\n' };
    const brings = { 'other/locals.tf': 'locals {\n  key = "old"\n}\n' };
    const w = await world(['old/main.tf'], brings, of);
    expect((await batchOf(w))?.held).toMatchObject([{ findings: [{ kind: 'backend' }] }]);
    expect(await planOf(w, 'old')).toBeUndefined();
    expect((await batchOf(w))?.skipped).toContainEqual(
      expect.objectContaining({ name: 'old', reason: expect.stringContaining('`other` keeps its state') }),
    );
  });

  test.each([
    ['imports something', { 'other/main.tf': `${backend('other')}import {\n  to = a.b\n  id = "x"\n}\n` }],
    ['has another value in its backend', { 'other/locals.tf': 'locals {\n  key = "new"\n}\n' }],
    ['has one in it that nobody knows', { 'other/locals.tf': 'locals {\n  key = timestamp()\n}\n' }],
  ])('waits for somebody where another one %s', async (_what, brings) => {
    const of = { 'other/main.tf': backend(`\${local.key}`), 'other/locals.tf': 'locals {\n  key = "o"\n}\n' };
    const w = await world(['old/main.tf'], brings, of);
    expect(await planOf(w, 'old')).toBeUndefined();
    expect((await batchOf(w))?.left).toMatchObject([{ project: 'old', problem: { code: 'end-unclear' } }]);
  });

  test('is told of where this pull request brought it and applied it, until its end is applied', {
    tags: ['long'],
  }, async () => {
    const w = await world([], { 'new/main.tf': backend('new') });
    await says(w, '/apply -p new');
    expect(wasApplied(w)).toEqual(['apply new']);
    const removed = async () => (await batchOf(w))?.skipped.filter(({ removed }) => removed);
    const old = { 'old/main.tf': backend('old'), 'other/main.tf': backend('other') };
    const pushed = async (files: Readonly<Record<string, string>>) => {
      w.push(1, { ...old, ...files });
      await w.event(1, 'synchronize');
      await w.settled();
    };
    await pushed({ 'old/more.tf': '# more\n' });
    expect(await removed()).toMatchObject([
      {
        name: 'new',
        reason: expect.stringContaining('what it made stays, unless another project has its state by now'),
      },
    ]);
    expect(boardOf(w)).toContain('what it made stays, unless another project has its state by now');
    await pushed({ 'new/main.tf': `${backend('new')}# back\n` });
    expect(await removed()).toEqual([]);
    await says(w, '/destroy -p new');
    await says(w, '/apply -p new');
    expect(wasApplied(w)).toEqual(['apply new', 'apply new']);
    await pushed({ 'old/more.tf': '# again\n' });
    expect(await removed()).toEqual([]);
  });

  test('is refused where it would have to wait for what only the merge applies', async () => {
    const file = 'version: 1\nprojects:\n  - {dir: other, depends_on: [old]}\n  - {dir: old}\n';
    const w = await world(
      ['old/main.tf', 'tidegate.yaml'],
      { 'other/main.tf': `${backend('other')}# without it\n` },
      { 'tidegate.yaml': file },
      'rules: [{match: other, apply: merge}]\n',
    );
    const problem = (await batchOf(w))?.problem;
    expect(problem?.advice).toBe('Delete `old` in a pull request of its own, after `other` was applied.');
  });

  test('is only told of where the configuration does not name it any more, but its code stays', async () => {
    const file = (more: string) => `version: 1\nprojects:\n  - {dir: other}\n${more}`;
    const w = await world([], { 'tidegate.yaml': file('') }, { 'tidegate.yaml': file('  - {dir: old}\n') });
    expect(await planOf(w, 'old')).toBeUndefined();
    expect((await batchOf(w))?.skipped).toContainEqual(
      expect.objectContaining({ name: 'old', reason: expect.stringContaining('its code stays') }),
    );
  });

  test('goes after those that needed it, whatever they are called by now', async () => {
    const file = (name: string, more: string) =>
      `version: 1\nprojects:\n  - {name: ${name}, dir: other${more}}\n`;
    const w = await world(
      ['old/main.tf', 'tidegate.yaml'],
      {
        'tidegate.yaml': file('another', ''),
        'other/main.tf': `${backend('other')}# without it\n`,
      },
      { 'tidegate.yaml': `${file('other', ', depends_on: [old]')}  - {name: old, dir: old}\n` },
    );
    await says(w, '/apply -p old');
    expect(wasApplied(w)).toEqual([]);
    await says(w, '/apply');
    expect(wasApplied(w)).toEqual(['apply other', 'apply old']);
  });

  test('goes after those that needed it', async () => {
    const file = 'version: 1\nprojects:\n  - {dir: other, depends_on: [old]}\n  - {dir: old}\n';
    const w = await world(
      ['old/main.tf', 'tidegate.yaml'],
      { 'other/main.tf': `${backend('other')}# without it\n` },
      { 'tidegate.yaml': file },
    );
    await says(w, '/apply -p old');
    expect(wasApplied(w)).toEqual([]);
    await says(w, '/apply');
    expect(wasApplied(w)).toEqual(['apply other', 'apply old']);
  });
});

describe('with real terraform', () => {
  const tags = ['long'];
  const vpc = 'resource "terraform_data" "vpc" {\n  input = "one"\n}\n';

  const story = async (
    operator: string,
  ): Promise<{ told: Story; server: StateServer; say: (pull: number, text: string) => Promise<void> }> => {
    const server = await startStateServer();
    open.push(server);
    const told = await tellStory({
      operator,
      files: () => ({ 'network/main.tf': `${server.backend('network')}${vpc}`, 'README.md': 'one' }),
    });
    const say = async (pull: number, text: string) => {
      await told.ada.comment(pull, text);
      await told.settled();
    };
    await told.ada.push('make', { 'network/more.tf': '# more\n' }, 'Make it');
    await told.ada.openPull('make', 'Make it');
    await told.settled();
    await say(1, '/apply');
    await told.ada.merge(1);
    await told.settled();
    expect(JSON.parse(server.state('network'))).toMatchObject({ resources: [{ name: 'vpc' }] });
    return { told, server, say };
  };
  const take = async (told: Story, files: Readonly<Record<string, string>> = {}) => {
    const deletes = ['network/main.tf', 'network/more.tf'];
    const { hub, repository } = told.world;
    await hub.pushFiles(repository, 'take', { as: 'ada', from: 'main', files, deletes });
    await told.ada.openPull('take', 'Take it away');
    await told.settled();
  };

  test('what is deleted is destroyed by whoever may, and the check waits for it', { tags }, async () => {
    const { told, server, say } = await story(letting);
    await using _ = told;
    await take(told);
    expect(await row(told, 2, 'network')).toContain('| 0 | 0 | 0 | **1** | planned |');
    expect(await told.board(2)).toContain('`network` is deleted: its resources would stay without code');
    expect((await told.checks(2)).join()).not.toContain('tidegate/apply: success');
    await say(2, '/apply');
    expect(JSON.parse(server.state('network'))).toMatchObject({ resources: [] });
    expect((await told.checks(2)).join()).toContain('tidegate/apply: success');
  });

  test('without a rule that lets anybody destroy nothing goes, and the check stays open', {
    tags,
  }, async () => {
    const { told, server, say } = await story('');
    await using _ = told;
    await take(told);
    await say(2, '/apply');
    expect(JSON.parse(server.state('network'))).toMatchObject({ resources: [{ name: 'vpc' }] });
    expect((await told.checks(2)).join()).not.toContain('tidegate/apply: success');
  });

  test('one whose state is empty is done', { tags }, async () => {
    const { told, server, say } = await story(letting);
    await using _ = told;
    server.put(
      'network',
      JSON.stringify({ ...JSON.parse(server.state('network')), serial: 9, resources: [] }),
    );
    await take(told);
    expect(await told.board(2)).toContain('`network` is deleted');
    expect((await told.checks(2)).join()).toContain('tidegate/apply: success');
    await say(2, '/apply');
  });

  test('a folder that is moved keeps what it made; the end of the old one would have taken it', {
    tags,
  }, async () => {
    const { told, server, say } = await story(`${letting}trust: { backends: allow }\n`);
    await using _ = told;
    await take(told, { 'platform/main.tf': `${server.backend('network')}${vpc}` });
    await say(2, '/apply');
    expect(await told.board(2)).toContain('`platform` keeps its state in the very same place: nothing ends');
    expect(JSON.parse(server.state('network'))).toMatchObject({ resources: [{ name: 'vpc' }] });
    // The twin: the same place in other words, so that it cannot be told, and somebody who says the wrong thing.
    const inOtherWords = server.backend('network').replace('retry_max      = 0', 'retry_max      = 1');
    await push(told, 'take', { 'platform/main.tf': `${inOtherWords}${vpc}` });
    await told.settled();
    expect((await told.checks(2)).join()).not.toContain('tidegate/apply: success');
    await say(2, '/destroy -p network');
    await say(2, '/apply -p network');
    expect(JSON.parse(server.state('network'))).toMatchObject({ resources: [] });
  });
});
