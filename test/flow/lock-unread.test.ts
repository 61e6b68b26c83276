import { StatementSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import { createMemoryWorld, type MemoryWorld, refOf } from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
let mend = (): void => {};
afterEach(async () => {
  mend();
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const said = (w: MemoryWorld): string =>
  w.forge
    .comments(refOf(1))
    .map(({ body }) => body)
    .join('\n');

/** Below everything of ours: of the questions who holds this lock, that one, and none other, cannot be answered. The comment asks for all of a pull request. */
const breakOne = (nth: number): { readonly isBroken: () => boolean } => {
  let asked = 0;
  const { all } = StatementSync.prototype;
  const guarded = function (this: StatementSync, ...values: never[]) {
    if (!/^\s*select\b.*\bfrom "locks" where "project_key"/is.test(this.sourceSQL))
      return Reflect.apply(all, this, values);
    asked += 1;
    if (asked !== nth) return Reflect.apply(all, this, values);
    throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 10 });
  };
  Object.assign(StatementSync.prototype, { all: guarded });
  mend = () => void Object.assign(StatementSync.prototype, { all });
  return { isBroken: () => asked >= nth };
};

const planned = async (): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({ main: { 'network/main.tf': tf('one') }, realStore: true });
  open.push(w);
  w.open(1, { 'network/main.tf': tf('two') });
  await w.event(1, 'opened');
  await w.settled();
  return w;
};

test.each([
  ['the gate', 1],
  ['whoever takes the plan', 2],
])('an apply whose lock %s cannot ask about starts no tool', async (_who, nth) => {
  const w = await planned();
  let isBroken = () => false;
  // With the apply on its way: the tool's version is the last thing read before the gate.
  w.tool.hooks.set('version', () => {
    isBroken = breakOne(nth).isBroken;
    return undefined;
  });
  await w.comment(1, '/apply');
  await w.settled();
  expect(isBroken()).toBe(true);
  expect(w.tool.journal).toEqual(['plan network']);
  expect(said(w)).toContain('Tidegate failed while it worked on this');
  mend();
  w.tool.hooks.clear();
  await w.comment(1, '/apply');
  await w.settled();
  expect(w.tool.journal).toEqual(['plan network', 'apply network']);
});
