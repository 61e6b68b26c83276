import { expect, test } from 'vitest';
import { requestCheckAction, rerequestCheckRun, rerequestCheckSuite } from '../../src/hub/checks.ts';
import type { CheckRun } from '../../src/hub/state.ts';
import { open, push, stateOf } from '../support/acts.ts';
import { deliver, storedRuns, tellInspected } from '../support/deliver.ts';
import { localBackend, type Story, type StoryWish, tellStory } from '../support/story.ts';

/** Buttons of checks, from the page of a hub to the state of real terraform. */

const tf = (input: string) => `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`;
const files: StoryWish['files'] = (state) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': tf('small'),
});

const runOf = (story: Story, name: string): CheckRun => {
  const { hub, repository } = story.world;
  const run = [...hub.repo(repository).checkRuns.values()].findLast((one) => one.name === name);
  if (run === undefined) throw new Error(`there is no check ${name}`);
  return run;
};

const press = async (story: Story, login: string, run: CheckRun, label: string): Promise<void> => {
  const { hub } = story.world;
  const button = run.actions.find((action) => action.label === label);
  if (button === undefined) throw new Error(`${run.name} has no button ${label}`);
  requestCheckAction(hub.state, run, hub.actor(login), button.identifier);
  await story.settled();
};

/** GitHub loses the webhook. Returns its payload. */
const pressUnheard = async (
  story: Story,
  login: string,
  run: CheckRun,
  label: string,
): Promise<Readonly<Record<string, unknown>>> => {
  const { hub } = story.world;
  const action = 'requested_action';
  hub.faults.webhook({ event: 'check_run', action, times: 1 }, { kind: 'drop' });
  await press(story, login, run, label);
  const sent = hub.deliveries().findLast((one) => one.action === action);
  return JSON.parse(sent?.request.payload ?? '');
};

const planned = async (story: Story): Promise<void> => {
  await open(story, 'bigger', { 'network/main.tf': tf('large') });
  await story.settled();
};

test('a project is planned, applied and given back by buttons alone', { tags: ['long'] }, async () => {
  await using story = await tellStory({ files });
  await planned(story);
  await press(story, 'grace', runOf(story, 'tidegate/plan'), 'Plan');
  await press(story, 'grace', runOf(story, 'tidegate/apply'), 'Unlock');
  expect(await story.replies(1)).toEqual([
    expect.stringContaining('**grace** pressed the button for `/unlock`'),
  ]);
  await press(story, 'ada', runOf(story, 'tidegate: network'), 'Plan');
  expect(await stateOf(story, 'network')).toBe('');
  await press(story, 'ada', runOf(story, 'tidegate/apply'), 'Apply');
  expect(JSON.parse(await stateOf(story, 'network'))).toMatchObject({ serial: 1 });
  expect(await story.checks(1)).toContain('tidegate/apply: success, 1 project applied: 1 added');
  expect(storedRuns(story).slice(-1)).toEqual(['apply applied']);
  // What it needs of the forge is what the manifest asks for.
  expect(story.world.hub.unknownRequests).toEqual([]);
});

test('a press on an older commit, and one with a name of another check, do nothing', {
  tags: ['long'],
}, async () => {
  const { story, environment } = await tellInspected({ files });
  await using _ = story;
  await planned(story);
  const old = await pressUnheard(story, 'ada', runOf(story, 'tidegate/apply'), 'Apply');
  await push(story, 'bigger', { 'network/main.tf': tf('larger') });
  await story.settled();
  expect(await deliver({ story, environment }, 'check_run', 'late', old)).toBe(202);
  await story.settled();
  expect((await story.replies(1)).at(-1)).toContain('is on a check of commit');
  const plan = await pressUnheard(story, 'ada', runOf(story, 'tidegate/plan'), 'Plan');
  const [identifier] = runOf(story, 'tidegate/apply').actions.map((action) => action.identifier);
  // Signed, as if by GitHub, on a check that it was not made for.
  const forged = { ...plan, requested_action: { identifier } };
  expect(await deliver({ story, environment }, 'check_run', 'forged', forged)).toBe(202);
  await story.settled();
  expect((await story.replies(1)).at(-1)).toContain('stood for something else');
  expect(storedRuns(story).filter((run) => run.startsWith('apply'))).toEqual([]);
  expect(await stateOf(story, 'network')).toBe('');
});

test('a press that comes twice, or is sent again, is one press', { tags: ['long'] }, async () => {
  const { story, environment } = await tellInspected({ files });
  await using _ = story;
  await planned(story);
  const { hub } = story.world;
  hub.faults.webhook({ event: 'check_run', action: 'requested_action', times: 1 }, { kind: 'double' });
  const run = runOf(story, 'tidegate/apply');
  requestCheckAction(hub.state, run, hub.actor('ada'), run.actions[0]?.identifier ?? '');
  await press(story, 'ada', run, 'Apply');
  const sent = hub.deliveries().findLast(({ action }) => action === 'requested_action');
  const again = (id: string) => deliver({ story, environment }, 'check_run', id, sent?.request.payload);
  expect(await again(sent?.guid ?? '')).toBe(202);
  expect(await again('another')).toBe(202);
  await story.settled();
  expect(storedRuns(story)).toEqual(['plan planned', 'apply applied']);
  expect(JSON.parse(await stateOf(story, 'network'))).toMatchObject({ serial: 1 });
  expect(await story.replies(1)).toEqual([]);
});

test('whoever may not write has no buttons; who lost it between the page and the press is refused as a comment is', {
  tags: ['long'],
}, async () => {
  const { story, environment } = await tellInspected({ files });
  await using _ = story;
  await planned(story);
  const { hub, repository } = story.world;
  await expect(press(story, 'mallory', runOf(story, 'tidegate/apply'), 'Apply')).rejects.toThrow();
  hub.setPermission(repository, 'grace', 'write');
  const pressed = await pressUnheard(story, 'grace', runOf(story, 'tidegate/apply'), 'Apply');
  hub.setPermission(repository, 'grace', 'read');
  expect(await deliver({ story, environment }, 'check_run', 'late', pressed)).toBe(202);
  await story.settled();
  expect(await story.replies(1)).toEqual([
    expect.stringMatching(/\*\*grace\*\* pressed the button for `\/apply.*needs write permission/s),
  ]);
  expect(storedRuns(story)).toEqual(['plan planned']);
});

test('to run a check or all of them again is to plan again', { tags: ['long'] }, async () => {
  await using story = await tellStory({ files });
  await planned(story);
  const { hub } = story.world;
  rerequestCheckRun(hub.state, runOf(story, 'tidegate/apply'), hub.actor('grace'));
  await story.settled();
  await rerequestCheckSuite(hub.state, runOf(story, 'tidegate/apply').suite, hub.actor('grace'));
  await story.settled();
  expect(storedRuns(story)).toEqual(['plan superseded', 'plan superseded', 'plan planned']);
  expect(await story.checks(1)).toContain('tidegate/plan: success, 1 project planned: 1 to add');
  expect(await stateOf(story, 'network')).toBe('');
});
