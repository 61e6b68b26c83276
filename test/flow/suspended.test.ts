/** Nothing is applied for a time: who may say so, what it keeps, and what ends it. */
import { afterEach, describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import type { Forge } from '../../src/forge/port.ts';
import { answersOf, boardOf, rowOf, titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const backend = 'terraform {\n  backend "http" {}\n}\n';
const files = (...names: readonly string[]) =>
  Object.fromEntries(
    names.flatMap((name) => [
      [`${name}/backend.tf`, backend],
      [`${name}/main.tf`, 'small'],
    ]),
  );
const hour = 3_600_000;
const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const settled = async (world: MemoryWorld): Promise<void> => {
  await world.settled();
  await world.advance(2_000);
};

const says = async (world: MemoryWorld, body: string, who = people.ada, number = 1): Promise<string> => {
  const before = answersOf(world, number).length;
  await world.comment(number, body, who);
  await settled(world);
  return answersOf(world, number).slice(before);
};

const opened = async (
  operator = '',
  yaml = 'version: 1\nprojects:\n  - { dir: a, environment: prod }\n  - { dir: b, environment: prod }\n  - { dir: c }\n',
  forge: Partial<Forge> = {},
): Promise<MemoryWorld> => {
  const main = { ...files('a', 'b', 'c'), 'tidegate.yaml': yaml };
  const world = await createMemoryWorld({ main, operator, forge });
  worlds.push(world);
  world.open(1, { 'a/main.tf': 'large', 'c/main.tf': 'large' });
  await world.event(1, 'opened');
  await settled(world);
  return world;
};

/** Comments that nobody asked for, on any of the pull requests. */
const nudges = ({ forge }: MemoryWorld, number = 1): readonly string[] =>
  forge
    .comments(refOf(number))
    .map(({ body }) => body)
    .filter((body) => body.includes('tidegate:nudge:'));

const applies = ({ tool }: MemoryWorld) => tool.journal.filter((line) => line.startsWith('apply'));
const kinds = async ({ ports }: MemoryWorld, number = 1) =>
  (await ports.store.audit.ofPull({ repositoryId: repo.id, pullNumber: number })).map(({ kind }) => kind);

describe('/suspend', () => {
  it('keeps everybody from applying, on every pull request, while plans go on; and /resume ends that', async () => {
    const world = await opened();
    const told = await says(world, '/suspend a 4h it is being moved', people.grace);
    expect(told).toContain('**grace** asked for `/suspend a 4h it is being moved`');
    expect(told).toContain('- `a`');
    expect(rowOf(world, 'a')).toContain('its suspension by `grace` to end (');
    expect(titleOf(world)).toContain('what the rules ask for, then /apply');
    expect(boardOf(world)).toMatch(
      /`a` is suspended by `grace` until \d{4}-\d\d-\d\d \d\d:\d\d UTC: it is being moved/,
    );
    expect(boardOf(world)).toContain('plans go on');
    expect(await says(world, '/apply -p a')).toMatch(
      /`a` is suspended by `grace` until .*: `it is being moved`/,
    );
    // What is not suspended is applied as ever, and the rest is told.
    expect(await says(world, '/apply')).toContain('is suspended by `grace`');
    expect(applies(world)).toEqual(['apply c']);
    expect(await says(world, '/why -p a')).toMatch(/suspended.*it is being moved/);
    expect(await says(world, '/status')).toContain('`a` is suspended by `grace`');
    await says(world, '/plan -p a');
    expect(world.tool.journal.filter((line) => line === 'plan a')).toHaveLength(2);
    world.open(2, { 'a/main.tf': 'other' });
    await world.event(2, 'opened');
    await settled(world);
    await world.edit(1, { state: 'closed' });
    await world.event(1, 'closed');
    await settled(world);
    expect(await says(world, '/apply', people.ada, 2)).toContain('is suspended by `grace`');
    expect(applies(world)).toEqual(['apply c']);
    // Said on another pull request than it was begun on.
    expect(await says(world, '/resume a', people.ada, 2)).toContain('`a` was suspended by `grace` until');
    expect(boardOf(world, 2)).not.toContain('is suspended');
    await says(world, '/apply', people.ada, 2);
    expect(applies(world)).toEqual(['apply c', 'apply a']);
    expect(await kinds(world)).toEqual(expect.arrayContaining(['project.suspended', 'project.resumed']));
    expect(nudges(world)).toEqual([]);
    expect(await says(world, '/resume a', people.ada, 2)).toContain('None of the projects');
  });

  it('chooses by environment of the base branch, whatever the pull request affects or calls things', async () => {
    const world = await opened();
    world.open(3, {
      'tidegate.yaml':
        'version: 1\nprojects:\n  - { dir: a, name: b }\n  - { dir: b, name: a, environment: dev }\n',
    });
    await world.event(3, 'opened');
    await settled(world);
    expect(await says(world, '/suspend b 1h why', people.ada, 3)).toContain('- `b`');
    expect(await says(world, '/apply -p a')).not.toContain('is suspended');
    expect(await says(world, '/suspend -e prod 1h why', people.ada, 3)).toMatch(/- `a`\n- `b`/);
    const keys = (await world.ports.store.suspensions.all()).map(({ project }) => project.key);
    expect(new Set(keys)).toEqual(new Set([`${repo.id}:a:default:*`, `${repo.id}:b:default:*`]));
    expect(await says(world, '/suspend nothing 1h why')).toContain('matches no project');
    expect(await says(world, '/resume -e prod')).toMatch(/- `a` was.*\n- `b` was/);
    expect(await world.ports.store.suspensions.all()).toEqual([]);
  });

  it('is for those who may apply, and for whom a rule names; so is /resume', async () => {
    const world = await opened(
      'rules: [{match: a, who_may: {apply: {users: [grace]}}}, {match: c, who_may: {suspend: {users: [margaret]}}}]\n',
    );
    expect(await says(world, '/suspend a 1h why', people.mallory)).toContain('needs write permission');
    expect(await says(world, '/suspend a 1h why')).toContain('needs `grace`');
    expect(await says(world, '/suspend c 1h why')).toContain('needs `margaret`');
    expect(await says(world, '/suspend * 1h why', people.grace)).toContain('needs `margaret`');
    expect(await world.ports.store.suspensions.all()).toEqual([]);
    expect(await says(world, '/suspend a 1h why', people.grace)).toContain('- `a`');
    expect(await says(world, '/resume a')).toContain('needs `grace`');
    expect(await world.ports.store.suspensions.all()).toHaveLength(1);
  });

  it('is no longer than the operator lets it, and 8 hours where nobody says', async () => {
    const world = await opened('suspend: { default: 2h, longest: 3h }\n');
    expect(await says(world, '/suspend a 4h why')).toContain(
      '4h is longer than a project may be suspended here, which is 3h',
    );
    await says(world, '/suspend a why');
    const [one] = await world.ports.store.suspensions.all();
    expect((one?.until ?? 0) - (one?.since ?? 0)).toBe(2 * hour);
  });
});

describe('the end of a suspension', () => {
  it('is told once before and once when it has come, where it was said, and wakes what waits', async () => {
    const world = await opened('', 'version: 1\nprojects: [{ dir: a, apply: auto }, { dir: c }]\n');
    // It was applied by itself; the next one is to wait.
    expect(applies(world)).toEqual(['apply a']);
    await says(world, '/suspend * 4h it is being moved', people.grace);
    world.open(2, { 'a/main.tf': 'other' });
    await world.edit(1, { state: 'closed' });
    await world.event(1, 'closed');
    await world.event(2, 'opened');
    await settled(world);
    expect(rowOf(world, 'a', 2)).toContain('then its apply, which begins by itself');
    await world.advance(3 * hour);
    await settled(world);
    expect(nudges(world)).toEqual([]);
    await world.advance(0.6 * hour);
    await settled(world);
    expect(nudges(world)).toEqual([expect.stringMatching(/The suspension of `a`, `c` ends at/)]);
    expect(applies(world)).toEqual(['apply a']);
    await world.advance(0.6 * hour);
    await settled(world);
    expect(nudges(world)).toEqual([
      expect.stringContaining('ends at'),
      expect.stringMatching(/The suspension of `a`, `c` is over/),
    ]);
    expect(nudges(world, 2)).toEqual([]);
    expect(applies(world)).toEqual(['apply a', 'apply a']);
    await world.crash();
    await world.advance(5 * hour);
    await settled(world);
    expect(nudges(world)).toHaveLength(2);
    expect(await kinds(world)).toEqual(expect.arrayContaining(['project.suspended', 'suspension.over']));
  });

  it('comes by our clock, also while nobody is there to see it, and no earlier', async () => {
    const world = await opened();
    await says(world, '/suspend a 4h why', people.grace);
    await world.crash();
    await settled(world);
    expect(await says(world, '/apply -p a')).toContain('is suspended');
    world.jump(5 * hour);
    expect(await says(world, '/apply -p a')).not.toContain('is suspended');
    expect(applies(world)).toEqual(['apply a']);
  });

  it('has not come while another word stands', async () => {
    const world = await opened();
    await says(world, '/suspend a 4h why', people.grace);
    await says(world, '/suspend a 1h deploy');
    await world.advance(2 * hour);
    await settled(world);
    expect(await says(world, '/apply -p a')).toContain('is suspended by `grace`');
    expect(await says(world, '/resume a')).toContain('`a` was suspended by `grace`');
    await says(world, '/apply -p a');
    expect(applies(world)).toEqual(['apply a']);
  });
});

describe('a suspension that comes at the last moment', () => {
  it('is heard between the last look and the start of the tool', async () => {
    const said: (() => Promise<unknown>)[] = [];
    const world = await opened('', undefined, {
      // Asked by the gate of every apply, after it has read what is suspended.
      permission: async () => {
        await said.at(0)?.();
        return 'write';
      },
    });
    const { suspensions, runs } = world.ports.store;
    said.push(async () => {
      const [apply] = (await runs.inState(['queued'])).filter(({ verb }) => verb === 'apply');
      if (apply === undefined) return;
      const now = world.ports.clock.now();
      await suspensions.add({
        ...{ project: apply.project, repo, pullNumber: 1, commentId: 999, by: people.grace, reason: 'stop' },
        ...{ since: now, until: now + hour, reminded: false },
      });
    });
    expect(await says(world, '/apply -p a')).toContain('is suspended by `grace`');
    expect(await kinds(world)).toContain('apply.allowed');
    expect(applies(world)).toEqual([]);
  });
});

describe('suspend in a file of the base branch', () => {
  const createdAt = () => createVirtualClock().clock.now();
  const until = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
  const file = (ends: number) =>
    `version: 1\nprojects:\n  - { dir: a, apply: auto, suspend: { by: grace, reason: the winter freeze, until: "${until(ends)}" } }\n  - { dir: c }\n`;

  it('holds as one of a comment does, until its time, and is ended by no /resume', async () => {
    const start = createdAt();
    const world = await opened('', file(start + 6 * hour));
    expect(applies(world)).toEqual([]);
    expect(boardOf(world)).toMatch(
      /`a` is suspended by `grace` in tidegate\.yaml of the base branch, line 3 until .* the winter freeze/,
    );
    expect(await says(world, '/apply -p a')).toContain('the winter freeze');
    expect(await says(world, '/resume a')).toContain('is still suspended until');
    expect(applies(world)).toEqual([]);
    await world.advance(7 * hour);
    await settled(world);
    expect(applies(world)).toEqual(['apply a']);
  });

  it('is not ended by a pull request that takes it out, before that is merged', async () => {
    const world = await opened('', file(createdAt() + 6 * hour));
    world.open(1, {
      'a/main.tf': 'larger',
      'tidegate.yaml': 'version: 1\nprojects: [{ dir: a }, { dir: c }]\n',
    });
    await world.event(1, 'synchronize');
    await settled(world);
    expect(await says(world, '/apply -p a')).toContain('the winter freeze');
    expect(boardOf(world)).toContain('`suspend`');
    expect(applies(world)).toEqual([]);
  });
});
