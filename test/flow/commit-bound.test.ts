import { afterEach, expect, test } from 'vitest';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const key = { repositoryId: repo.id, pullNumber: 1 };

/** #1, whose approvals are of the commit, planned by `/destroy`; returns since when the comment shows it. */
const destroying = async (): Promise<{ readonly w: MemoryWorld; readonly shownAt: number }> => {
  const w = await createMemoryWorld({
    main: {
      'network/main.tf': tf('one'),
      'tidegate.yaml':
        'version: 1\nprojects:\n  - {dir: network, requirements: [approved], bind_approvals: commit}\n',
    },
    operator:
      'repositories: [{match: acme/*, may_set: [requirements, bind_approvals]}]\nrules: [{match: "**", who_may: {destroy: {permission: write}}}]\n',
  });
  open.push(w);
  w.open(1, { 'network/main.tf': tf('two') });
  await w.event(1, 'opened');
  await w.settled();
  // The scripted tool does not know the argument: something else has to make another plan of it.
  w.tool.state.set('network', tf('zero'));
  await w.comment(1, '/destroy');
  await w.settled();
  const history = await w.ports.store.boardHistories.get(key);
  const shownAt = Object.values(history?.shown ?? {})[0]?.at(-1)?.at;
  if (shownAt == null) throw new Error('nothing is shown');
  return { w, shownAt };
};

const applied = async (w: MemoryWorld, submittedAt: number): Promise<boolean> => {
  const { sha: commit } = w.ask(1).head;
  w.forge.addReview(refOf(1), { author: people.grace, state: 'approved', commit, submittedAt });
  await w.comment(1, '/apply');
  await w.settled();
  const runs = await w.ports.store.runs.latest(key);
  return runs.some(({ verb, state }) => verb === 'apply' && state === 'applied');
};

test('an approval within the second in which the forge began to show it may be of what was there before', async () => {
  const { w, shownAt } = await destroying();
  expect(await applied(w, shownAt)).toBe(false);
  expect(await applied(w, shownAt + 1_000)).toBe(true);
});

test('an approval that was given while the comment showed another plan is none of it, however often that one was shown before', async () => {
  const { w } = await destroying();
  w.tool.state.set('network', tf('one'));
  await w.comment(1, '/plan');
  await w.settled();
  const history = await w.ports.store.boardHistories.get(key);
  const plain = Object.values(history?.shown ?? {})[0]?.at(-1);
  if (plain?.at == null) throw new Error('the plain plan is not shown');
  const { sha: commit } = w.ask(1).head;
  const submittedAt = plain.at + 5_000;
  w.forge.addReview(refOf(1), { author: people.grace, state: 'approved', commit, submittedAt });
  await w.advance(10_000);
  w.tool.state.set('network', tf('zero'));
  await w.comment(1, '/destroy');
  await w.settled();
  await w.comment(1, '/apply');
  await w.settled();
  const runs = await w.ports.store.runs.latest(key);
  const plan = runs.find(({ verb }) => verb === 'plan');
  expect(plan).toMatchObject({ state: 'planned', extra: ['-destroy'] });
  expect(plan?.plan?.digest).not.toBe(plain.digest);
  expect(runs.some(({ verb, state }) => verb === 'apply' && state === 'applied')).toBe(false);
});
