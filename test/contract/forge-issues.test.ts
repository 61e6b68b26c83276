import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { githubWorld } from './forge/github-world.ts';
import { memoryWorld } from './forge/memory-world.ts';
import type { World } from './forge/world.ts';

describe.each([
  ['memory', memoryWorld],
  ['github', githubWorld],
])('the forge %s, asked about issues', (_name, make) => {
  let world: World;
  let count = 0;
  beforeAll(async () => {
    world = await make();
  });
  afterAll(() => world.stop());

  const wish = (more: { readonly state?: 'open' | 'closed' } = {}) => {
    count += 1;
    const marker = `<!-- tidegate:drift:${count}. -->`;
    const text = { title: `Drift of project ${count}`, body: `What differs.\n${marker}` };
    return { number: null, marker, ...text, state: 'open' as const, ...more };
  };
  const its = (number: number) => world.issues().find((one) => one.number === number);
  const numberOf = (answer: number | string): number => {
    if (typeof answer === 'string') throw new Error(answer);
    return answer;
  };

  test('opens one, which is ours, and has a number of its own among pull requests', async () => {
    const pull = await world.openPull('beside');
    const asked = wish();
    const number = numberOf(await world.forge.upsertIssue(world.repo, asked));
    expect(number).not.toBe(pull.number);
    expect(its(number)).toMatchObject({ title: asked.title, body: asked.body, state: 'open' });
    const ref = { repo: world.repo, number };
    expect(await world.forge.issue(ref)).toEqual({
      ref,
      title: asked.title,
      url: expect.stringMatching(new RegExp(`/issues/${number}$`)),
      state: 'open',
      isOurs: true,
    });
    expect(await world.forge.issue(pull)).toBeNull();
    expect(await world.forge.issue({ ...pull, number: 999 })).toBeNull();
    await expect(world.forge.pull(ref)).rejects.toMatchObject({ failure: 'gone' });
  });

  test('edits, closes and opens again the one whose number it is given', async () => {
    const asked = wish();
    const number = numberOf(await world.forge.upsertIssue(world.repo, asked));
    const before = world.issues().length;
    const body = `Nothing differs any more.\n${asked.marker}`;
    expect(await world.forge.upsertIssue(world.repo, { ...asked, number, body, state: 'closed' })).toBe(
      number,
    );
    expect(its(number)).toMatchObject({ body, state: 'closed' });
    expect(await world.forge.issue({ repo: world.repo, number })).toMatchObject({ state: 'closed' });
    expect(await world.forge.upsertIssue(world.repo, { ...asked, number })).toBe(number);
    expect(its(number)).toMatchObject({ body: asked.body, state: 'open' });
    expect(world.issues()).toHaveLength(before);
  });

  test('finds its own by the marker where the answer of its creation was lost, open or closed', async () => {
    const asked = wish();
    world.failNextCreate('upsertIssue', 'lost answer');
    await expect(world.forge.upsertIssue(world.repo, asked)).rejects.toMatchObject({
      failure: 'unavailable',
    });
    const number = numberOf(await world.forge.upsertIssue(world.repo, asked));
    const same = () => world.issues().filter(({ title }) => title === asked.title);
    expect(same()).toHaveLength(1);
    await world.changeIssue(number, { state: 'closed' });
    expect(await world.forge.upsertIssue(world.repo, asked)).toBe(number);
    expect(same()).toMatchObject([{ number, state: 'open' }]);
  });

  test('takes no issue of somebody else who copied the marker', async () => {
    const asked = wish();
    const theirs = await world.openIssue(asked.title, asked.body);
    expect(await world.forge.issue({ repo: world.repo, number: theirs })).toMatchObject({ isOurs: false });
    const number = numberOf(await world.forge.upsertIssue(world.repo, asked));
    expect(number).not.toBe(theirs);
    expect(await world.forge.upsertIssue(world.repo, asked)).toBe(number);
  });

  test('makes a new one where the one of that number is gone, unless it is to be closed', async () => {
    const asked = wish();
    const number = numberOf(await world.forge.upsertIssue(world.repo, asked));
    await world.removeIssue(number);
    expect(await world.forge.upsertIssue(world.repo, { ...asked, number, state: 'closed' })).toBe('none');
    const next = numberOf(await world.forge.upsertIssue(world.repo, { ...asked, number }));
    expect(its(next)).toMatchObject({ title: asked.title, state: 'open' });
    expect(await world.forge.upsertIssue(world.repo, wish({ state: 'closed' }))).toBe('none');
  });

  test('without the right to, writes nothing and says so', async () => {
    const asked = wish();
    world.permitApp('issues', false);
    expect(await world.forge.upsertIssue(world.repo, asked)).toBe('not-permitted');
    world.permitApp('issues', true);
    expect(world.issues().some(({ title }) => title === asked.title)).toBe(false);
    numberOf(await world.forge.upsertIssue(world.repo, asked));
  });

  test('comments on one as on a pull request', async () => {
    const number = numberOf(await world.forge.upsertIssue(world.repo, wish()));
    const ref = { repo: world.repo, number };
    const asked = await world.comment(ref, '/plan');
    expect(await world.forge.comment(ref, asked)).toMatchObject({ author: { login: 'ann' }, body: '/plan' });
    const marker = '<!-- tidegate:one. -->';
    const first = await world.forge.upsertComment(ref, { id: null, marker, body: `First ${marker}` });
    await world.forge.upsertComment(ref, { id: null, marker, body: `Second ${marker}` });
    await world.forge.react(world.repo, asked, 'eyes');
    expect(world.comments(ref)).toMatchObject([
      { id: asked, reactions: ['eyes'] },
      { id: first.id, body: `Second ${marker}` },
    ]);
    expect((await world.forge.comments(world.repo, 0)).items?.map(({ pullNumber }) => pullNumber)).toContain(
      number,
    );
  });

  test('refuses a text that could not be found again', async () => {
    await expect(world.forge.upsertIssue(world.repo, { ...wish(), body: 'without it' })).rejects.toThrow(
      TypeError,
    );
  });
});
