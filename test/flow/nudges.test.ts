/** Decision 31: when there is a new comment, and when there is none. */
import { afterEach, describe, expect, it } from 'vitest';
import { ForgeError } from '../../src/forge/port.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf } from '../support/memory-world.ts';

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const network = (text: string) => ({ 'network/main.tf': tf(text) });
const cluster = (text: string) => ({ 'cluster/main.tf': tf(text) });

const begin = async (rule = ''): Promise<MemoryWorld> => {
  const operator = rule === '' ? '' : `rules: [{match: "**", ${rule}}]\n`;
  const main = { ...network('small'), ...cluster('small') };
  const world = await createMemoryWorld({ main, operator });
  worlds.push(world);
  return world;
};

const opened = async (world: MemoryWorld, number: number, files: Record<string, string>): Promise<void> => {
  world.open(number, files);
  await world.event(number, 'opened');
  await world.settled();
};
const says = async (world: MemoryWorld, number: number, body: string, by = people.ada): Promise<void> => {
  await world.comment(number, body, by);
  await world.settled();
};
const approve = async (world: MemoryWorld, number: number): Promise<void> => {
  // Forges tell whole seconds: what is approved in the second in which it was shown first does not count.
  await world.advance(5_000);
  world.forge.addReview(refOf(number), {
    author: people.grace,
    state: 'approved',
    commit: world.ask(number).head.sha,
    submittedAt: world.ports.clock.now(),
  });
  await world.advance(5_000);
};

/** Kinds of our comments, as they came; `board` is the one that is edited. */
const kinds = (world: MemoryWorld, number: number): readonly string[] =>
  world.forge
    .comments(refOf(number))
    .flatMap(({ ours, body }) =>
      ours ? [/tidegate:(board|reply|nudge:[a-z-]+)/.exec(body)?.[1] ?? 'unmarked'] : [],
    );
const nudges = (world: MemoryWorld, number: number): readonly string[] =>
  world.forge
    .comments(refOf(number))
    .filter(({ ours, body }) => ours && body.includes('tidegate:nudge:'))
    .map(({ body }) => body);

describe('there is no new comment', () => {
  it('from the first plan to the merge, whatever is pushed and planned again on the way', {
    tags: ['long'],
  }, async () => {
    const world = await begin();
    await opened(world, 1, network('large'));
    await approve(world, 1);
    world.open(1, network('larger'));
    await world.event(1, 'synchronize');
    await world.settled();
    world.tool.hooks.set('plan', () => ({ exitCode: 1, text: 'no such thing' }));
    await says(world, 1, '/plan');
    world.tool.hooks.delete('plan');
    await says(world, 1, '/plan');
    await says(world, 1, '/apply');
    expect(world.tool.state.get('network')).toBe(tf('larger'));
    await world.merge(1, network('larger'));
    await world.settled();
    expect(kinds(world, 1)).toEqual(['board']);
  });

  it('where an apply is refused: whoever asked has an answer', async () => {
    const world = await begin('requirements: [approved]');
    await opened(world, 1, network('large'));
    await says(world, 1, '/apply');
    expect(kinds(world, 1)).toEqual(['board', 'reply']);
  });
});

describe('there is one', () => {
  it('where an apply failed, for all of its projects, however often it is told', async () => {
    const world = await begin();
    await opened(world, 1, { ...network('large'), ...cluster('large') });
    world.tool.hooks.set('apply', () => ({ exitCode: 1, text: 'access denied' }));
    await says(world, 1, '/apply');
    expect(kinds(world, 1)).toEqual(['board', 'nudge:stopped']);
    const [said = ''] = nudges(world, 1);
    expect(said).toContain('**The apply of `cluster` and `network` failed.**');
    expect(said).not.toMatch(/@\w/);
    await world.crash();
    await world.settled();
    await world.event(1, 'synchronize');
    await says(world, 1, '/plan');
    expect(nudges(world, 1)).toEqual([said]);
    // Another apply is another event.
    await says(world, 1, '/apply -p network');
    expect(nudges(world, 1)).toHaveLength(2);
  });

  it('where GitHub took it and its answer was lost', async () => {
    const world = await begin();
    await opened(world, 1, network('large'));
    world.tool.hooks.set('apply', () => ({ exitCode: 1, text: 'access denied' }));
    const lost = () => new ForgeError('unavailable', 'the answer was lost');
    // The board of the result, then the nudge, and each once more.
    for (let times = 0; times < 4; times += 1) world.forge.failNext('upsertComment', lost(), 'after');
    await says(world, 1, '/apply');
    await world.advance(120_000);
    await world.settled();
    expect(kinds(world, 1)).toEqual(['board', 'nudge:stopped']);
  });

  it('where nobody knows how an apply ended', async () => {
    const world = await begin();
    await opened(world, 1, network('large'));
    world.tool.hooks.set('apply', () => ({ ended: 'signal', exitCode: null, text: 'killed' }));
    await says(world, 1, '/apply');
    expect(kinds(world, 1)).toEqual(['board', 'nudge:unknown']);
    expect(nudges(world, 1)[0]).toContain('`/recover`');
    await world.crash();
    await world.settled();
    expect(nudges(world, 1)).toHaveLength(1);
  });

  it('where what waited in line was planned, and none where there is nothing to change', async () => {
    const world = await begin();
    await opened(world, 1, network('large'));
    await opened(world, 2, network('larger'));
    await opened(world, 3, { 'network/note.tf': '# words\n' });
    world.tool.state.set('network', tf('small'));
    expect(kinds(world, 2)).toEqual(['board']);
    for (const number of [1, 2]) {
      world.edit(number, { state: 'closed' });
      await world.event(number, 'closed');
      await world.settled();
    }
    expect(kinds(world, 2)).toEqual(['board', 'nudge:turn']);
    expect(nudges(world, 2)[0]).toContain('it is the turn of this pull request.** `network` was planned');
    expect(kinds(world, 3)).toEqual(['board']);
  });

  it('where a plan that was approved is another one, and nobody pushed', async () => {
    const world = await begin('requirements: [approved]');
    await opened(world, 1, network('large'));
    await approve(world, 1);
    // Somebody's hand in the world, and a base branch that moves.
    world.tool.state.set('network', tf('by hand'));
    world.main({ 'network/more.tf': '# more\n' });
    await says(world, 1, '/apply');
    await world.advance(60_000);
    await world.settled();
    expect(kinds(world, 1)).toEqual(['board', 'reply', 'nudge:approvals']);
    expect(nudges(world, 1)[0]).toContain('`network`, approved by `grace`');
    await world.crash();
    await world.settled();
    await says(world, 1, '/status');
    expect(nudges(world, 1)).toHaveLength(1);
  });

  it('where a merge asks for what cannot be applied by itself', { tags: ['long'] }, async () => {
    const world = await begin('apply: merge');
    await opened(world, 1, network('large'));
    await world.advance(5_000);
    world.tool.hooks.set('plan', () => ({ exitCode: 1, text: 'no such thing' }));
    await world.merge(1, network('large'));
    await world.settled();
    expect(kinds(world, 1)).toEqual(['board', 'nudge:after-merge']);
    expect(nudges(world, 1)[0]).toContain('- `network`: `/plan -p network`');

    await opened(world, 2, cluster('large'));
    await world.advance(5_000);
    world.tool.hooks.delete('plan');
    world.tool.state.set('cluster', tf('by hand'));
    await world.merge(2, cluster('large'));
    await world.settled();
    expect(kinds(world, 2)).toEqual(['board', 'nudge:after-merge']);
  });

  it('where somebody else took its lock away', async () => {
    const world = await begin();
    await opened(world, 1, network('large'));
    await opened(world, 2, network('larger'));
    await says(world, 2, '/unlock -p network', people.margaret);
    expect(kinds(world, 1)).toEqual(['board', 'nudge:lock-taken']);
    expect(nudges(world, 1)[0]).toContain('**margaret took the lock of `network` away.**');
    expect(kinds(world, 2)).toContain('reply');
  });
});
