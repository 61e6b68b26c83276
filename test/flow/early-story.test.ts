import { afterEach, expect, test } from 'vitest';
import { createMemoryWorld, type MemoryWorld, people, refOf } from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const main = {
  'app/main.tf':
    'terraform {\n  backend "http" {}\n}\nlocals {\n  src = "../modules/m1"\n}\nmodule "m" {\n  source = local.src\n}\n',
  'modules/m1/main.tf': '# one\n',
};
const world = async (): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({ main });
  open.push(w);
  return w;
};
const opened = async (w: MemoryWorld, change: Readonly<Record<string, string>>): Promise<string> => {
  const pull = w.open(1, change);
  await w.event(1, 'opened');
  await w.settled();
  return pull.head.sha;
};
const comments = (w: MemoryWorld): string =>
  w.forge
    .comments(refOf(1))
    .map(({ body }) => body)
    .join('\n');

test('a module from elsewhere by the value of a local is not fetched before somebody trusts it', async () => {
  const w = await world();
  const evil = 'git::https://evil.example/x.git';
  const head = await opened(w, { 'app/main.tf': main['app/main.tf'].replace('../modules/m1', evil) });
  expect(w.tool.journal).toEqual([]);
  expect(comments(w)).toContain(evil);
  await w.comment(1, `/trust ${head}`, people.grace);
  await w.settled();
  expect(w.tool.journal).toEqual(['plan app']);
});

test('a change of the module that the local leads to is planned', async () => {
  const w = await world();
  await opened(w, { 'modules/m1/main.tf': '# two\n' });
  expect(w.tool.journal).toEqual(['plan app']);
});

test('twin: where no expression leads there nothing is planned', async () => {
  const w = await world();
  await opened(w, { 'modules/m2/main.tf': '# two\n' });
  expect(w.tool.journal).not.toContain('plan app');
});
