/** The example behind Tidegate: the files that people are told to copy, the real tool, and what a pull request shows of it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { open, push } from '../support/acts.ts';
import { runLogs } from '../support/deliver.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { type Story, tellStory } from '../support/story.ts';
import { example, joiner, peopleWorld, today } from './people-world.ts';

const read = (...names: readonly string[]) => readFileSync(path.join(example, ...names), 'utf8');
const people = read('repository', 'people', 'people.yaml');
const added = (text: string) => ({ 'people/people.yaml': text });

/** A server with the example's own operator file, beside systems of its own. */
const tell = async () => {
  const systems = peopleWorld(temporaryFolder('people'));
  const story = await tellStory({
    files: () => ({ 'tidegate.yaml': read('repository', 'tidegate.yaml'), ...added(people) }),
    operator: read('operator.yaml')
      .replace(/^allow: .*\n/m, '')
      .replace('./runners', path.join(example, 'runners'))
      // Nobody's secret: what the operator passes on of the server's variables is hidden wherever it is read.
      .replace('    runner: people\n', `    runner: people\n    env: { PEOPLE_TODAY: "${today}" }\n`),
    environment: {
      PATH: process.env['PATH'],
      PEOPLE_SYSTEMS: systems.at('systems'),
    },
  });
  return {
    story,
    systems,
    [Symbol.asyncDispose]: () => story[Symbol.asyncDispose](),
  };
};

/** All that GitHub was told, and what is in the logs of runs. */
const shown = async (story: Story, number: number): Promise<string> =>
  [
    JSON.stringify((await story.ada.comments(number)).filter(({ user }) => user.login.includes('tidegate'))),
    JSON.stringify(await story.ada.checks(number)),
    runLogs(story),
  ].join('\n');

it('joiner, leaver and administrator: one comment with initials, two people for an administrator, and what was reviewed is done', {
  tags: ['long'],
}, async () => {
  await using told = await tell();
  const { story, systems } = told;
  const { ada, grace, margaret } = story;
  await open(
    story,
    'people',
    added(`${people.replace('roles: [lead]', 'roles: [administrator]')}    end: 2026-11-20\n${joiner}`),
  );
  await story.settled();
  const board = (await story.board(1)) ?? '';
  expect(board).toContain(
    '| `people` | 2 | 4 | 0 | 0 | planned | a review by anybody with write permission, 2 of 2 reviews by anybody with write permission, then `/apply -p people` |',
  );
  const promised = /```diff\n([\s\S]*?)```/.exec(read('README.md'))?.[1] ?? '';
  expect(promised.split('\n').length).toBeGreaterThan(15);
  // What stands for a hidden value is another one on each server.
  const lines = (text: string) => text.replaceAll(/\(sensitive, \w+\)/g, '(sensitive, …)').split('\n');
  expect(lines(board)).toEqual(expect.arrayContaining(lines(promised.trimEnd())));
  await grace.approve(1);
  await ada.comment(1, '/apply');
  await story.settled();
  expect((await story.replies(1)).join()).toContain('1 of 2 reviews');
  expect(systems.account('github', 'katherine')).toBeNull();

  await margaret.approve(1);
  await ada.comment(1, '/apply');
  await story.settled();
  expect(await story.checks(1)).toContain('tidegate/apply: success, 1 project applied: 2 added, 4 changed');
  expect(systems.account('github', 'katherine')).toMatchObject({ person: 'p-1004', state: 'active' });
  expect(systems.account('github', 'charles')).toMatchObject({ state: 'suspended' });
  expect(systems.account('directory', 'ada')).toMatchObject({ roles: ['administrator', 'staff'] });
  expect(systems.account('directory', 'mary')).toMatchObject({ person: null, state: 'active' });

  const everything = await shown(story, 1);
  expect(everything).toContain('K.J.');
  for (const secret of ['Katherine', 'katherine', 'Babbage', 'charles', 'Lovelace', 'ada@'])
    expect(everything).not.toContain(secret);
});

it('what would touch a protected account is blocked with the reason, and nothing can be applied', {
  tags: ['long'],
}, async () => {
  await using told = await tell();
  const { story, systems } = told;
  const { accounts } = systems.system('github');
  systems.setSystem('github', {
    accounts: accounts.map((one) => (one.login === 'deploy-bot' ? { ...one, person: 'p-1004' } : one)),
  });
  await open(story, 'people', added(people + joiner.replace('katherine\n', 'deploy-bot\n')));
  await story.settled();
  expect(await story.board(1)).toContain('github/p-1004 (K.J.) is protected, and this would change it');
  await story.grace.approve(1);
  await story.ada.comment(1, '/apply');
  await story.settled();
  expect(await story.checks(1)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^tidegate\/plan: failure/)]),
  );
  expect(systems.account('directory', 'deploy-bot')).toBeNull();
  expect(systems.account('github', 'deploy-bot')).toMatchObject({ roles: ['member'] });
});

it('an apply that half fails says what was done, and the next plan has what is left', {
  tags: ['long'],
}, async () => {
  await using told = await tell();
  const { story, systems } = told;
  systems.setSystem('github', { ...systems.system('github'), seats: 4 });
  await open(story, 'people', added(people + joiner));
  await story.settled();
  await story.grace.approve(1);
  await story.ada.comment(1, '/apply');
  await story.settled();
  expect(await story.board(1)).toContain('failed    github/p-1004 (K.J.) not created: no seat is left');
  expect(systems.account('directory', 'katherine')?.state).toBe('active');

  systems.setSystem('github', { ...systems.system('github'), seats: 5 });
  await story.ada.comment(1, '/plan');
  await story.settled();
  expect(await story.board(1)).toContain('1 to add');
  await story.grace.approve(1);
  await story.ada.comment(1, '/apply');
  await story.settled();
  expect(systems.account('github', 'katherine')?.state).toBe('active');
});

it('a commit that changes nothing for anybody today has nothing to apply', { tags: ['long'] }, async () => {
  await using told = await tell();
  const { story, systems } = told;
  const before = systems.system('github');
  await open(story, 'people', added(people + joiner.replace('2026-11-22', '2026-12-01')));
  await story.settled();
  expect(await story.board(1)).toContain('### No changes');
  expect(runLogs(story)).toContain('p-1004 (K.J.) starts on 2026-12-01: nothing is due before');
  await push(story, 'people', added(`${people}# Nobody else.\n`));
  await story.settled();
  expect(await story.checks(1)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^tidegate\/apply: success/)]),
  );
  expect(systems.system('github')).toEqual(before);
});
