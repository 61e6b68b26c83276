import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import type { Deployment } from '../../src/hub/deployments.ts';
import { eventually, open, push, row } from '../support/acts.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { applyHeld, resource, says, serveStory } from '../support/served.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const operator = `
trust: { provisioners: allow }
rules:
  - match: "network/**"
    environment: production
  - match: "database/**"
    environment: production
`;

const files = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': resource('small'),
  'database/backend.tf': localBackend(state, 'database'),
  'database/main.tf': resource('small'),
  'plain/backend.tf': localBackend(state, 'plain'),
  'plain/main.tf': resource('small'),
});

const tell = (wish: Parameters<typeof tellStory>[0] | object = {}) =>
  tellStory({ files, operator, logLevel: 'silent', ...wish });

const deploymentsOf = ({ world: { hub, repository } }: Story): readonly Deployment[] => [
  ...hub.repo(repository).deployments.values(),
];

/** `TASK: STATE, STATE` of each, oldest first. */
const told = (story: Story): readonly string[] =>
  deploymentsOf(story).map(
    ({ task, statuses }) => `${task}: ${statuses.map(({ state }) => state).join(', ')}`,
  );

const apply = async (story: Story, number: number, command = '/apply'): Promise<void> => {
  await story.ada.comment(number, command);
  await story.settled();
};

describe('an apply into an environment', () => {
  it('is a deployment of it from its beginning, with its run, and says how it ended', {
    tags: ['long'],
  }, async () => {
    await using served = await serveStory({ operator });
    const { story, tool } = served;
    await applyHeld(served);
    const { head } = await story.ada.pull(1);
    await eventually(() => expect(told(story)).toEqual(['tidegate:network: in_progress']));
    const [one] = deploymentsOf(story);
    expect(one).toMatchObject({
      sha: head.sha,
      ref: head.sha,
      environment: 'production',
      description: 'Project network, by #1',
      payload: { run: expect.any(String), project: 'network', pull: 1, plan: expect.stringMatching(/./) },
    });
    tool.letGo('apply', 'network');
    await eventually(() => expect(told(story)).toEqual(['tidegate:network: in_progress, success']));
  });

  it('whose server dies is one deployment still, which the next server keeps true', {
    tags: ['long'],
  }, async () => {
    await using served = await serveStory({ operator });
    const { story, tool } = served;
    await applyHeld(served);
    await eventually(() => expect(told(story)).toEqual(['tidegate:network: in_progress']));
    await served.kill();
    tool.letGo('apply', 'network');
    await served.startAgain();
    await says(served, 1, 'network', '✓ applied');
    await eventually(() => expect(told(story)).toEqual(['tidegate:network: in_progress, success']));
  });

  it('takes the place of the one before of its project, in another pull request too, and of no other', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    await open(story, 'first', {
      'network/main.tf': resource('one'),
      'database/main.tf': resource('one'),
      'plain/main.tf': resource('one'),
    });
    await story.settled();
    await apply(story, 1);
    const states = () => told(story).map((one) => one.replace('in_progress, ', ''));
    expect(states().toSorted()).toEqual(['tidegate:database: success', 'tidegate:network: success']);
    await story.ada.merge(1);
    await story.settled();
    await open(story, 'second', { 'network/main.tf': resource('two') });
    await story.settled();
    await apply(story, 2);
    expect(await row(story, 2, 'network')).toContain('✓ applied');
    expect(states().toSorted()).toEqual([
      'tidegate:database: success',
      'tidegate:network: success',
      'tidegate:network: success, inactive',
    ]);
  });

  it('that a merge asks for is one of the commit that the merge made', { tags: ['long'] }, async () => {
    await using story = await tell({ operator: `${operator}  - {match: "**", apply: merge}\n` });
    await open(story, 'change', { 'network/main.tf': resource('one') });
    await story.settled();
    // Forges tell whole seconds: nobody agreed to a plan that was shown in the second of the merge.
    await createSystemClock().sleep(1_100);
    await story.ada.merge(1);
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('✓ applied');
    const { world } = story;
    const commit = world.hub.repo(world.repository).pulls.get(1)?.mergeCommit;
    expect(deploymentsOf(story).map(({ sha }) => sha)).toEqual([commit]);
    expect(told(story)[0]).toMatch(/success$/);
  });

  it('that failed says so, and leaves the one before as it was', { tags: ['long'] }, async () => {
    await using story = await tell();
    await open(story, 'change', { 'network/main.tf': resource('one') });
    await story.settled();
    await apply(story, 1);
    const broken = `resource "terraform_data" "it" {
  input = "two"
  provisioner "local-exec" { command = "exit 1" }
  triggers_replace = ["two"]
}
`;
    await push(story, 'change', { 'network/main.tf': broken });
    await story.settled();
    await apply(story, 1);
    const states = told(story).map((one) => one.replace('in_progress, ', ''));
    expect(states).toEqual(['tidegate:network: success', 'tidegate:network: failure']);
  });

  it('of which nobody knows the end says that, and what somebody answers for it', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    const flag = path.join(temporaryFolder(), 'killed');
    await open(story, 'change', {
      'network/main.tf': `resource "terraform_data" "it" {
  provisioner "local-exec" { command = "test -e ${flag} || { touch ${flag}; kill -9 $PPID; }" }
}
`,
    });
    await story.settled();
    await apply(story, 1);
    const states = () => told(story).map((one) => one.replace('in_progress, ', ''));
    expect(states()).toEqual(['tidegate:network: error']);
    expect(deploymentsOf(story)[0]?.statuses.at(-1)?.description).toContain('outcome is unknown');
    await story.margaret.comment(1, '/recover acknowledge');
    await story.settled();
    expect(states()).toEqual(['tidegate:network: error, failure']);
  });

  it('that was refused is none, nor is one of a project without an environment', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    await open(story, 'change', { 'network/main.tf': resource('one'), 'plain/main.tf': resource('one') });
    await story.settled();
    await story.mallory.comment(1, '/apply');
    await story.settled();
    await apply(story, 1, '/apply -p plain');
    expect(await row(story, 1, 'plain')).toContain('✓ applied');
    expect(told(story)).toEqual([]);
  });

  it('is made once, whatever becomes of the answer', { tags: ['long'] }, async () => {
    await using story = await tell();
    const { faults } = story.world.hub;
    faults.route({ method: 'POST', path: /\/deployments$/, times: 1 }, { kind: 'close', when: 'after-work' });
    faults.route({ method: 'POST', path: /\/statuses$/, times: 1 }, { kind: 'status', status: 502 });
    await open(story, 'change', { 'network/main.tf': resource('one') });
    await story.settled();
    await apply(story, 1);
    expect(told(story)).toHaveLength(1);
    expect(told(story)[0]).toMatch(/success$/);
  });

  it('is applied as ever where the App may not show it, and that is said once', {
    tags: ['long'],
  }, async () => {
    const lines: string[] = [];
    const logDestination = { write: (line: string) => void lines.push(line) };
    await using story = await tell({ logLevel: 'warn', app: { logDestination } });
    const { hub } = story.world;
    const [installation] = [...hub.state.installations.values()];
    const { deployments: _, ...others } = installation?.permissions ?? {};
    hub.grant(installation?.id ?? 0, others);
    await open(story, 'change', { 'network/main.tf': resource('one'), 'database/main.tf': resource('one') });
    await story.settled();
    await apply(story, 1);
    expect(await row(story, 1, 'network')).toContain('✓ applied');
    expect(told(story)).toEqual([]);
    expect(lines.filter((line) => line.includes('deployments: write'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('given up'))).toEqual([]);
  });
});
