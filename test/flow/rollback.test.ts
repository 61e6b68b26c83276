import { afterEach, describe, expect, it } from 'vitest';
import type { Actor } from '../../src/domain/pull.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';
import { fileAt } from '../support/world-repository.ts';

const { ada, grace, margaret, mallory } = people;
const main = {
  'network/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
  'network/main.tf': 'small',
  'database/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
  'database/main.tf': 'small',
};

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const created = async (operator = ''): Promise<MemoryWorld> => {
  const world = await createMemoryWorld({ main, operator });
  worlds.push(world);
  return world;
};

const keyOf = (pullNumber: number) => ({ repositoryId: repo.id, pullNumber });

const say = async (w: MemoryWorld, number: number, text: string, by: Actor = ada): Promise<string> => {
  await w.comment(number, text, by);
  await w.settled();
  await w.advance(2_000);
  return w.forge.comments(refOf(number)).findLast(({ body }) => body.includes('tidegate:reply:'))?.body ?? '';
};

const told = async (w: MemoryWorld, number: number, what: 'opened' | 'closed'): Promise<void> => {
  await w.event(number, what);
  await w.settled();
  await w.advance(2_000);
};

const approve = async (w: MemoryWorld, number: number, author: Actor): Promise<void> => {
  const { head } = w.ask(number);
  const submittedAt = w.ports.clock.now();
  w.forge.addReview(refOf(number), { author, state: 'approved', commit: head.sha, submittedAt });
  await w.advance(2_000);
};

const boardOf = (w: MemoryWorld, number: number): string =>
  w.forge.comments(refOf(number)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';

const large = { 'network/main.tf': 'large' };

/** Opened, applied before the merge, and merged. */
const applied = async (operator = ''): Promise<MemoryWorld> => {
  const w = await created(operator);
  w.open(1, large);
  await told(w, 1, 'opened');
  await say(w, 1, '/apply');
  expect(w.tool.state.get('network')).toBe('large');
  await w.merge(1, large);
  await w.settled();
  return w;
};

const show = (w: MemoryWorld, at: string, file: string): Promise<string> =>
  fileAt(w.ports.git, repo.id, at, file);

const branchesOf = (w: MemoryWorld): readonly string[] => [...w.forge.opening.branches(repo).keys()];

describe('/rollback', () => {
  it('opens a pull request that takes the merge back, which is planned and applied as any other', async () => {
    const w = await applied();
    // What came after stays.
    const tip = w.main({ 'database/main.tf': 'newer' });
    const answer = await say(w, 1, '/rollback the site is slow', grace);
    expect(answer).toContain('#2 takes it back.');
    expect(answer).toContain('`grace` counts as its author');
    const pull = w.ask(2);
    expect(pull).toMatchObject({
      title: 'Revert #1',
      author: { kind: 'bot' },
      head: { ref: 'tidegate/revert-1' },
      base: { ref: 'main' },
    });
    const { sha } = pull.head;
    expect(await w.ports.git.ownCommits(repo.id, sha, tip, 9)).toEqual([{ commit: sha, parent: tip }]);
    expect(await show(w, pull.head.sha, 'network/main.tf')).toBe('small');
    expect(await show(w, pull.head.sha, 'database/main.tf')).toBe('newer');
    await told(w, 2, 'opened');
    expect(boardOf(w, 2)).toContain('| `network` | 0 | 1 | 0 | 0 | planned |');
    expect(boardOf(w, 2)).toContain('nothing is known that reverting does not bring back');
    await say(w, 2, '/apply', grace);
    expect(w.tool.state.get('network')).toBe('small');
    const [row] = (await w.ports.store.audit.ofPull(keyOf(1))).filter(
      ({ kind }) => kind === 'rollback.opened',
    );
    expect(row).toMatchObject({ actor: 'grace', facts: { number: 2, authors: ['grace'] } });
  });

  it('opens it once: asked again it is named, open, closed or merged', async () => {
    const w = await applied();
    await say(w, 1, '/rollback');
    expect(await say(w, 1, '/rollback', grace)).toContain('#2 takes it back.');
    w.edit(2, { state: 'closed' });
    expect(await say(w, 1, '/rollback', grace)).toContain('#2, which was closed. Reopen it');
    w.edit(2, { state: 'open' });
    await w.merge(2, { 'network/main.tf': 'small' });
    await w.settled();
    expect(await say(w, 1, '/rollback', grace)).toContain('It was taken back by #2, which is merged.');
    // It was opened once, and nobody needs its branch any more.
    expect(() => w.ask(3)).toThrow();
    expect(branchesOf(w)).toEqual([]);
  });

  it('says what does not come back: of what was applied, and of what the revert does', async () => {
    const lost =
      'danger: { irreversible: [{ types: [terraform_data], on: [update], paths: [input], says: its old `input` was given to somebody else }] }\n';
    const w = await applied(lost);
    // There was nothing before it, so what was applied made it; the next one changes it.
    w.open(3, { 'network/main.tf': 'larger' });
    await told(w, 3, 'opened');
    await say(w, 3, '/apply');
    await w.merge(3, { 'network/main.tf': 'larger' });
    await w.settled();
    expect(await say(w, 3, '/rollback')).toContain('(1) is told there');
    await told(w, 4, 'opened');
    const board = boardOf(w, 4);
    expect(board).toContain('**Reverting #3 does not bring back:**');
    expect(board).toContain(
      '- `network` `terraform_data.this` (changed): its old `input` was given to somebody else',
    );
    expect(board).toContain('**The revert itself takes away for good:**');
  });

  it('is not approved by who asked for it, though GitHub takes the App for its author', async () => {
    const w = await created('rules: [{ match: "**", requirements: { apply: [approved] } }]\n');
    w.open(1, large);
    await told(w, 1, 'opened');
    await approve(w, 1, grace);
    await say(w, 1, '/apply');
    await w.merge(1, large);
    await w.settled();
    await say(w, 1, '/rollback', grace);
    await told(w, 2, 'opened');
    await approve(w, 2, grace);
    await say(w, 2, '/apply');
    expect(w.tool.state.get('network')).toBe('large');
    // Whose change it takes back may.
    await approve(w, 2, ada);
    await say(w, 2, '/apply');
    expect(w.tool.state.get('network')).toBe('small');
  });

  it('is for those who may apply', async () => {
    const w = await applied('rules: [{ match: "**", who_may: { apply: { users: [ada, margaret] } } }]\n');
    expect(await say(w, 1, '/rollback', mallory)).toContain('needs write permission');
    expect(await say(w, 1, '/rollback', grace)).toContain('it was not done');
    expect(branchesOf(w)).toEqual([]);
    expect(await say(w, 1, '/rollback', margaret)).toContain('#2 takes it back.');
    expect((await w.ports.store.rollbacks.get(keyOf(1)))?.authors).toEqual([margaret]);
  });

  it('is known for what it is where it was cut off, whoever else asks meanwhile and is refused', async () => {
    const w = await applied('rules: [{ match: "**", who_may: { apply: { users: [ada] } } }]\n');
    const { rollbacks } = w.ports.store;
    await say(w, 1, '/rollback');
    const opened = await rollbacks.get(keyOf(1));
    if (opened === null) throw new Error('nothing was opened');
    // It was opened, and the server died before it knew.
    await rollbacks.put({ ...opened, number: null });
    expect(await say(w, 1, '/rollback', grace)).toContain('it was not done');
    expect(await rollbacks.of(keyOf(2), opened.head)).toMatchObject({ authors: [ada] });
    await say(w, 1, '/rollback');
    expect(await rollbacks.get(keyOf(1))).toEqual(opened);
  });

  it.each([
    ['open', 'works on merged pull requests, and this one is open'],
    ['merged, and nothing applied', 'Nothing of this pull request was applied'],
    ['reverted by hand', 'it is reverted already'],
    ['changed since in the same place', 'does not come out cleanly'],
    ['without the right to push', '`contents: write`'],
    ['with a branch of that name', 'There is a branch `tidegate/revert-1` already'],
  ])('is refused where it is %s, and leaves nothing', async (what, words) => {
    const w = what === 'open' || what.includes('nothing applied') ? await created() : await applied();
    if (what === 'open' || what.includes('nothing applied')) {
      w.open(1, large);
      await told(w, 1, 'opened');
    }
    if (what.includes('nothing applied')) {
      await w.merge(1, large);
      await w.settled();
    }
    if (what.startsWith('reverted')) w.main({ 'network/main.tf': 'small' });
    if (what.startsWith('changed')) w.main({ 'network/main.tf': 'another' });
    if (what.startsWith('without')) w.forge.permitApp('contents', false);
    if (what.startsWith('with a')) w.author.branch('tidegate/revert-1', w.author.commit({ a: 'b' }));
    const answer = await say(w, 1, '/rollback');
    expect(answer).toContain(words);
    if (what.startsWith('changed')) expect(answer).toContain('network/main.tf');
    expect(await w.ports.store.rollbacks.get(keyOf(1))).toBeNull();
    expect(branchesOf(w)).toEqual([]);
  });

  it('is told by nothing that a stranger can write: a branch of that name and a title make no revert', async () => {
    const w = await applied();
    w.open(2, { 'network/main.tf': 'small' }, { title: 'Revert #1', author: mallory });
    w.edit(2, { head: { ...w.ask(2).head, ref: 'tidegate/revert-1' } });
    await told(w, 2, 'opened');
    expect(boardOf(w, 2)).not.toContain('everting');
    expect(w.ask(2).author).toEqual(mallory);
  });

  it('goes on wherever a server died, with one of each', { tags: ['long'] }, async () => {
    let died = 0;
    for (let write = 1; died === write - 1; write += 1) {
      const w = await applied();
      w.dieAfter(write);
      // A server that is dead answers nobody.
      void w.comment(1, '/rollback').catch(() => undefined);
      await w.until(async () => w.isDead() || (await w.ports.store.rollbacks.get(keyOf(1)))?.number != null);
      if (w.isDead()) died += 1;
      await w.crash();
      await w.settled();
      const open = (await w.ports.forge.openPulls(repo)).items ?? [];
      expect([write, open.map(({ number }) => number)]).toEqual([write, [2]]);
      expect(branchesOf(w)).toEqual(['tidegate/revert-1']);
      await told(w, 2, 'opened');
      expect(boardOf(w, 2)).toContain('| `network` | 0 | 1 | 0 | 0 | planned |');
    }
    expect(died).toBeGreaterThan(2);
  });
});
