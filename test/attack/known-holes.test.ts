/**
 * What could be walked around in tools like this one, each hole by its name.
 *
 * | Hole | Where it is tried |
 * |:--|:--|
 * | approve, then plan another directory, then apply | here |
 * | an approval by a reader | here |
 * | an approval before the plan | here |
 * | an empty set of plans counted as applied | here; `test/render/checks.test.ts` for every board there can be |
 * | an unknown project falls through | here; `test/flow/bad-input.test.ts` with the real tool; `test/domain/selector.test.ts` |
 * | a fork of the same organisation | here; `test/flow/bad-input.test.ts` and `test/flow/trust.test.ts` for forks of others |
 * | `-var-file` and `-chdir` behind `--` | here; `test/domain/tool-arguments.test.ts` for every other option |
 * | rules widened in the head | here; `test/config/projects-any.test.ts` for any head; `test/flow/reviewed-is-applied.test.ts` |
 * | a project moved to a laxer environment in the head | here; `test/config/rules.test.ts` |
 * | a comment edited between command and run | here; `test/flow/gate.test.ts` for the last moment before the tool |
 * | a role lost between command and run | here; `test/flow/gate.test.ts` for the last moment before the tool |
 *
 * `test/sim/interleaved-rules.test.ts` does the last two, and more, at every point of the road.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const key = { repositoryId: repo.id, pullNumber: 1 };
const guarded =
  'version: 1\nprojects:\n  - {dir: dns, requirements: [approved]}\n  - {dir: network, requirements: [approved]}\n';

const worldWith = async (files: Readonly<Record<string, string>>, operator = ''): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({
    main: { 'dns/main.tf': tf('one'), 'network/main.tf': tf('one'), ...files },
    operator,
  });
  open.push(w);
  return w;
};

/** #1 changes these files, and what is affected is planned. */
const propose = async (w: MemoryWorld, files: Readonly<Record<string, string>>): Promise<void> => {
  w.open(1, files);
  await w.event(1, 'opened');
  await w.settled();
};

/** After whatever the comment shows was there to be read. */
const approve = async (w: MemoryWorld, author = people.grace): Promise<void> => {
  await w.advance(2_000);
  const submittedAt = w.ports.clock.now();
  w.forge.addReview(refOf(1), { author, state: 'approved', commit: w.ask(1).head.sha, submittedAt });
};

const say = async (w: MemoryWorld, text: string, sender = people.ada): Promise<void> => {
  await w.advance(2_000);
  await w.comment(1, text, sender);
  await w.settled();
};

const replies = (w: MemoryWorld): string =>
  w.forge
    .comments(refOf(1))
    .flatMap(({ body }) => (body.includes('tidegate:reply:') ? [body] : []))
    .join('\n');

const applied = (w: MemoryWorld) => [...w.tool.state.keys()].sort();
const applyCheck = (w: MemoryWorld) =>
  w.forge
    .checks(repo)
    .findLast(({ name, headSha }) => name === 'tidegate/apply' && headSha === w.ask(1).head.sha);

describe('approvals', () => {
  it('approve, then plan another directory, then apply: the other one waits for its own approval', async () => {
    const w = await worldWith({ 'tidegate.yaml': guarded });
    await propose(w, { 'network/main.tf': tf('two') });
    await approve(w);
    await say(w, '/plan -p dns');
    expect(w.tool.journal).toEqual(['plan network', 'plan dns']);
    await say(w, '/apply');
    await say(w, '/apply -p dns');
    expect(applied(w)).toEqual(['network']);
    expect(replies(w)).toContain('given before this plan was shown');
    await approve(w);
    await say(w, '/apply -p dns');
    expect(applied(w)).toEqual(['dns', 'network']);
  });

  it('approval by a reader: it does not count, and the answer says so', async () => {
    const w = await worldWith({ 'tidegate.yaml': guarded });
    await propose(w, { 'network/main.tf': tf('two') });
    await approve(w, people.mallory);
    await say(w, '/apply');
    expect(applied(w)).toEqual([]);
    expect(replies(w)).toContain('mallory (may not write to the repository)');
  });

  it.each([
    ['before there was any', async () => undefined],
    [
      'of the same commit that said something else',
      async (w: MemoryWorld) => {
        await propose(w, { 'network/main.tf': tf('two') });
        w.tool.state.set('network', tf('somebody was faster'));
      },
    ],
  ])('approval before the plan, %s: it does not count, and the answer says so', async (_, before) => {
    const w = await worldWith({ 'tidegate.yaml': guarded });
    await before(w);
    if (w.tool.journal.length === 0) w.open(1, { 'network/main.tf': tf('two') });
    await approve(w);
    await say(w, '/plan');
    await say(w, '/apply');
    expect(w.tool.journal).not.toContain('apply network');
    expect(replies(w)).toMatch(/grace \(given (before this plan was shown|for another plan); ask again\)/);
    await approve(w);
    await say(w, '/apply');
    expect(w.tool.state.get('network')).toBe(tf('two'));
  });
});

describe('what is applied', () => {
  it.each([
    [
      'all of them failed',
      async (w: MemoryWorld) => {
        w.tool.hooks.set('plan', () => ({ exitCode: 1, text: 'no' }));
        await propose(w, { 'network/main.tf': tf('two') });
      },
    ],
    [
      'all of them were given up',
      async (w: MemoryWorld) => {
        await propose(w, { 'network/main.tf': tf('two') });
        await say(w, '/unlock');
      },
    ],
    [
      'they are of an older commit, and the new one cannot be planned',
      async (w: MemoryWorld) => {
        await propose(w, { 'network/main.tf': tf('two') });
        w.open(1, { 'tidegate.yaml': 'version: 1\nprojects: 7\n' });
        await w.event(1, 'synchronize');
        await w.settled();
      },
    ],
  ])('empty plan set counted as applied: not where %s', async (_, arrange) => {
    const w = await worldWith({});
    await arrange(w);
    await say(w, '/apply');
    expect(w.tool.journal).not.toContain('apply network');
    expect(applyCheck(w)?.conclusion).not.toBe('success');
    expect(applyCheck(w)?.conclusion).not.toBe('neutral');
  });

  it('unknown project falling through: nothing is applied, neither the last one nor all', async () => {
    const w = await worldWith({});
    await propose(w, { 'dns/main.tf': tf('two'), 'network/main.tf': tf('two') });
    for (const name of ['netwrok', 'networ', 'network/', 'other', '"*.tf"'])
      await say(w, `/apply -p ${name}`);
    expect(applied(w)).toEqual([]);
    expect(w.forge.comments(refOf(1)).filter(({ body }) => body.includes('tidegate:reply:'))).toHaveLength(5);
  });

  it('same-organisation fork: it is a fork, and nothing of it runs', async () => {
    const w = await worldWith({});
    const pull = w.open(1, { 'network/main.tf': tf('two') });
    // Its owner is ours, and so is its author, who may write: only the repository is another one.
    w.edit(1, { head: { ...pull.head, repoId: repo.id + 1 } });
    await w.event(1, 'opened');
    await w.settled();
    await approve(w);
    await say(w, '/plan');
    await say(w, '/apply');
    expect(w.tool.journal).toEqual([]);
    expect(applyCheck(w)?.conclusion).not.toBe('success');
  });

  it.each([
    '-var-file=evil.tfvars',
    '--var-file evil.tfvars',
    '-chdir=../network',
    '--chdir=..',
    '-target=a.b -var-file=evil.tfvars',
    '-target=a.b -- -chdir=..',
    '"-var-file=evil.tfvars"',
    '-target -var-file=evil.tfvars',
    '-target=-chdir=..',
  ])('`--var-file` and `-chdir` smuggled after `--`: %j reaches no tool', async (words) => {
    const w = await worldWith({});
    await propose(w, { 'network/main.tf': tf('two') });
    for (const verb of ['plan', 'apply']) await say(w, `/${verb} -- ${words}`);
    expect(w.tool.journal).toEqual(['plan network']);
    // Both were answered, and the plan that was looked at still stands.
    expect(w.forge.comments(refOf(1)).filter(({ body }) => body.includes('tidegate:reply:'))).toHaveLength(2);
    expect((await w.ports.store.runs.latest(key)).map(({ state }) => state)).toEqual(['planned']);
  });
});

/** Tries to apply without an approval, and with one of another plan. */
const staysShut = async (w: MemoryWorld, head: Readonly<Record<string, string>>): Promise<void> => {
  await propose(w, { 'network/main.tf': tf('before') });
  await approve(w);
  w.open(1, { 'network/main.tf': tf('two'), ...head });
  await w.event(1, 'synchronize');
  await w.settled();
  expect(w.tool.journal.filter((line) => line.startsWith('plan')).length).toBeGreaterThan(1);
  await say(w, '/apply');
  expect(applied(w)).toEqual([]);
  expect(replies(w)).toContain('ask again');
  await approve(w);
  await say(w, '/apply');
  // It could be applied: it was the rules of the base branch that stood in the way.
  expect(applied(w)).not.toEqual([]);
};

/** Also what a repository may not set by itself. */
const maySetAll = 'repositories:\n  - {match: acme/*, may_set: [requirements, bind_approvals]}\n';

describe('rules', () => {
  it.each([
    ['takes them away', 'projects:\n  - {dir: dns}\n  - {dir: network}\n'],
    ['asks for nobody', 'projects:\n  - {dir: dns}\n  - {dir: network, requirements: []}\n'],
    ['gives the folder another name', 'projects:\n  - {dir: network, name: mine, requirements: []}\n'],
    [
      'takes approvals of a commit',
      'projects:\n  - {dir: network, requirements: [approved], bind_approvals: commit}\n',
    ],
    [
      'asks only where nothing is',
      'projects:\n  - {dir: network, requirements: [{approved: {}, when: "false"}]}\n',
    ],
    ['names no project', 'rules: []\n'],
  ])('rules widened in the head: nothing is won by a head that %s', async (_, lax) => {
    const w = await worldWith({ 'tidegate.yaml': guarded }, maySetAll);
    await staysShut(w, { 'tidegate.yaml': `version: 1\n${lax}` });
  });

  const strict = 'rules:\n  - {match: "**", environments: production, requirements: [approved]}\n';
  const base =
    'version: 1\nprojects:\n  - {name: net, dir: network, environment: production}\n  - {dir: dns, environment: lab}\n';
  it.each([
    ['the label is another one', '{name: net, dir: network, environment: lab}', {}],
    ['it has another name there', '{name: other, dir: network, environment: lab}', {}],
    [
      'it lies in another folder there',
      '{name: net, dir: lab, environment: lab}',
      { 'lab/main.tf': tf('two') },
    ],
  ])(
    'a project moved to a laxer environment in the head: the strict one’s rules still hold where %s',
    async (_, project, more) => {
      const w = await worldWith({ 'tidegate.yaml': base }, strict);
      await staysShut(w, { 'tidegate.yaml': `version: 1\nprojects:\n  - ${project}\n`, ...more });
    },
  );
});

describe('between the command and the run', () => {
  /** Both projects are asked for; when the first one’s tool runs, something happens, and the second one comes after it. */
  const whileTheFirstRuns = async (w: MemoryWorld, happens: (asked: number) => void): Promise<void> => {
    await propose(w, { 'dns/main.tf': tf('two'), 'network/main.tf': tf('two') });
    await approve(w);
    let asked = 0;
    w.tool.hooks.set('apply', () => {
      w.tool.hooks.clear();
      happens(asked);
      return undefined;
    });
    asked = w.forge.addComment(refOf(1), '/apply', people.ada);
    const comment = { kind: 'comment', pull: refOf(1), sender: people.ada, commentId: asked } as const;
    await w.road.receive({
      id: 'asked',
      event: 'issue_comment',
      action: 'created',
      repository: 'acme/infrastructure',
      trigger: { ...comment, body: '/apply', viaAppId: null },
      receivedAt: w.ports.clock.now(),
    });
    await w.settled();
    expect(w.tool.journal.filter((line) => line.startsWith('apply'))).toHaveLength(1);
    expect(applied(w)).toHaveLength(1);
  };

  it('comment edited between command and run: what had not begun does not', async () => {
    const w = await worldWith({ 'tidegate.yaml': guarded });
    await whileTheFirstRuns(w, (asked) => w.forge.editComment(repo, asked, '/apply -p network'));
    expect(replies(w)).toContain('was edited before it could begin');
  });

  it('comment edited between its webhook and our look: it is no command, whatever it says now', async () => {
    const w = await worldWith({});
    await propose(w, { 'network/main.tf': tf('two') });
    const commentId = w.forge.addComment(refOf(1), 'It looks good', people.ada);
    w.forge.editComment(repo, commentId, '/apply');
    for (const body of ['It looks good', '/help', '/plan'])
      await w.road.receive({
        id: `says ${body}`,
        event: 'issue_comment',
        action: 'created',
        repository: 'acme/infrastructure',
        trigger: { kind: 'comment', pull: refOf(1), sender: people.ada, commentId, body, viaAppId: null },
        receivedAt: w.ports.clock.now(),
      });
    await w.settled();
    expect(w.tool.journal).toEqual(['plan network']);
    expect(replies(w)).toBe('');
  });

  it('role lost between command and run, by who asked: what had not begun does not', async () => {
    const w = await worldWith({ 'tidegate.yaml': guarded });
    await whileTheFirstRuns(w, () => w.forge.setPermission(repo, 'ada', 'triage'));
    expect(replies(w)).toContain('needs write permission');
  });

  it('role lost between command and run, by who approved: what had not begun does not', async () => {
    const w = await worldWith({ 'tidegate.yaml': guarded });
    await whileTheFirstRuns(w, () => w.forge.setPermission(repo, 'grace', 'read'));
    expect(replies(w)).toContain('grace (may not write to the repository)');
  });
});
