import { afterEach, expect, test } from 'vitest';
import {
  createMemoryWorld,
  type MemoryWorld,
  type MemoryWorldOptions,
  refOf,
} from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
const world = async (options: MemoryWorldOptions): Promise<MemoryWorld> => {
  const made = await createMemoryWorld(options);
  open.push(made);
  return made;
};
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const backend = 'terraform {\n  backend "http" {}\n}\n';
const tf = (text: string) => `${backend}# ${text}\n`;

test('a change goes from opened to applied', async () => {
  const w = await world({ main: { 'network/main.tf': tf('one') } });
  w.open(1, { 'network/main.tf': tf('two') });
  await w.event(1, 'opened');
  await w.settled();
  await w.comment(1, '/apply');
  await w.settled();
  expect(w.complaints).toEqual([]);
  expect(w.tool.journal).toEqual(['plan network', 'apply network']);
});
