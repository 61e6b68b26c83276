import { describe, expect, it } from 'vitest';
import { asUser } from '../../src/hub/access.ts';
import { type BranchRules, queueRule } from '../../src/hub/branch-rules.ts';
import { commitOf } from '../../src/hub/git/read.ts';
import { placeOf } from '../../src/hub/queue/entries.ts';
import { createStatus } from '../../src/hub/statuses.ts';
import { open, push, stateOf } from '../support/acts.ts';
import { localBackend, type Story, type StoryWish, tellStory } from '../support/story.ts';

const thing = (input: string) => `resource "terraform_data" "this" {\n  input = "${input}"\n}\n`;
const files: StoryWish['files'] = (state) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': thing('small'),
  'database/backend.tf': localBackend(state, 'database'),
  'database/main.tf': thing('small'),
});
const everything = 'rules: [{match: "**", automerge: true}]\n';
/** Found out by the apply alone. */
const broken = `resource "terraform_data" "this" {
  lifecycle {
    postcondition {
      condition     = self.id == "mine"
      error_message = "It is not mine."
    }
  }
}
`;

const both = { 'network/main.tf': thing('large'), 'database/main.tf': thing('large') };
const network = { 'network/main.tf': thing('large') };

const tell = (wish: Partial<StoryWish> = {}) =>
  tellStory({ files, operator: everything, permissions: { contents: 'write' }, ...wish });

const opened = async (story: Story, changes: Readonly<Record<string, string>>, branch = 'change') => {
  await open(story, branch, changes);
  await story.settled();
};
const says = async (story: Story, body: string) => {
  await story.ada.comment(1, body);
  await story.settled();
};
const pullOf = ({ world }: Story, number = 1) => {
  const pull = world.hub.repo(world.repository).pulls.get(number);
  if (pull === undefined) throw new Error(`no pull request ${number}`);
  return pull;
};
const protect = ({ world }: Story, rules: Partial<BranchRules>) =>
  world.hub.protect(world.repository, 'main', 'ruleset', rules);
const isMerged = (story: Story, number = 1): boolean => pullOf(story, number).mergedAt !== null;
/** A status of somebody's on a commit. */
const report = async (story: Story, sha: string, state: 'success' | 'failure') => {
  const { hub, repository } = story.world;
  createStatus(hub.state, hub.repo(repository), asUser(hub.actor('grace').account), sha, {
    context: 'ci',
    state,
  });
  await story.settled();
};

describe('a pull request of projects that ask to be merged by themselves', () => {
  it('is merged after the last apply, and not before, with the commit that was applied', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    const ours = { name: 'tidegate/apply', appId: story.world.appId };
    protect(story, { checks: [ours], strict: true });
    await opened(story, both);
    const { sha } = pullOf(story).head;
    await says(story, '/apply -p network');
    expect(isMerged(story)).toBe(false);
    await says(story, '/apply -p database');
    expect(pullOf(story)).toMatchObject({ mergedBy: { login: 'tidegate[bot]' }, head: { sha } });
    expect(await story.board(1)).toMatch(/^### Merged/);
    // Its locks are free.
    await opened(story, { 'network/main.tf': thing('huge') }, 'next');
    expect(await story.board(2)).not.toContain('waiting in line');
  });

  it('is not merged while one failed, and not after a push that is not applied', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    await opened(story, { ...network, 'database/main.tf': broken });
    await says(story, '/apply');
    expect(await story.checks(1)).toContainEqual(
      expect.stringMatching(/^tidegate\/apply: failure, Failed to apply: database/),
    );
    expect(isMerged(story)).toBe(false);
    await push(story, 'change', { 'database/main.tf': thing('large') });
    await story.settled();
    await story.grace.approve(1);
    await story.settled();
    expect(isMerged(story)).toBe(false);
    await says(story, '/apply');
    expect(isMerged(story)).toBe(true);
  });

  it('waits for what the rules ask, says so in GitHub’s words, and goes on when it is there', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    protect(story, { approvals: 1 });
    await opened(story, network);
    await says(story, '/apply');
    expect(isMerged(story)).toBe(false);
    expect(await story.board(1)).toContain(
      'GitHub does not let it be merged: At least 1 approving review is required',
    );
    // A head that nobody applied is not merged by the approval of it.
    await push(story, 'change', { 'network/main.tf': thing('huge') });
    await story.settled();
    expect(await story.board(1)).not.toContain('does not let it be merged');
    await story.grace.approve(1);
    await story.settled();
    expect(isMerged(story)).toBe(false);
    await says(story, '/apply');
    expect(isMerged(story)).toBe(true);
    expect(await story.board(1)).not.toContain('does not let it be merged');
  });

  it('is merged by the way that was asked for where it may be, else by another, else by people', {
    tags: ['long'],
  }, async () => {
    await using story = await tell({ operator: 'rules: [{match: "**", automerge: {method: rebase}}]\n' });
    const { hub, repository } = story.world;
    protect(story, { methods: ['squash', 'merge'], linearHistory: true });
    await opened(story, network);
    await says(story, '/apply');
    const merged = pullOf(story).mergeCommit ?? '';
    expect((await commitOf(hub.repo(repository).folder, merged))?.parents).toHaveLength(1);
    await opened(story, { 'database/main.tf': thing('large') }, 'second');
    protect(story, { methods: ['merge'], linearHistory: true });
    await story.ada.comment(2, '/apply');
    await story.settled();
    expect(isMerged(story, 2)).toBe(false);
    expect(await story.board(2)).toContain('no way of merging in common');
  });

  it('is merged when what follows the merge is agreed to, and that follows', { tags: ['long'] }, async () => {
    const operator = `rules:
  - { match: network, automerge: true }
  - { match: database, automerge: true, apply: merge, requirements: [approved] }
`;
    await using story = await tell({ operator });
    const ours = { name: 'tidegate/apply', appId: story.world.appId };
    protect(story, { checks: [ours] });
    await opened(story, both);
    await says(story, '/apply');
    expect(isMerged(story)).toBe(false);
    await story.grace.approve(1);
    await story.settled();
    expect(isMerged(story)).toBe(true);
    expect(await stateOf(story, 'database')).toContain('"large"');
  });

  it('goes through the merge queue where there is one, once', { tags: ['long'] }, async () => {
    await using story = await tell();
    const queue = { queue: queueRule(), checks: [{ name: 'ci', appId: null }] };
    protect(story, queue);
    await opened(story, network);
    await report(story, pullOf(story).head.sha, 'success');
    await says(story, '/apply');
    expect(placeOf(pullOf(story))).toEqual({ position: 1, state: 'AWAITING_CHECKS' });
    const group = () =>
      story.world.hub.repo(story.world.repository).queues.get('main')?.entries[0]?.group?.head ?? '';
    await report(story, group(), 'failure');
    expect(placeOf(pullOf(story))).toBeNull();
    // The queue had a reason: nobody puts it in again for a review.
    await story.grace.approve(1);
    await story.settled();
    expect(placeOf(pullOf(story))).toBeNull();
    expect(await story.board(1)).toContain('GitHub took it out of the merge queue of `main`');
    await push(story, 'change', { 'network/main.tf': thing('huge') });
    await story.settled();
    await report(story, pullOf(story).head.sha, 'success');
    await says(story, '/apply');
    await report(story, group(), 'success');
    expect(pullOf(story).mergedBy?.login).toBe('github-merge-queue[bot]');
  });

  it('goes through a queue that requires our checks, which judge what it would merge', {
    tags: ['long'],
  }, async () => {
    const operator = `rules:
  - { match: network, automerge: true }
  - { match: database, automerge: true, apply: merge, requirements: [approved] }
`;
    await using story = await tell({ operator });
    const checks = ['tidegate/plan', 'tidegate/apply'].map((name) => ({ name, appId: story.world.appId }));
    protect(story, { queue: queueRule(), checks });
    await opened(story, both);
    await says(story, '/apply -p network');
    expect(placeOf(pullOf(story))).toBeNull();
    await story.grace.approve(1);
    await story.settled();
    expect(pullOf(story).mergedBy?.login).toBe('github-merge-queue[bot]');
    const commit = pullOf(story).mergeCommit ?? '';
    const { hub, repository } = story.world;
    const onGroup = [...hub.repo(repository).checkRuns.values()].filter(({ headSha }) => headSha === commit);
    expect(onGroup.map(({ name, conclusion }) => `${name}: ${conclusion}`).sort()).toEqual([
      'tidegate/apply: success',
      'tidegate/plan: success',
    ]);
    expect(await stateOf(story, 'database')).toContain('"large"');
  });

  it('is left to people where it plans nothing, is a draft, or one project does not ask', {
    tags: ['long'],
  }, async () => {
    await using story = await tell({
      operator: 'rules: [{match: network, automerge: true}]\n',
    });
    await opened(story, { 'network/main.tf': `${thing('small')}# as it was\n`, 'network/x.txt': '1' });
    await opened(story, both, 'both');
    await story.ada.comment(2, '/apply');
    await story.settled();
    expect(isMerged(story, 2)).toBe(false);
    await opened(story, { 'network/main.tf': thing('huge') }, 'draft');
    await story.world.hub.deleteBranch(story.world.repository, 'both', 'ada');
    await story.settled();
    story.world.hub.setDraft(story.world.repository, 3, 'ada', true);
    await story.settled();
    await story.ada.comment(3, '/plan');
    await story.settled();
    await story.ada.comment(3, '/apply');
    await story.settled();
    expect([1, 3].map((number) => isMerged(story, number))).toEqual([false, false]);
  });

  it('is left to people where the App may not merge, and the comment says so', {
    tags: ['long'],
  }, async () => {
    await using story = await tell({ permissions: {} });
    await opened(story, network);
    await says(story, '/apply');
    expect(isMerged(story)).toBe(false);
    expect(await story.board(1)).toContain(
      'GitHub does not let it be merged: Resource not accessible by integration',
    );
    await story.ada.merge(1);
    await story.settled();
    expect(await story.board(1)).not.toContain('does not let it be merged');
  });
});
