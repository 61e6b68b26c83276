import { afterEach, expect, test } from 'vitest';
import { createMemoryWorld, type MemoryWorld, refOf, repo } from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;

/** A step of the tool in one folder that ends when told. */
const hold = (w: MemoryWorld, step: string, dir: string) => {
  const go = Promise.withResolvers<void>();
  let begun = false;
  w.tool.hooks.set(step, async (of) => {
    if (of !== dir) return undefined;
    begun = true;
    await go.promise;
    return undefined;
  });
  return { begun: () => w.until(() => begun), release: go.resolve };
};

const checkOf = (w: MemoryWorld, sha: string, name: string) =>
  w.forge.checks(repo).findLast((one) => one.headSha === sha && one.name === name);
const boardOf = (w: MemoryWorld, number: number): string =>
  w.forge.comments(refOf(number)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';

test('a server that drains waits for its apply, says what plans wait for, and begins nothing', async () => {
  const w = await createMemoryWorld({ main: { 'a/main.tf': tf('one'), 'b/main.tf': tf('one') } });
  open.push(w);
  w.open(1, { 'a/main.tf': tf('two') });
  await w.event(1, 'opened');
  await w.settled();
  const apply = hold(w, 'apply', 'a');
  await w.comment(1, '/apply');
  await apply.begun();
  const pull = w.open(2, { 'b/main.tf': tf('two') });
  const plan = hold(w, 'plan', 'b');
  await w.event(2, 'opened');
  await plan.begun();
  let drained = false;
  const drain = w.road.drain(3_600_000).then(() => {
    drained = true;
  });
  plan.release();
  await w.until(() => boardOf(w, 2).includes('waits for the server, which is being restarted'));
  await w.until(() => checkOf(w, pull.head.sha, 'tidegate/plan')?.title.includes('restarted') === true);
  expect(checkOf(w, pull.head.sha, 'tidegate/plan')).toMatchObject({ status: 'in_progress' });
  // What comes now is kept for the next server.
  w.open(3, { 'b/main.tf': tf('three') });
  await w.event(3, 'opened');
  await w.advance(60_000);
  expect(w.tool.journal).toEqual(['plan a', 'apply a', 'plan b']);
  expect(drained).toBe(false);
  apply.release();
  await w.until(() => drained);
  await drain;
  await w.road.stop();
  expect(boardOf(w, 1)).toContain('✓ applied');
  w.tool.hooks.clear();
  await w.crash();
  await w.settled();
  expect(w.tool.journal.filter((line) => line === 'apply a')).toHaveLength(1);
  expect(boardOf(w, 2)).toContain('/apply -p b');
});
