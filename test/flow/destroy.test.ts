import { afterEach, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/domain/pull.ts';
import { readReplyContent } from '../../src/flow/reply.ts';
import { row, stateOf } from '../support/acts.ts';
import { createMemoryWorld, type MemoryWorld, people, repo } from '../support/memory-world.ts';
import { localBackend, tellStory } from '../support/story.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const key = { repositoryId: repo.id, pullNumber: 1 };
const letting = (login: string, dir = '**') =>
  `  - {match: "${dir}", who_may: {destroy: {users: [${login}]}}}\n`;

/** #1, which changes `a` and `b`, planned. */
const world = async (rules = '', main: Readonly<Record<string, string>> = {}): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({
    main: { 'a/main.tf': tf('one'), 'b/main.tf': tf('one'), ...main },
    operator: rules === '' ? '' : `rules:\n${rules}`,
  });
  open.push(w);
  w.open(1, { 'a/main.tf': tf('two'), 'b/main.tf': tf('two') });
  await w.event(1, 'opened');
  await w.settled();
  return w;
};

const says = async (w: MemoryWorld, text: string, who: Actor = people.ada) => {
  const comment = await w.comment(1, text, who);
  await w.settled();
  const report = await w.ports.store.reports.get(key, `reply:${comment}`);
  return report === null ? null : readReplyContent(report.content);
};
const runOf = async (w: MemoryWorld, verb: string, name = 'a') =>
  (await w.ports.store.runs.latest(key)).find((run) => run.verb === verb && run.project.name === name);
const wasApplied = (w: MemoryWorld) => w.tool.journal.filter((step) => step.startsWith('apply'));

describe('/destroy', () => {
  test('is for nobody, an administrator neither, where no rule says who; and arguments of a plan are no road around it', async () => {
    const w = await world();
    for (const who of [people.ada, people.margaret])
      expect(await says(w, '/destroy -p a', who)).toMatchObject({
        kind: 'problem',
        problem: {
          code: 'not-permitted',
          sentence: expect.stringContaining('`/destroy -p a` needs a rule that says who may'),
        },
      });
    expect(await says(w, '/plan -p a -- -destroy')).toMatchObject({
      kind: 'problem',
      problem: { code: 'argument-refused', advice: expect.stringContaining('`/destroy`') },
    });
    expect((await runOf(w, 'plan'))?.extra).toEqual([]);
    const refused = (await w.ports.store.audit.ofPull(key)).filter(({ kind }) => kind === 'destroy.refused');
    expect(refused.map(({ actor }) => actor)).toEqual(['ada', 'margaret']);
  });

  test('plans the end of those projects that a rule lets be destroyed, and says why not of the others', async () => {
    const w = await world(letting('ada', 'a'));
    expect(await says(w, '/destroy')).toMatchObject({
      kind: 'refusals',
      left: [{ project: 'b', problem: { code: 'not-permitted' } }],
    });
    expect((await runOf(w, 'plan', 'a'))?.extra).toEqual(['-destroy']);
    expect((await runOf(w, 'plan', 'b'))?.extra).toEqual([]);
  });

  test('a rule of the base branch counts, and one of the pull request does not', async () => {
    const file = (who: string) =>
      `version: 1\nprojects:\n  - {dir: a, who_may: {destroy: {users: [${who}]}}}\n  - {dir: b}\n`;
    const w = await world('', { 'tidegate.yaml': file('grace') });
    w.open(1, { 'a/main.tf': tf('two'), 'tidegate.yaml': file('ada') });
    await w.event(1, 'synchronize');
    await w.settled();
    expect(await says(w, '/destroy -p a')).toMatchObject({ problem: { code: 'not-permitted' } });
    await says(w, '/destroy -p a', people.grace);
    expect((await runOf(w, 'plan'))?.extra).toEqual(['-destroy']);
    // Nor does one of the pull request where the base branch says nothing.
    w.open(1, {
      'b/main.tf': tf('two'),
      'tidegate.yaml': file('grace').replace('{dir: b}', '{dir: b, who_may: {destroy: {users: [ada]}}}'),
    });
    await w.event(1, 'synchronize');
    await w.settled();
    expect(await says(w, '/destroy -p b')).toMatchObject({ problem: { code: 'not-permitted' } });
  });

  test('its plan is applied by whoever may destroy as well, and by nobody else; what a rule asks of it is asked besides', async () => {
    const asking = '  - {match: "a", requirements: {destroy: [{checks: [ci]}]}}\n';
    const w = await world(letting('ada') + asking);
    await says(w, '/destroy -p a');
    await says(w, '/apply -p a', people.margaret);
    expect((await runOf(w, 'apply'))?.problem).toMatchObject({
      code: 'not-permitted',
      sentence: '`/destroy` needs `ada`, and `margaret` has `admin`.',
    });
    const why = await says(w, '/why -p a', people.margaret);
    const parts = why?.kind === 'why' ? (why.projects[0]?.verdict.parts ?? []) : [];
    expect(parts.flatMap(({ name, holds }) => (holds ? [] : [name]))).toEqual(['destroy', 'checks']);
    await says(w, '/apply -p a');
    expect((await runOf(w, 'apply'))?.problem?.code).toBe('checks-open');
    expect(wasApplied(w)).toEqual([]);
    // Of a plan of the same project that destroys nothing it is not asked.
    await says(w, '/plan -p a');
    await says(w, '/apply -p a', people.margaret);
    expect(wasApplied(w)).toEqual(['apply a']);
  });

  test('a rule that was taken away since does not let its plan be applied', async () => {
    const file = (who: string) => `version: 1\nprojects:\n  - {dir: a${who}}\n`;
    const w = await world('', { 'tidegate.yaml': file(', who_may: {destroy: {users: [ada]}}') });
    await says(w, '/destroy -p a');
    expect((await runOf(w, 'plan'))?.state).toBe('planned');
    w.main({ 'tidegate.yaml': file('') });
    await says(w, '/apply -p a');
    expect(wasApplied(w)).toEqual([]);
  });

  test('what was destroyed is planned afresh by itself, and that is a plan to make it again', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({
      operator: [
        'rules: [{match: "**", who_may: {destroy: {permission: write}}}]',
        'danger:',
        '  data_types: [terraform_data]',
        '  rules: [{ kind: protection-off, types: [terraform_data], says: the network goes }]',
        '',
      ].join('\n'),
      files: (state) => ({
        'network/backend.tf': localBackend(state, 'network'),
        'network/main.tf': 'resource "terraform_data" "vpc" {\n  input = "one"\n}\n',
      }),
    });
    await story.ada.push(
      'change',
      { 'network/main.tf': 'resource "terraform_data" "vpc" {\n  input = "two"\n}\n' },
      'A change',
    );
    await story.ada.openPull('change', 'A change');
    await story.settled();
    const say = async (text: string) => {
      await story.ada.comment(1, text);
      await story.settled();
    };
    await say('/apply');
    await say('/destroy -p network');
    expect(await row(story, 1, 'network')).toContain('| 0 | 0 | 0 | **1** | planned |');
    expect(await story.board(1)).toContain('1 resource that may hold data would be destroyed');
    expect(await story.board(1)).toContain('destroy `terraform_data.vpc` in `network`: the network goes');
    await say('/apply');
    expect(JSON.parse(await stateOf(story, 'network'))).toMatchObject({ resources: [] });
    expect(await row(story, 1, 'network')).toContain('| 1 | 0 | 0 | 0 | planned |');
  });
});
