import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import type { FlowPorts } from '../../src/flow/ports.ts';
import { eventually, open, stateOf } from '../support/acts.ts';
import { storedLocks } from '../support/deliver.ts';
import { localBackend, tellStory } from '../support/story.ts';

const network = (input: string) => `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`;
const operator = (apply: string) =>
  `drift: { jitter: 0m }\nrules:\n  - match: "**"\n    drift: { mode: pr, threshold: 1 }\n    requirements: [approved]\n    apply: ${apply}\n`;

/** Forges tell whole seconds: nobody agreed to a plan that was shown in the second of the review, or of the merge. */
const read = () => createSystemClock().sleep(1_100);

/** Applied by its pull request, then changed by somebody's own terraform: Tidegate's pull request about that is open. */
const drifted = async (apply: 'command' | 'merge') => {
  const got: { ports?: FlowPorts } = {};
  const story = await tellStory({
    operator: operator(apply),
    permissions: { contents: 'write' },
    app: {
      around: (ports) => {
        got.ports = ports;
        return ports;
      },
    },
    files: (state) => ({
      'network/backend.tf': localBackend(state, 'network'),
      'network/main.tf': network('one'),
    }),
  });
  const store = got.ports?.store;
  if (store === undefined) throw new Error('there is no server');
  await open(story, 'two', { 'network/main.tf': network('two') });
  await story.settled();
  await read();
  await story.grace.approve(1);
  await story.settled();
  await read();
  if (apply === 'command') {
    await story.ada.comment(1, '/apply');
    await story.settled();
  }
  await story.ada.merge(1);
  await story.settled();
  expect(await stateOf(story, 'network')).toContain('two');
  const aside = path.join(story.folder, 'aside');
  await mkdir(aside, { recursive: true });
  await writeFile(path.join(aside, 'backend.tf'), localBackend(story.world.stateFolder, 'network'));
  await writeFile(path.join(aside, 'main.tf'), network('by hand'));
  for (const args of [['init'], ['apply', '-auto-approve']]) await execa('terraform', args, { cwd: aside });
  expect(await stateOf(story, 'network')).toContain('by hand');

  const { pulls, issues } = story.world.hub.repo(story.world.repository);
  const [issue = 0] = await eventually(async () => {
    for (const { key } of await store.tracked.all()) await store.drifts.ask(key, Date.now());
    await story.ada.comment(1, '/help');
    await story.settled();
    expect([...issues.keys()]).toHaveLength(1);
    return [...issues.keys()];
  });
  const number = await eventually(() => {
    const [own] = [...pulls.values()].filter(({ author }) => author.login === 'tidegate[bot]');
    if (own === undefined) throw new Error('it is not opened yet');
    return own.number;
  });
  await story.settled();
  expect((await story.board(number)) ?? '').toContain('by hand');
  await read();
  await story.grace.approve(number);
  await story.settled();
  /** The world is as it was applied, and so says everything. */
  const isRight = async (): Promise<void> => {
    await eventually(async () => {
      await story.settled();
      expect(await stateOf(story, 'network')).not.toContain('by hand');
      expect(issues.get(issue)?.state).toBe('closed');
      expect(pulls.get(number)?.state).toBe('closed');
      expect(storedLocks(story)).toEqual([]);
    });
    const [tracked] = await store.tracked.all();
    expect(tracked?.applied).toMatchObject({ on: 'branch', sure: true });
  };
  return { story, pulls, issue, number, isRight };
};

it('what was changed behind Tidegate’s back is put back by a pull request of its own, with terraform on GitHub', {
  tags: ['long'],
  timeout: 240_000,
}, async () => {
  const { story: mine, pulls, issue, number, isRight } = await drifted('command');
  await using story = mine;
  expect(pulls.get(number)).toMatchObject({
    title: `Put back drift of network (#${issue})`,
    head: { ref: `tidegate/drift-${issue}` },
  });
  await story.ada.comment(number, '/apply');
  await isRight();
  expect(pulls.get(number)).toMatchObject({ mergedAt: null });
});

it('is put back by the merge of that pull request, where merges apply', {
  tags: ['long'],
  timeout: 240_000,
}, async () => {
  const { story: mine, pulls, number, isRight } = await drifted('merge');
  await using story = mine;
  await read();
  await story.ada.merge(number);
  await isRight();
  expect(pulls.get(number)?.mergedAt).not.toBeNull();
  expect((await story.board(number)) ?? '').toContain('✓ applied');
});
