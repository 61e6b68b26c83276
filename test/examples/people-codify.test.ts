import { describe, expect, it } from 'vitest';
import { peopleWorld, type Row } from './people-world.ts';

type World = ReturnType<typeof peopleWorld>;

/** What somebody did in a system, past Git. */
const change = (world: World, system: string, login: string, more: Partial<Row>): void => {
  const { accounts, ...rest } = world.system(system);
  const changed = accounts.map((one) => (one.login === login ? { ...one, ...more } : one));
  world.setSystem(system, { ...rest, accounts: changed });
};

/** Lines that are others, each as it was and as it is. */
const differing = (before: string, after: string): readonly (readonly [string, string])[] => {
  const [old, now] = [before.split('\n'), after.split('\n')];
  expect(now).toHaveLength(old.length);
  return old.flatMap((line, at) =>
    line === now[at] ? [] : [[line.trim(), (now[at] ?? '').trim()] as const],
  );
};

describe('codify of the people example', () => {
  it('leaves a file alone that says what is there', async () => {
    const world = peopleWorld();
    const before = world.people();
    expect(await world.ask(['codify'])).toEqual({ exit: 0, text: 'On 2026-11-22: 0 written down.' });
    expect(world.people()).toBe(before);
  });

  it('writes what was changed in its place and nothing else, so that nothing is left to change, and names nobody', async () => {
    const world = peopleWorld();
    const before = world.people();
    for (const system of ['directory', 'github']) change(world, system, 'charles', { state: 'suspended' });
    for (const system of ['directory', 'github'])
      change(world, system, 'ada', { team: 'engines', name: "Ada O'King: Lovelace" });
    change(world, 'directory', 'ada', { roles: ['staff', 'administrator'] });
    change(world, 'github', 'ada', { roles: ['owner'] });
    expect((await world.plan()).exit).toBe(2);
    const { exit, text } = await world.ask(['codify']);
    expect([exit, text]).toEqual([0, 'written  p-1001\nwritten  p-1003\nOn 2026-11-22: 2 written down.']);
    expect(differing(before, world.people())).toEqual([
      ['name: Ada Lovelace', 'name: "Ada O\'King: Lovelace"'],
      ['team: platform', 'team: engines'],
      ['roles: [lead]', 'roles: [administrator]'],
      ['systems: [directory, github]', 'systems: []'],
    ]);
    expect((await world.plan()).exit).toBe(0);
  });

  it('writes over lists in lines of their own, and leaves the comment behind a value', async () => {
    const world = peopleWorld();
    world.edit(
      '    team: platform\n    roles: [lead]\n',
      '    team: platform # since May\n    roles:\n      - lead\n',
    );
    change(world, 'github', 'ada', { roles: ['member'] });
    expect((await world.ask(['codify'])).exit).toBe(0);
    expect(world.people()).toContain(
      '    team: platform # since May\n    roles:\n      [engineer]\n    systems:',
    );
    expect((await world.plan()).exit).toBe(0);
  });

  it.each<readonly [string, (world: World) => void]>([
    ['no role means', (world) => change(world, 'github', 'ada', { roles: ['owner', 'member'] })],
    ['is not the same in every system', (world) => change(world, 'github', 'ada', { team: 'engines' })],
  ])('writes nothing where what is there %s, and says of whom', async (_what, act) => {
    const world = peopleWorld();
    const before = world.people();
    // What could be written down is not either.
    change(world, 'directory', 'charles', { state: 'suspended' });
    act(world);
    const { exit, text } = await world.ask(['codify']);
    expect(exit).toBe(1);
    expect(text).toMatch(/^people\.yaml has no words for this:\ngithub\/p-1001 \(A\.L\.\) is not as written/);
    expect(world.people()).toBe(before);
  });
});
