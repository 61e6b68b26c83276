/** `/apply` while an apply is under way is told who applies it since when, and not that there is no plan. */
import { afterEach, expect, it } from 'vitest';
import { answersOf, boardOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld, people } from '../support/memory-world.ts';

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const stack = 'terraform {\n  backend "http" {}\n}\n';

it.each([
  [['network'], '`network` is being applied already, by `ada` since 20'],
  [
    ['database', 'network'],
    '`database` is being applied already, by `ada` since 20\\d\\d-[^,]* UTC, and so is 1 more',
  ],
])('of %j', async (dirs, words) => {
  const main = Object.fromEntries(dirs.map((dir) => [`${dir}/main.tf`, stack]));
  const world = await createMemoryWorld({ main });
  worlds.push(world);
  world.open(1, Object.fromEntries(dirs.map((dir) => [`${dir}/main.tf`, `${stack}# large\n`])));
  await world.event(1, 'opened');
  await world.settled();
  const go = Promise.withResolvers<undefined>();
  world.tool.hooks.set('apply', () => go.promise);
  await world.comment(1, '/apply', people.ada);
  await world.until(() => world.tool.journal.some((line) => line.startsWith('apply ')));
  await world.comment(1, '/apply', people.grace);
  await world.until(() => answersOf(world).includes('already'));
  expect(answersOf(world)).toMatch(new RegExp(words));
  expect(answersOf(world)).not.toContain('There is no plan');
  go.resolve(undefined);
  await world.settled();
  await world.advance(2_000);
  expect(boardOf(world)).toContain('Applied');
  expect(world.tool.journal.filter((line) => line.startsWith('apply '))).toHaveLength(dirs.length);
});
