/** What the tool warns of reaches whoever reviews: in the fold, counted in the heading, the first of it in the check. */
import { afterEach, expect, it } from 'vitest';
import { boardOf, titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld, repo } from '../support/memory-world.ts';

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const warning = (name: string): string =>
  `╷\n│ Warning: Value for undeclared variable\n│ \n│ The root module does not declare a variable named "${name}".\n╵\n`;

const planned = async (printed: string): Promise<MemoryWorld> => {
  const world = await createMemoryWorld({
    main: { 'network/main.tf': 'terraform {\n  backend "http" {}\n}\n' },
  });
  worlds.push(world);
  world.tool.prints.set('init', printed);
  world.tool.prints.set('plan', `Plan: 1 to add.\n${printed}`);
  world.open(1, { 'network/main.tf': 'terraform {\n  backend "http" {}\n}\n# large\n' });
  await world.event(1, 'opened');
  await world.settled();
  await world.advance(2_000);
  return world;
};

const summaryOf = (world: MemoryWorld): string =>
  world.forge
    .checks(repo)
    .filter(({ headSha }) => headSha === world.ask(1).head.sha)
    .find(({ name }) => name === 'tidegate/plan')?.summary ?? '';

it('is told where people look', async () => {
  const world = await planned(warning('instnace_type') + warning('regoin'));
  const board = boardOf(world);
  expect(board).toContain('Plan: 1 to add; 2 warnings');
  expect(board).toContain('<code>network</code></b>: 1 to add; 2 warnings');
  expect(board).toContain('**Value for undeclared variable**');
  expect(board).toContain('instnace');
  expect(titleOf(world, 1, 'tidegate/plan')).toBe('success: 1 project planned: 1 to add; 2 warnings');
  expect(summaryOf(world)).toContain('The first warning, of `network`: Value for undeclared variable');
  await world.comment(1, '/apply');
  await world.settled();
  await world.advance(2_000);
  expect(boardOf(world)).toContain('Applied: 1 added');
});

it('has its place, and how many are like it', async () => {
  const deprecated =
    '╷\n│ Warning: Argument is deprecated\n│ \n│   on main.tf line 12, in resource "a" "b":\n│   12:   acl = 1\n│ \n│ Use another\n│ \n│ (and 3 more similar warnings elsewhere)\n╵\n';
  const board = boardOf(await planned(deprecated));
  expect(board).toContain('Plan: 1 to add; 4 warnings');
  expect(board).toContain('- **Argument is deprecated** at `main.tf:12`: Use another (and 3 more like it)\n');
});

it('is not told where there is nothing to tell', async () => {
  const world = await planned('Terraform has been successfully initialized!\n');
  expect(boardOf(world)).not.toContain('arning');
  expect(titleOf(world, 1, 'tidegate/plan')).toBe('success: 1 project planned: 1 to add');
});
