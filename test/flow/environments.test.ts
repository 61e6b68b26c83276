import { describe, expect, it } from 'vitest';
import type { Hub } from '../../src/hub/hub.ts';
import { open, row } from '../support/acts.ts';
import { resource } from '../support/served.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

type Protection = NonNullable<Parameters<Hub['environment']>[2]>;

const rules = 'rules: [{match: "network/**", environment: production}]\n';

/** A project `network` in `production`, and one without an environment. */
const tell = (operator = '', wish: Partial<Parameters<typeof tellStory>[0]> = {}): Promise<Story> =>
  tellStory({
    files: (state) => ({
      'network/backend.tf': localBackend(state, 'network'),
      'network/main.tf': resource('small'),
      'plain/backend.tf': localBackend(state, 'plain'),
      'plain/main.tf': resource('small'),
    }),
    operator: `${rules}${operator}`,
    logLevel: 'silent',
    ...wish,
  });

const protect = ({ world: { hub, repository } }: Story, protection: Protection): void =>
  hub.environment(repository, 'production', protection);

const propose = async (story: Story): Promise<void> => {
  await open(story, 'change', { 'network/main.tf': resource('one'), 'plain/main.tf': resource('one') });
  await story.settled();
};

/** What is answered to a command; null where nothing is. */
const say = async (story: Story, who: 'ada' | 'grace' | 'margaret', body: string): Promise<string | null> => {
  const before = (await story.replies(1)).length;
  await story[who].comment(1, body);
  await story.settled();
  return (await story.replies(1))[before] ?? null;
};

const stateOf = (story: Story) => row(story, 1, 'network');

describe('an environment with reviewers on GitHub', () => {
  it('is applied into once one of them has approved the plan, and nobody else is enough', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    protect(story, { users: ['grace'] });
    await propose(story);
    const waiting = 'a review by one of the reviewers of `production` (`grace`)';
    expect(await stateOf(story)).toContain(waiting);
    expect((await story.checks(1)).join('\n')).toContain(
      'tidegate/apply: action_required, Waits for what the rules',
    );
    // Whoever may do everything is none of them.
    await story.margaret.approve(1);
    await story.settled();
    const refused = await say(story, 'ada', '/apply');
    expect(refused).toContain('The environment `production` is protected on GitHub');
    expect(refused).toContain('margaret (is not among those who are asked)');
    expect(await row(story, 1, 'plain')).toContain('✓ applied');
    const why = await say(story, 'ada', '/why -p network');
    expect(why).toContain('reviewers: no approval that counts');
    await story.grace.approve(1);
    await story.settled();
    expect(await stateOf(story)).not.toContain('waits for');
    expect(await say(story, 'ada', '/why -p network')).toContain('reviewers: approved by grace');
    expect(await say(story, 'ada', '/apply')).toBeNull();
    expect(await stateOf(story)).toContain('✓ applied');
  });

  it('takes the word of a member of a team, for the plan that it was given for', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    story.world.hub.addTeam('acme', 'operators', { members: ['grace'] });
    protect(story, { teams: ['operators'] });
    await propose(story);
    await story.grace.approve(1);
    await story.settled();
    await story.ada.push('change', { 'network/main.tf': resource('two') }, 'Another plan');
    await story.settled();
    expect(await say(story, 'ada', '/apply -p network')).toContain('given for another plan');
    await story.grace.approve(1);
    await story.settled();
    expect(await say(story, 'ada', '/apply -p network')).toBeNull();
    expect(await stateOf(story)).toContain('✓ applied');
  });

  it('that prevents self-review does not take the word of whoever applies', { tags: ['long'] }, async () => {
    await using story = await tell();
    protect(story, { users: ['grace'], preventSelfReview: true });
    await propose(story);
    await story.grace.approve(1);
    await story.settled();
    expect(await say(story, 'grace', '/apply -p network')).toContain(
      'who asks for the apply and does not count',
    );
    expect(await say(story, 'ada', '/apply -p network')).toBeNull();
    expect(await stateOf(story)).toContain('✓ applied');
  });

  it('is asked about when the apply begins, not when it was planned', { tags: ['long'] }, async () => {
    await using story = await tell();
    await propose(story);
    expect(await stateOf(story)).not.toContain('waits for');
    protect(story, { users: ['grace'] });
    expect(await say(story, 'ada', '/apply -p network')).toContain('protected on GitHub');
    protect(story, {});
    expect(await say(story, 'ada', '/apply -p network')).toBeNull();
    expect(await stateOf(story)).toContain('✓ applied');
  });

  it('is not left by a pull request that takes the label away', { tags: ['long'] }, async () => {
    await using story = await tellStory({
      files: (state) => ({
        'tidegate.yaml': 'version: 1\nprojects: [{name: network, dir: network, environment: production}]\n',
        'network/backend.tf': localBackend(state, 'network'),
        'network/main.tf': resource('small'),
      }),
      logLevel: 'silent',
    });
    protect(story, { users: ['grace'] });
    await open(story, 'change', {
      'tidegate.yaml': 'version: 1\nprojects: [{name: network, dir: network}]\n',
      'network/main.tf': resource('one'),
    });
    await story.settled();
    expect(await say(story, 'ada', '/apply')).toContain('protected on GitHub');
  });
});

describe('an environment with other rules', () => {
  it('is only applied into from a branch that it allows', { tags: ['long'] }, async () => {
    await using story = await tell();
    protect(story, { branches: ['release/*'] });
    await propose(story);
    expect(await say(story, 'ada', '/apply -p network')).toContain('may not be deployed from the branch');
    protect(story, { branches: 'protected' });
    expect(await say(story, 'ada', '/apply -p network')).toContain('may not be deployed from the branch');
    protect(story, { branches: ['release/*', 'ma*'] });
    expect(await say(story, 'ada', '/apply -p network')).toBeNull();
    expect(await stateOf(story)).toContain('✓ applied');
  });

  it('waits until its timer has run out, or a rule is gone that nobody knows', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    protect(story, { waitTimer: 30 });
    await propose(story);
    expect(await stateOf(story)).toContain('the wait timer of `production` (30 minutes)');
    expect(await say(story, 'ada', '/apply -p network')).toMatch(/shown for 30 minutes, and (30|29) minutes/);
    protect(story, { others: ['custom_gate'] });
    expect(await say(story, 'ada', '/apply -p network')).toContain('`custom_gate`');
    protect(story, {});
    expect(await say(story, 'ada', '/apply -p network')).toBeNull();
  });
});

describe('an environment that cannot be read', () => {
  const forbid = ({ world: { hub } }: Story): void => {
    const [installation] = [...hub.state.installations.values()];
    const { actions: _, ...others } = installation?.permissions ?? {};
    hub.grant(installation?.id ?? 0, others);
  };

  it('because the App may not, is as before it could; `/why` says so', { tags: ['long'] }, async () => {
    await using story = await tell();
    protect(story, { users: ['grace'] });
    forbid(story);
    await propose(story);
    expect(await say(story, 'ada', '/why -p network')).toContain('the App may not read what protects');
    expect(await say(story, 'ada', '/apply -p network')).toBeNull();
    expect(await stateOf(story)).toContain('✓ applied');
  });

  it('because the App may not, lets nothing in where the operator wants its protection kept', {
    tags: ['long'],
  }, async () => {
    await using story = await tell('environment_protection: always\n');
    forbid(story);
    await propose(story);
    expect(await say(story, 'ada', '/apply -p network')).toContain('`actions: read`');
    expect(await stateOf(story)).not.toContain('applied');
  });

  it('at this moment lets nothing in', { tags: ['long'] }, async () => {
    await using story = await tell();
    await propose(story);
    const path = /\/environments\/production$/;
    story.world.hub.faults.route({ method: 'GET', path, times: 1 }, { kind: 'status', status: 502 });
    expect(await say(story, 'ada', '/apply -p network')).toContain('could not be read');
    expect(await say(story, 'ada', '/apply -p network')).toBeNull();
    expect(await stateOf(story)).toContain('✓ applied');
  });

  it('is not asked about where the operator says never', { tags: ['long'] }, async () => {
    await using story = await tell('environment_protection: never\n');
    protect(story, { users: ['grace'] });
    await propose(story);
    expect(await say(story, 'ada', '/apply -p network')).toBeNull();
    expect(await stateOf(story)).toContain('✓ applied');
  });
});
