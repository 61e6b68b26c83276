import { afterEach, describe, expect, it } from 'vitest';
import type { Actor } from '../../src/domain/pull.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const { ada, grace, margaret, mallory } = people;
const onMerge = 'rules: [{match: "**", apply: merge}]\n';
const approved = 'rules: [{match: "**", requirements: {apply: [approved]}}]\n';
const main = {
  'network/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
  'network/main.tf': 'small',
  'database/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
  'database/main.tf': 'small',
};

/** Which of the two comes to light first is a matter of turns. */
const over = expect.stringMatching(/^(contained|overtaken)$/);

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const created = async (operator: string, more = {}): Promise<MemoryWorld> => {
  const world = await createMemoryWorld({ main: { ...main, ...more }, operator });
  worlds.push(world);
  return world;
};

const keyOf = (pullNumber: number) => ({ repositoryId: repo.id, pullNumber });

const filesOf = (number: number, dirs: readonly string[]) =>
  Object.fromEntries(dirs.map((dir) => [`${dir}/main.tf`, `large ${number}`]));

const planned = async (w: MemoryWorld, number: number, dirs = ['network']): Promise<void> => {
  w.open(number, filesOf(number, dirs));
  await told(w, number, 'opened');
};

const told = async (w: MemoryWorld, number: number, what: 'opened' | 'closed'): Promise<void> => {
  await w.event(number, what);
  await w.settled();
  await w.advance(2_000);
};

/** With what it changed: a follow-up changes nothing. */
const merge = async (w: MemoryWorld, number: number, dirs: readonly string[] = []): Promise<void> => {
  await w.merge(number, filesOf(number, dirs));
  await w.settled();
  await w.advance(2_000);
};

/** Merged; what is planned after it is not what was shown before. */
const differing = async (operator = onMerge): Promise<MemoryWorld> => {
  const w = await created(operator);
  await planned(w, 1);
  w.tool.state.set('network', 'somebody was here');
  await merge(w, 1, ['network']);
  return w;
};

/** Merged without an apply. */
const forgotten = async (operator = '', more = {}): Promise<MemoryWorld> => {
  const w = await created(operator, more);
  await planned(w, 1);
  await merge(w, 1, ['network']);
  return w;
};

const say = async (w: MemoryWorld, number: number, text: string, by: Actor = ada): Promise<string> => {
  await w.comment(number, text, by);
  await w.settled();
  await w.advance(2_000);
  return w.forge.comments(refOf(number)).findLast(({ body }) => body.includes('tidegate:reply:'))?.body ?? '';
};

const approve = async (w: MemoryWorld, number: number, author: Actor): Promise<void> => {
  const { head } = w.ask(number);
  const submittedAt = w.ports.clock.now();
  w.forge.addReview(refOf(number), { author, state: 'approved', commit: head.sha, submittedAt });
  await w.advance(2_000);
};

const boardOf = (w: MemoryWorld, number: number): string =>
  w.forge.comments(refOf(number)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';

const pullsOf = async (w: MemoryWorld) =>
  ((await w.ports.forge.openPulls(repo)).items ?? []).map(({ number }) => number);

const holders = async (w: MemoryWorld) =>
  (await w.ports.store.locks.all()).map(
    ({ project, pullNumber }) => `${project.split(':')[1]}: ${pullNumber}`,
  );

const waiters = async (w: MemoryWorld, number: number) =>
  (await w.ports.store.locks.waitsOf(keyOf(number))).map(({ project }) => project.split(':')[1]);

const duesOf = async (w: MemoryWorld, number: number) =>
  (await w.ports.store.dues.ofPull(keyOf(number))).map(({ ended }) => ended);

const applies = ({ tool }: MemoryWorld) => tool.journal.filter((line) => line.startsWith('apply'));

describe('what a merge asked for and is left', () => {
  it('goes on in a pull request of our own, which is planned, merged and applied, and nothing is applied twice', async () => {
    const w = await differing();
    expect(boardOf(w, 1)).toContain('or `/followup` opens a new pull request for it');
    const answer = await say(w, 1, '/followup somebody was in the console', grace);
    expect(answer).toContain('What is left goes on in #2:');
    expect(answer).toContain(
      '`network`: what was planned after the merge is not what was agreed to before it',
    );
    expect(w.ask(2)).toMatchObject({
      title: 'Follow up on #1',
      author: { kind: 'bot' },
      head: { ref: 'tidegate/followup-1' },
      base: { ref: 'main' },
    });
    expect(await holders(w)).toEqual(['network: 2']);
    expect(await waiters(w, 1)).toEqual(['network']);
    await told(w, 2, 'opened');
    expect(boardOf(w, 2)).toContain('| `network` | 0 | 1 | 0 | 0 | planned |');
    expect(boardOf(w, 2)).not.toContain('database` |');
    expect(boardOf(w, 1)).toContain('#2');
    // The first one has it in hand no more.
    expect(await say(w, 1, '/apply')).toContain('waits for a lock');
    expect(applies(w)).toEqual([]);
    await merge(w, 2);
    expect(applies(w)).toEqual(['apply network']);
    expect(w.tool.state.get('network')).toBe('large 1');
    expect([await duesOf(w, 1), await duesOf(w, 2)]).toEqual([[over], ['applied']]);
    expect(await holders(w)).toEqual([]);
    expect(await waiters(w, 1)).toEqual([]);
    expect(await say(w, 1, '/apply')).toContain('open pull requests only');
    expect(await say(w, 1, '/followup')).toContain('Nothing of this pull request is left to apply.');
    const [row] = (await w.ports.store.audit.ofPull(keyOf(1))).filter(
      ({ kind }) => kind === 'followup.opened',
    );
    expect(row).toMatchObject({
      actor: 'grace',
      facts: { number: 2, projects: [{ because: 'differs' }], authors: ['grace', 'ada'] },
    });
  });

  it('is contained once the follow-up was applied by a command, and never put over what is newer', {
    tags: ['long'],
  }, async () => {
    const w = await differing();
    // By now the base branch has another rule, and is further on.
    w.main({
      'tidegate.yaml': 'version: 1\nrules: [{match: "**", apply: command}]\n',
      'network/main.tf': 'newest',
    });
    await say(w, 1, '/followup');
    await told(w, 2, 'opened');
    if ((await duesOf(w, 2)).length > 0 || !boardOf(w, 2).includes('`/apply')) throw new Error(boardOf(w, 2));
    await say(w, 2, '/apply');
    expect(w.tool.state.get('network')).toBe('newest');
    expect(await duesOf(w, 1)).toEqual([over]);
    expect(await waiters(w, 1)).toEqual([]);
    w.edit(2, { state: 'closed' });
    await told(w, 2, 'closed');
    expect(w.tool.state.get('network')).toBe('newest');
    expect(applies(w)).toEqual(['apply network']);
    expect(await holders(w)).toEqual([]);
  });

  it('is over where the follow-up has nothing to change', async () => {
    const w = await differing();
    w.tool.state.set('network', 'large 1');
    await say(w, 1, '/followup');
    await told(w, 2, 'opened');
    expect(boardOf(w, 2)).toContain('no changes');
    expect(await duesOf(w, 1)).toEqual(['contained']);
    expect(await holders(w)).toEqual([]);
    expect(applies(w)).toEqual([]);
  });

  it('has its turn again where the follow-up is closed without an apply, and may be followed up once more', {
    tags: ['long'],
  }, async () => {
    const w = await differing();
    await say(w, 1, '/followup');
    await told(w, 2, 'opened');
    expect(await say(w, 1, '/followup again', grace)).toContain('What is left goes on in #2:');
    expect(await pullsOf(w)).toEqual([2]);
    w.edit(2, { state: 'closed' });
    await told(w, 2, 'closed');
    expect(await holders(w)).toEqual(['network: 1']);
    expect(boardOf(w, 1)).toContain('`/apply -p network`; or `/followup`');
    expect(await say(w, 1, '/followup', grace)).toContain('What is left goes on in #3:');
    expect(w.ask(3)).toMatchObject({ head: { ref: 'tidegate/followup-1-2' } });
    await told(w, 3, 'opened');
    expect(await holders(w)).toEqual(['network: 3']);
    // Who is content with it there says so there.
    await merge(w, 3);
    expect([await duesOf(w, 1), await duesOf(w, 3)]).toEqual([[over], ['applied']]);
    expect(applies(w)).toEqual(['apply network']);
  });

  it('stands in front of those who were merged behind it, who are in what it applies', async () => {
    const w = await created(onMerge);
    await planned(w, 1);
    await planned(w, 5, ['network', 'database']);
    w.tool.state.set('network', 'somebody was here');
    await merge(w, 1, ['network']);
    w.edit(5, {});
    expect(await waiters(w, 5)).toEqual(['network']);
    expect(await say(w, 5, '/followup')).toContain('works on merged pull requests');
    await say(w, 1, '/followup');
    await told(w, 6, 'opened');
    expect(await holders(w)).toContain('network: 6');
    expect(await waiters(w, 5)).toEqual(['network']);
  });
});

describe('what was merged without an apply', () => {
  it('is planned in the follow-up: just that, whatever its commit changes', async () => {
    const w = await created('');
    await planned(w, 1, ['network', 'database']);
    await say(w, 1, '/apply -p database');
    await merge(w, 1, ['network', 'database']);
    expect(boardOf(w, 1)).toMatch(/`network` .*`\/followup` opens a new pull request for it/);
    expect(boardOf(w, 1)).not.toMatch(/`database` .*followup/);
    expect(await say(w, 1, '/followup')).toContain('`network`: it was not applied');
    await told(w, 2, 'opened');
    expect(boardOf(w, 2)).toContain('| `network` |');
    expect(boardOf(w, 2)).not.toContain('| `database` |');
    await say(w, 2, '/apply', grace);
    expect(w.tool.state.get('network')).toBe('large 1');
  });

  it('is told by nothing that a stranger can write: a branch of that name and a body plan nothing', async () => {
    const w = await forgotten();
    w.open(
      7,
      { 'README.md': 'Follow up on #1: network' },
      {
        title: 'Follow up on #1',
        author: mallory,
        head: { ...w.ask(1).head, ref: 'tidegate/followup-1' },
      },
    );
    await told(w, 7, 'opened');
    expect(boardOf(w, 7)).not.toContain('`network` |');
    // And a branch of theirs is not taken for ours.
    w.forge.opening.addBranch(repo, 'tidegate/followup-1', w.ask(7).head.sha);
    expect(await say(w, 1, '/followup')).toContain('Tidegate did not make it');
    expect(await pullsOf(w)).toEqual([7]);
    expect(await w.ports.store.followups.latest(keyOf(1))).toBeNull();
  });

  it('needs what /apply needs', async () => {
    const w = await forgotten();
    expect(await say(w, 1, '/followup', mallory)).toContain('`/followup` needs write permission');
    expect(await pullsOf(w)).toEqual([]);
    const named = await forgotten('rules: [{match: "**", who_may: {apply: {users: [margaret]}}}]\n');
    expect(await say(named, 1, '/followup', grace)).toContain('needs');
    expect(await pullsOf(named)).toEqual([]);
    expect(await say(named, 1, '/followup', margaret)).toContain('goes on in #2');
  });
});

describe('who may approve a follow-up', () => {
  /** Not the asker, not the author of what was merged, nobody who has a hand in it; somebody else may. */
  it.each([
    ['the author of what was merged asks', ada, [ada], [grace, margaret]],
    ['somebody else asks', grace, [grace, ada], [margaret]],
  ])('not who asked nor who made it, but somebody else: %s', async (_what, asker, theirs, others) => {
    const w = await forgotten(approved);
    await say(w, 1, '/followup', asker);
    await told(w, 2, 'opened');
    for (const one of theirs) await approve(w, 2, one);
    expect(await say(w, 2, '/apply', asker)).toMatch(/review|approv/i);
    expect(applies(w)).toEqual([]);
    const [other] = others;
    if (other !== undefined) await approve(w, 2, other);
    await say(w, 2, '/apply', asker);
    expect(applies(w)).toEqual(['apply network']);
  });

  it('nor whoever pushed to what was merged, or to the follow-up; and where that is not known, nobody', async () => {
    const w = await created(approved);
    await planned(w, 1);
    w.forge.facts.setMovers(repo, w.ask(1).head.sha, [ada, grace]);
    w.forge.facts.setAuthors(repo, w.ask(1).head.sha, [ada, { ...grace }]);
    await merge(w, 1, ['network']);
    await say(w, 1, '/followup');
    await told(w, 2, 'opened');
    await approve(w, 2, grace);
    await say(w, 2, '/apply');
    expect(applies(w)).toEqual([]);
    const lost = await created(approved);
    await planned(lost, 1);
    lost.forge.facts.setPusher(repo, lost.ask(1).head.sha, null);
    await merge(lost, 1, ['network']);
    await say(lost, 1, '/followup', grace);
    await told(lost, 2, 'opened');
    await approve(lost, 2, margaret);
    expect(await say(lost, 2, '/apply')).toContain('not every author');
    expect(applies(lost)).toEqual([]);
  });

  it('code owners of all that is there are asked, also when somebody pushes a file of their own to it', async () => {
    const owners = { CODEOWNERS: '/network/ @margaret\n/network/notes.md @grace\n' };
    const rule = 'rules: [{match: "**", requirements: {apply: [{approved: {code_owners: true}}]}}]\n';
    const w = await forgotten(rule, owners);
    await say(w, 1, '/followup');
    await told(w, 2, 'opened');
    w.open(2, { 'network/notes.md': 'look here' });
    const { sha } = w.ask(2).head;
    w.forge.facts.setPusher(repo, sha, ada);
    w.forge.facts.setMovers(repo, sha, [w.ask(2).author, ada]);
    w.forge.facts.setAuthors(repo, sha, [w.ask(2).author, ada]);
    await told(w, 2, 'opened');
    await approve(w, 2, grace);
    await say(w, 2, '/apply');
    expect(applies(w)).toEqual([]);
    await approve(w, 2, margaret);
    await say(w, 2, '/apply');
    expect(applies(w)).toEqual(['apply network']);
  });
});

describe('where it cannot be opened', () => {
  it.each(['contents', 'pull_requests'] as const)(
    'without the right to %s it says which, and leaves nothing',
    async (right) => {
      const w = await differing();
      w.forge.permitApp(right, false);
      const answer = await say(w, 1, '/followup');
      expect(answer).toContain('`contents: write` and `pull_requests: write`');
      expect(answer).toContain('then `/apply` here');
      expect([...w.forge.opening.branches(repo)]).toEqual([]);
      expect(await w.ports.store.followups.latest(keyOf(1))).toBeNull();
      expect(await holders(w)).toEqual(['network: 1']);
      // What works without it does.
      await say(w, 1, '/apply');
      expect(applies(w)).toEqual(['apply network']);
    },
  );

  it('says what the forge says, and leaves nothing', async () => {
    const w = await differing();
    w.forge.opening.refuseNext('Repository rule violations found');
    expect(await say(w, 1, '/followup')).toContain('Repository rule violations found');
    expect([...w.forge.opening.branches(repo)]).toEqual([]);
    expect(await say(w, 1, '/followup')).toContain('goes on in #2');
  });

  it('not while an apply of it runs', async () => {
    const w = await created('');
    await planned(w, 1);
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<undefined>();
    w.tool.hooks.set('apply', () => {
      begun.resolve();
      return go.promise;
    });
    await w.comment(1, '/apply');
    await w.until(() => applies(w).length > 0);
    await begun.promise;
    await w.merge(1, filesOf(1, ['network']));
    await w.comment(1, '/followup');
    await w.until(() => w.forge.comments(refOf(1)).some(({ body }) => body.includes('is being applied')));
    expect(await pullsOf(w)).toEqual([]);
    go.resolve(undefined);
    await w.settled();
    expect(await say(w, 1, '/followup')).toContain('Nothing of this pull request is left to apply.');
  });
});

describe('a server that dies on the way', () => {
  const opensOne = async (write: number): Promise<boolean> => {
    const w = await differing();
    w.dieAfter(write);
    // A server that is dead answers nobody.
    void w.comment(1, '/followup').catch(() => undefined);
    await w.until(async () => w.isDead() || (await w.ports.store.followups.latest(keyOf(1)))?.number != null);
    const hasDied = w.isDead();
    await w.crash();
    await w.settled();
    expect([write, await pullsOf(w)]).toEqual([write, [2]]);
    expect([...w.forge.opening.branches(repo).keys()]).toEqual(['tidegate/followup-1']);
    expect(await holders(w)).toEqual(['network: 2']);
    await told(w, 2, 'opened');
    await merge(w, 2);
    expect(applies(w)).toEqual(['apply network']);
    expect([await duesOf(w, 1), await duesOf(w, 2)]).toEqual([[over], ['applied']]);
    return hasDied;
  };

  it('with its second write, opens one and one only', async () => {
    expect(await opensOne(2)).toBe(true);
  });

  it('with any of its writes, opens one and one only', { tags: ['long'] }, async () => {
    let write = 1;
    while (await opensOne(write)) write += 1;
    expect(write).toBeGreaterThan(3);
  });
});
