import { afterEach, expect, test } from 'vitest';
import { ForgeError } from '../../src/forge/port.ts';
import { createMemoryWorld, type MemoryWorld, refOf, repo } from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
const world = async (main: Readonly<Record<string, string>>): Promise<MemoryWorld> => {
  const made = await createMemoryWorld({ main });
  open.push(made);
  return made;
};
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const hour = 3_600_000;
const boardOf = (w: MemoryWorld, number: number): string =>
  w.forge.comments(refOf(number)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';
const applies = (w: MemoryWorld) => w.tool.journal.filter((entry) => entry.startsWith('apply'));

test.each([
  ['an hour on', hour],
  ['an hour back', -hour],
  ['a day on', 24 * hour],
  ['a day back', -24 * hour],
])(
  'the clock is set %s while a plan runs, while an apply runs and in between: nothing waits for it',
  async (_words, by) => {
    const w = await world({ 'network/main.tf': tf('one') });
    w.tool.hooks.set('plan', () => {
      w.jump(by);
      w.tool.hooks.delete('plan');
      return undefined;
    });
    w.open(1, { 'network/main.tf': tf('two') });
    await w.event(1, 'opened');
    const began = w.ports.clock.monotonic();
    await w.settled();
    expect(boardOf(w, 1)).toContain('| planned |');
    // A newer plan is the newest, whatever the clock says; in line is who came, and the lock is whose it was.
    w.jump(-by);
    w.open(1, { 'network/main.tf': tf('three') });
    await w.event(1, 'synchronize');
    await w.settled();
    w.jump(by);
    w.open(2, { 'network/main.tf': tf('other') });
    await w.event(2, 'opened');
    await w.settled();
    expect(boardOf(w, 2)).toContain('waits for');
    w.tool.hooks.set('apply', () => {
      w.jump(by);
      w.tool.hooks.delete('apply');
      return undefined;
    });
    await w.comment(1, '/apply');
    await w.settled();
    if (by < 0) {
      // As far as the clock tells, the plan was made after the comment was written: no, with what to do.
      expect(w.forge.comments(refOf(1)).at(-1)?.body).toContain(
        'was planned again after this comment was written',
      );
      expect(applies(w)).toEqual([]);
      await w.comment(1, '/plan');
      await w.settled();
      await w.comment(1, '/apply');
      await w.settled();
    }
    expect(boardOf(w, 1)).toContain('✓ applied');
    expect(w.tool.state.get('network')).toBe(tf('three'));
    expect(applies(w)).toEqual(['apply network']);
    expect(await w.ports.store.locks.ofPull({ repositoryId: repo.id, pullNumber: 1 })).toHaveLength(1);
    // Minutes, not the hour or the day that the wall shows.
    expect(w.ports.clock.monotonic() - began).toBeLessThan(50 * 60_000);
  },
);

test('what waits for its time when the clock is set back a day is said within minutes all the same', async () => {
  const w = await world({ 'network/main.tf': tf('one') });
  w.open(1, { 'network/main.tf': tf('two') });
  // Plans take long here, so the board's progress waits for its time when the clock moves.
  w.tool.hooks.set('plan', async () => {
    w.tool.hooks.delete('plan');
    w.jump(-24 * hour);
    return undefined;
  });
  const began = w.ports.clock.monotonic();
  await w.event(1, 'opened');
  await w.until(() => boardOf(w, 1).includes('| planned |'));
  expect(w.ports.clock.monotonic() - began).toBeLessThan(50 * 60_000);
});

test.each([
  ['an hour', hour],
  ['a day', 24 * hour],
])(
  'what GitHub did not take before the clock was set back %s is sent again in its time',
  async (_words, by) => {
    const w = await world({ 'network/main.tf': tf('one') });
    w.open(1, { 'network/main.tf': tf('two') });
    w.forge.failNext('upsertComment', new ForgeError('limited', '429', 5 * 60_000));
    await w.event(1, 'opened');
    await w.until(() => w.complaints.some((line) => line.startsWith('GitHub limits us')));
    const pull = { repositoryId: repo.id, pullNumber: 1 };
    await w.until(async () => (await w.ports.store.runs.ofPull(pull, ['planned'])).length === 1);
    expect(boardOf(w, 1)).not.toContain('| planned |');
    w.jump(-by);
    // Nothing happens on the pull request that would have it wished for anew.
    const began = w.ports.clock.monotonic();
    await w.until(() => boardOf(w, 1).includes('| planned |'));
    expect(w.ports.clock.monotonic() - began).toBeLessThan(20 * 60_000);
  },
);
