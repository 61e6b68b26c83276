/** Somebody changes accounts past Git, and Git follows: the example's own tool, on GitHub, with everything real. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import type { FlowPorts } from '../../src/flow/ports.ts';
import { eventually, open } from '../support/acts.ts';
import { storedLocks } from '../support/deliver.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { tellStory } from '../support/story.ts';
import { example, peopleWorld, today } from './people-world.ts';

const read = (...names: readonly string[]) => readFileSync(path.join(example, ...names), 'utf8');
const people = read('repository', 'people', 'people.yaml');

/** Forges tell whole seconds: nobody agreed to a plan that was shown in the second of the review. */
const later = () => createSystemClock().sleep(1_100);

it('what somebody changed by hand is written into people.yaml by a pull request, which is reviewed and merged, and nothing drifts any more', {
  tags: ['long'],
  timeout: 240_000,
}, async () => {
  const systems = peopleWorld(temporaryFolder('people'));
  const got: { ports?: FlowPorts } = {};
  await using story = await tellStory({
    files: () => ({
      'tidegate.yaml': read('repository', 'tidegate.yaml'),
      'people/people.yaml': people,
    }),
    operator: `drift: { jitter: 0m }\n${read('operator.yaml')
      .replace(/^allow: .*\n/m, '')
      .replace('./runners', path.join(example, 'runners'))
      .replace(
        '    runner: people\n',
        `    runner: people\n    drift: { mode: issue, threshold: 1 }\n    env: { PEOPLE_TODAY: "${today}" }\n`,
      )}`,
    environment: { PATH: process.env['PATH'], PEOPLE_SYSTEMS: systems.at('systems') },
    permissions: { contents: 'write' },
    app: {
      around: (ports) => {
        got.ports = ports;
        return ports;
      },
    },
  });
  const store = got.ports?.store;
  if (store === undefined) throw new Error('there is no server');
  await open(story, 'left', { 'people/people.yaml': `${people}    end: 2026-11-20\n` });
  await story.settled();
  await later();
  await story.grace.approve(1);
  await story.ada.comment(1, '/apply');
  await story.settled();
  await story.ada.merge(1);
  await story.settled();
  for (const name of ['directory', 'github']) {
    const { accounts, ...rest } = systems.system(name);
    const moved = accounts.map((one) => (one.login === 'ada' ? { ...one, team: 'engines' } : one));
    systems.setSystem(name, { ...rest, accounts: moved });
  }
  const { pulls, issues } = story.world.hub.repo(story.world.repository);
  const look = async () => {
    for (const { key } of await store.tracked.all()) await store.drifts.ask(key, Date.now());
    await story.ada.comment(1, '/help');
    await story.settled();
  };
  const issue = await eventually(async () => {
    await look();
    const [first] = [...issues.keys()];
    if (first === undefined) throw new Error('nothing is told yet');
    return first;
  });
  await story.grace.comment(issue, '/adopt Ada works on engines now');
  await story.settled();
  const number = await eventually(() => {
    const [own] = [...pulls.values()].filter(({ author }) => author.login === 'tidegate[bot]');
    if (own === undefined) throw new Error('it is not opened yet');
    return own.number;
  });
  await story.settled();
  expect(pulls.get(number)).toMatchObject({
    title: `Adopt drift of people (#${issue})`,
    head: { ref: `tidegate/drift-${issue}-adopt` },
  });
  expect(await story.board(number)).toContain('| `people` | 0 | 0 | 0 | 0 | no changes |');
  await story.ada.approve(number);
  await story.ada.merge(number);
  await story.settled();
  await eventually(async () => {
    await look();
    expect(issues.get(issue)?.state).toBe('closed');
    expect(storedLocks(story)).toEqual([]);
  });
  const [tracked] = await store.tracked.all();
  expect(tracked?.applied).toMatchObject({ on: 'branch', sure: true });
  const [drift] = await Promise.all((await store.tracked.all()).map(({ key }) => store.drifts.get(key)));
  expect(drift?.status).toBe('clean');
  // Only that, and every other byte is as people wrote it.
  const { ports } = got;
  const merged = tracked?.applied?.tree;
  if (ports === undefined || merged === undefined || tracked === undefined) throw new Error('there is none');
  const file = (await ports.git.entries(tracked.repo.id, merged)).find(
    (one) => one.path === 'people/people.yaml',
  );
  const blobs = await ports.git.blobs(tracked.repo.id, [file?.id ?? '']);
  expect(blobs.get(file?.id ?? '')?.toString()).toBe(
    `${people.replace('team: platform', 'team: engines')}    end: 2026-11-20\n`,
  );
});
