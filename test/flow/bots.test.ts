import { afterEach, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/domain/pull.ts';
import { readReplyContent } from '../../src/flow/reply.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const bot = (login: string): Actor => ({ id: 900 + login.length, login, kind: 'bot' });
const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const key = { repositoryId: repo.id, pullNumber: 1 };

const world = async (operator: string, author: Actor): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({ main: { 'network/main.tf': tf('one'), 'docs/a.md': 'a' }, operator });
  open.push(w);
  w.open(1, { 'network/main.tf': tf('two') }, { author });
  await w.event(1, 'opened');
  await w.settled();
  return w;
};

const says = async (w: MemoryWorld, who: Actor, text: string): Promise<string> => {
  const comment = await w.comment(1, text, who);
  await w.settled();
  const report = await w.ports.store.reports.get(key, `reply:${comment}`);
  const content = report === null ? null : readReplyContent(report.content);
  if (content?.kind === 'problem') return content.problem.sentence;
  return content?.kind ?? '';
};
const board = (w: MemoryWorld, number = 1): string =>
  w.forge.comments(refOf(number)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';
const row = (w: MemoryWorld, number = 1): string =>
  board(w, number)
    .split('\n')
    .find((line) => line.startsWith('| `network` |')) ?? '';
const checks = (w: MemoryWorld, head = w.ask(1).head.sha): readonly string[] =>
  [
    ...new Map(
      w.forge
        .checks(repo)
        .filter((one) => one.headSha === head)
        .map((one) => [one.name, one]),
    ).values(),
  ]
    .map(({ name, status, conclusion, title }) => `${name}: ${conclusion ?? status}, ${title}`)
    .sort();
const why = async (w: MemoryWorld, who: Actor): Promise<string> => {
  await w.comment(1, '/why', who);
  await w.settled();
  return w.forge.comments(refOf(1)).findLast(({ body }) => body.includes('tidegate:reply:'))?.body ?? '';
};

const listed =
  'bots:\n  renovate: { plan: allow, apply: allow }\n  dependabot: { plan: refuse, apply: refuse }\n';
const renovate = bot('renovate[bot]');
const dependabot = bot('dependabot[bot]');

describe('a pull request of a bot', () => {
  test('is as anybody’s where the operator says nothing of bots', async () => {
    const w = await world('', bot('whoever[bot]'));
    expect(w.tool.journal).toEqual(['plan network']);
    expect(await says(w, people.ada, '/apply')).toBe('');
    expect(w.tool.state.get('network')).toContain('two');
  });

  test('is planned by itself and applied by a person where both are allowed', async () => {
    const w = await world(listed, { ...renovate, login: 'Renovate[bot]' });
    expect(w.tool.journal).toEqual(['plan network']);
    expect(row(w)).toContain('| planned | `/apply -p network` |');
    expect(await why(w, people.ada)).toContain(
      'bot: pull requests of Renovate&#91;bot&#93; may be applied (operator file, line 4)',
    );
    // Its own words are never commands.
    await w.comment(1, '/apply', renovate);
    await w.settled();
    expect(w.tool.journal).toEqual(['plan network']);
    expect(await says(w, people.mallory, '/apply')).toContain('needs write permission');
    await says(w, people.ada, '/apply');
    expect(w.tool.state.get('network')).toContain('two');
  });

  test('waits for a person’s `/plan` where it is not planned by itself, and after each push anew', async () => {
    const w = await world('bots: { dependabot: { plan: refuse, apply: allow } }\n', dependabot);
    expect(w.tool.journal).toEqual([]);
    expect(row(w)).toContain('| not planned | a person to ask for it, then `/plan -p network` |');
    expect(board(w)).toContain(
      'Pull requests of `dependabot[bot]`, a bot, are not planned by themselves (operator file, line 3).\n\nLook at what it changes, and comment `/plan` if that may run.\n',
    );
    expect(checks(w)).toEqual([
      'tidegate/apply: action_required, Waits for /plan of network',
      "tidegate/plan: action_required, The author is a bot: waits for a person's /plan of network",
      "tidegate: network: action_required, Waits for a person's /plan: the author is a bot",
    ]);
    await w.comment(1, '/plan', dependabot);
    await w.settled();
    expect(await says(w, people.mallory, '/plan')).toContain('needs write permission');
    expect(w.tool.journal).toEqual([]);

    expect(await says(w, people.ada, '/plan')).toBe('');
    expect(w.tool.journal).toEqual(['plan network']);
    expect(board(w)).not.toContain('are not planned by themselves');
    expect(checks(w)).toContain('tidegate/plan: success, 1 project planned: 1 to add');

    const old = w.ask(1).head.sha;
    w.open(1, { 'network/main.tf': tf('three') }, { author: dependabot });
    await w.event(1, 'synchronize');
    await w.settled();
    expect(w.tool.journal).toEqual(['plan network']);
    expect(row(w)).toContain('`/plan -p network` |');
    expect(board(w)).toContain('are not planned by themselves');
    expect(await says(w, people.ada, '/apply')).toContain('There is no plan to apply');
    expect(checks(w, old).filter((line) => line.includes('queued'))).toEqual([]);
    await says(w, people.ada, '/plan');
    await says(w, people.ada, '/apply');
    expect(w.tool.state.get('network')).toContain('three');
  });

  test('that touches no project has green checks, whatever is said of the bot', async () => {
    const w = await createMemoryWorld({
      main: { 'network/main.tf': tf('one'), 'docs/a.md': 'a' },
      operator: listed,
    });
    open.push(w);
    w.open(1, { 'docs/a.md': 'b' }, { author: dependabot });
    await w.event(1, 'opened');
    await w.settled();
    expect(checks(w)).toEqual([
      'tidegate/apply: success, Nothing to apply',
      'tidegate/plan: success, No project is affected',
    ]);
  });

  test.each([
    [dependabot, 'Pull requests of `dependabot[bot]`, a bot, are not applied (operator file, line 5).'],
    [
      bot('renovate-bot[bot]'),
      '`renovate-bot[bot]` is a bot that the operator file does not list, so its pull requests are not applied (operator file, line 3).',
    ],
  ])('is never applied where that is refused: %j', async (author, sentence) => {
    const w = await world(listed, author);
    expect(w.tool.journal).toEqual([]);
    expect(board(w)).toContain(sentence);
    expect(checks(w)[0]).toBe(`tidegate/apply: failure, ${sentence.replaceAll('`', '')}`);
    await says(w, people.ada, '/plan');
    expect(w.tool.journal).toEqual(['plan network']);
    expect(row(w)).toContain('| planned | nothing here: it is not applied |');
    expect(checks(w)[1]).toContain('tidegate/plan: success');
    expect(await says(w, people.margaret, '/apply')).toBe(sentence);
    expect(await why(w, people.ada)).toContain('operator file, line');
    expect(w.tool.journal).toEqual(['plan network']);
  });

  test('gets nothing from a name: a person called like it is a person, a fork is a fork', async () => {
    const w = await world(listed, { ...dependabot, kind: 'user' });
    expect(w.tool.journal).toEqual(['plan network']);
    await says(w, people.ada, '/apply');
    expect(w.tool.state.get('network')).toContain('two');
    w.open(2, { 'network/main.tf': tf('fork') }, { author: renovate, head: { ...w.ask(1).head, repoId: 5 } });
    await w.event(2, 'opened');
    await w.settled();
    expect(w.tool.journal).toEqual(['plan network', 'apply network']);
    expect(board(w, 2)).toContain('lives in another repository');
  });

  test('whose plan somebody asked for has its turn in the line, and is planned anew after the base moved', async () => {
    const w = await createMemoryWorld({
      main: { 'network/main.tf': tf('one'), 'network/other.tf': '# a\n' },
      operator: 'bots: { dependabot: { apply: allow } }\n',
    });
    open.push(w);
    w.open(2, { 'network/main.tf': tf('first') }, { author: people.grace });
    await w.event(2, 'opened');
    w.open(1, { 'network/main.tf': tf('two') }, { author: dependabot });
    await w.event(1, 'opened');
    await w.settled();
    await says(w, people.ada, '/plan');
    expect(row(w)).toContain('waits for [#2]');
    w.edit(2, { state: 'closed' });
    await w.event(2, 'closed');
    await w.settled();
    expect(row(w)).toContain('| planned | `/apply -p network` |');
    w.main({ 'network/other.tf': '# b\n' });
    w.tool.journal.length = 0;
    await says(w, people.ada, '/apply');
    expect(w.tool.journal).toEqual(['plan network']);
  });
});
