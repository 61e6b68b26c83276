/** An administrator applies past what rules ask for: what is passed, what is told, and whom it is for. */
import { afterEach, describe, expect, it } from 'vitest';
import { answersOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const files = { 'a/backend.tf': 'terraform {\n  backend "http" {}\n}\n', 'a/main.tf': 'small' };
const rules = 'rules: [{match: a, requirements: [approved]}]\n';
const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const settled = async (world: MemoryWorld): Promise<void> => {
  await world.settled();
  await world.advance(2_000);
};

const opened = async (operator = rules): Promise<MemoryWorld> => {
  const world = await createMemoryWorld({ main: files, operator });
  worlds.push(world);
  world.open(1, { 'a/main.tf': 'large' });
  await world.event(1, 'opened');
  await settled(world);
  return world;
};

const says = async (world: MemoryWorld, body: string, who = people.margaret): Promise<string> => {
  const before = answersOf(world).length;
  await world.comment(1, body, who);
  await settled(world);
  return answersOf(world).slice(before);
};

const applies = ({ tool }: MemoryWorld) => tool.journal.filter((line) => line.startsWith('apply'));
const told = ({ forge }: MemoryWorld) =>
  forge
    .comments(refOf(1))
    .map(({ body }) => body)
    .filter((body) => body.includes('tidegate:nudge:break-glass'));

describe('/apply --override', () => {
  it('passes what people have to agree to, and says so everywhere', async () => {
    const world = await opened();
    await says(world, '/suspend a 4h it is being moved', people.grace);
    expect(await says(world, '/apply')).toContain('is suspended');
    await says(world, '/apply --override the site is down');
    expect(applies(world)).toEqual(['apply a']);
    const [comment, ...others] = told(world);
    expect(others).toEqual([]);
    expect(comment).toContain(
      '**margaret applies past what the rules ask for.** The reason: the site is down',
    );
    expect(comment).toContain('- `a` was applied (1 to add)');
    expect(comment).toContain('passed `suspended`');
    expect(comment).toContain('passed `approved`');
    const rows = await world.ports.store.audit.ofPull({ repositoryId: repo.id, pullNumber: 1 });
    const gate = rows.findLast(({ kind }) => kind === 'apply.allowed');
    expect(gate?.facts).toMatchObject({ passed: [{ name: 'suspended' }, { name: 'approved' }] });
    // It was of that plan alone.
    world.open(1, { 'a/main.tf': 'larger' });
    await world.event(1, 'synchronize');
    await settled(world);
    expect(await says(world, '/apply')).toContain('is suspended');
    expect(applies(world)).toEqual(['apply a']);
  });

  it('is for administrators alone, and for nobody where the operator says never', async () => {
    const world = await opened();
    expect(await says(world, '/apply --override I am in a hurry', people.grace)).toContain(
      'needs anybody with admin permission',
    );
    expect(await says(world, '/apply --override')).toContain('needs a reason');
    expect(applies(world)).toEqual([]);
    const other = await opened(`${rules}break_glass: never\n`);
    expect(await says(other, '/apply --override the site is down')).toContain('is switched off');
    expect(applies(other)).toEqual([]);
    expect([...told(world), ...told(other)]).toEqual([]);
  });
});
