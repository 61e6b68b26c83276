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
const operator =
  'drift: { jitter: 0m }\nrules:\n  - match: "**"\n    drift: { mode: pr, threshold: 1 }\n    requirements: [approved]\n';

/** Forges tell whole seconds: nobody agreed to a plan that was shown in the second of the review. */
const read = () => createSystemClock().sleep(1_100);

it('what was changed behind Tidegate’s back is put back by a pull request of its own, with terraform on GitHub', {
  tags: ['long'],
  timeout: 240_000,
}, async () => {
  const got: { ports?: FlowPorts } = {};
  await using story = await tellStory({
    operator,
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
  await story.ada.comment(1, '/apply');
  await story.settled();
  await story.ada.merge(1);
  await story.settled();
  // Somebody's own terraform, on the same state.
  const aside = path.join(story.folder, 'aside');
  await mkdir(aside, { recursive: true });
  await writeFile(path.join(aside, 'backend.tf'), localBackend(story.world.stateFolder, 'network'));
  await writeFile(path.join(aside, 'main.tf'), network('by hand'));
  for (const args of [['init'], ['apply', '-auto-approve']]) await execa('terraform', args, { cwd: aside });
  expect(await stateOf(story, 'network')).toContain('by hand');

  const { pulls, issues } = story.world.hub.repo(story.world.repository);
  const [issue] = await eventually(async () => {
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
  expect(pulls.get(number)).toMatchObject({
    title: `Put back drift of network (#${issue})`,
    head: { ref: `tidegate/drift-${issue}` },
  });
  expect((await story.board(number)) ?? '').toContain('by hand');
  await read();
  await story.grace.approve(number);
  await story.settled();
  await story.ada.comment(number, '/apply');
  await story.settled();
  expect(await stateOf(story, 'network')).not.toContain('by hand');
  await eventually(async () => {
    await story.settled();
    expect(issues.get(issue ?? 0)?.state).toBe('closed');
    expect(pulls.get(number)).toMatchObject({ state: 'closed', mergedAt: null });
    expect(storedLocks(story)).toEqual([]);
  });
  const [tracked] = await store.tracked.all();
  expect(tracked?.applied).toMatchObject({ on: 'branch', sure: true });
});
