import { afterEach, describe, expect, test } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import { gate } from '../../src/flow/gate.ts';
import { ForgeError } from '../../src/forge/port.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const key = { repositoryId: repo.id, pullNumber: 1 };
const change = { 'network/main.tf': tf('two') };
const approval = (w: MemoryWorld, number: number, author = people.grace) => {
  const { head } = w.ask(number);
  const submittedAt = w.ports.clock.now();
  w.forge.addReview(refOf(number), { author, state: 'approved', commit: head.sha, submittedAt });
};

/**
 * A world in which #1 is planned and may be applied by everything the gate looks at. `network`
 * depends on `base`, which has nothing to do.
 */
const readyWorld = async (): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({
    main: {
      'base/main.tf': tf('one'),
      'network/main.tf': tf('one'),
      'docs/readme.md': 'one',
      'tidegate.yaml':
        'version: 1\nprojects:\n  - dir: base\n  - dir: network\n    depends_on: [{project: base, outputs: []}]\n    requirements: [approved]\n',
    },
  });
  open.push(w);
  w.tool.state.set('base', tf('two'));
  w.open(1, { ...change, 'base/main.tf': tf('two') });
  await w.event(1, 'opened');
  await w.settled();
  await w.advance(2_000);
  approval(w, 1);
  return w;
};

const planOf = async (w: MemoryWorld): Promise<Run> => {
  const runs = await w.ports.store.runs.latest(key);
  const found = runs.find((run) => run.verb === 'plan' && run.project.name === 'network');
  if (found === undefined) throw new Error('no plan');
  return found;
};
const applyOf = async (w: MemoryWorld): Promise<Run | undefined> =>
  (await w.ports.store.runs.latest(key)).find(
    (run) => run.verb === 'apply' && run.project.name === 'network',
  );
const replies = (w: MemoryWorld): string =>
  w.forge
    .comments(refOf(1))
    .flatMap(({ body }) => (body.includes('tidegate:reply:') ? [body] : []))
    .join('\n');

/** The newest comment that a person wrote. */
const askedBy = (w: MemoryWorld): number =>
  w.forge.comments(refOf(1)).findLast(({ author }) => author.kind === 'user')?.id ?? 0;

/**
 * What may move between a plan and its apply. Each is done at the last moment, with the apply
 * already on its way (the tool's version is the last thing read before the gate), and each alone: the first test below
 * is every other one without it.
 */
const moves: Readonly<
  Record<
    string,
    {
      readonly move: (w: MemoryWorld) => Promise<unknown> | unknown;
      readonly code: string;
      readonly look: string;
      readonly words: string;
    }
  >
> = {
  'the head moved': {
    move: (w) => w.open(1, { 'network/main.tf': tf('three'), 'base/main.tf': tf('two') }),
    look: 'current',
    code: 'plan-stale',
    words: 'the head moved',
  },
  'the base moved in a file of the project': {
    move: (w) => w.main({ 'network/more.tf': '# more\n' }),
    look: 'current',
    code: 'plan-stale',
    words: 'the base branch moved',
  },
  'the base and the head do not merge any more': {
    move: (w) => w.main({ 'network/main.tf': tf('something else') }),
    look: 'current',
    code: 'conflict',
    words: 'does not merge',
  },
  'the tool is another version': {
    move: (w) => {
      w.tool.version = '1.12.0';
    },
    look: 'current',
    code: 'plan-stale',
    words: 'the tool went from 1.11.4 to 1.12.0',
  },
  'a setting of the project is another one': {
    move: (w) =>
      w.main({
        'tidegate.yaml':
          'version: 1\nprojects:\n  - dir: base\n  - dir: network\n    depends_on: [{project: base, outputs: []}]\n    env: {TF_VAR_a: b}\n',
      }),
    look: 'current',
    code: 'plan-stale',
    words: 'settings',
  },
  'the plan was used by another apply': {
    move: async (w) => {
      const plan = await planOf(w);
      await w.ports.store.runs.void(plan.id, 1);
    },
    look: 'plan',
    code: 'plan-spent',
    words: 'already used',
  },
  'the plan was replaced': {
    move: async (w) => w.ports.store.runs.move((await planOf(w)).id, { kind: 'superseded' }, 1),
    look: 'plan',
    code: 'plan-stale',
    words: 'no longer the newest',
  },
  'the lock is gone': {
    move: async (w) => w.ports.store.locks.release((await planOf(w)).project.key, key),
    look: 'lock',
    code: 'not-planned',
    words: 'held by nobody',
  },
  'another pull request holds the lock': {
    move: async (w) => {
      const { project } = await planOf(w);
      await w.ports.store.locks.release(project.key, key);
      await w.ports.store.locks.acquire(project.key, { ...key, pullNumber: 2 }, 1);
    },
    look: 'lock',
    code: 'locked',
    words: 'Wait until',
  },
  'the approval was taken back': {
    move: async (w) => {
      const [review] = await w.forge.forge.reviews(refOf(1));
      if (review !== undefined) w.forge.setReview(refOf(1), { ...review, state: 'dismissed' });
    },
    look: 'approved',
    code: 'not-approved',
    words: 'no approval',
  },
  'who approved may only read by now': {
    move: (w) => w.forge.setPermission(repo, 'grace', 'read'),
    look: 'approved',
    code: 'not-approved',
    words: 'may not write',
  },
  'the only approval is the author’s': {
    move: (w) => {
      w.edit(1, { author: people.grace });
    },
    look: 'approved',
    code: 'not-approved',
    words: 'no approval',
  },
  'it is a draft': {
    move: (w) => w.edit(1, { draft: true }),
    look: 'open',
    code: 'draft',
    words: 'draft',
  },
  'the head is in another repository': {
    move: (w) => w.edit(1, { head: { ...w.ask(1).head, repoId: 1 } }),
    look: 'open',
    code: 'fork',
    words: 'another repository',
  },
  'it is closed': {
    move: (w) => w.edit(1, { state: 'closed' }),
    look: 'open',
    code: 'closed',
    words: 'closed',
  },
  'who asked lost the permission': {
    move: (w) => w.forge.setPermission(repo, 'ada', 'triage'),
    look: 'permission',
    code: 'not-permitted',
    words: 'needs write permission',
  },
  'the comment that asked was edited': {
    move: (w) => w.forge.editComment(repo, askedBy(w), '/apply -p base'),
    look: 'comment',
    code: 'comment-changed',
    words: 'was edited before it could begin',
  },
  'the comment that asked was deleted': {
    move: (w) => w.forge.removeComment(repo, askedBy(w)),
    look: 'comment',
    code: 'comment-changed',
    words: 'was deleted before it could begin',
  },
  'what it depends on is not applied': {
    move: async (w) => {
      const base = (await w.ports.store.runs.latest(key)).find((run) => run.project.name === 'base');
      if (base !== undefined) await w.ports.store.runs.move(base.id, { kind: 'superseded' }, 1);
    },
    look: 'depends_on',
    code: 'depends-on',
    words: 'depends on `base`',
  },
};

/** Asks for the apply, and does `move` when its tool stands ready. */
const applyWith = async (w: MemoryWorld, move: (w: MemoryWorld) => Promise<unknown> | unknown) => {
  let moved = false;
  // The version is read after the command was admitted and before the gate looks.
  w.tool.hooks.set('version', async () => {
    if (!moved) await move(w);
    moved = true;
    return undefined;
  });
  await w.comment(1, '/apply -p network');
  await w.until(() => moved);
  w.tool.hooks.clear();
  await w.settled();
};

describe('the gate', () => {
  test('lets a plan through when nothing moved', async () => {
    const w = await readyWorld();
    await applyWith(w, () => {});
    expect(w.complaints).toEqual([]);
    expect((await applyOf(w))?.state).toBe('applied');
    expect(w.tool.state.get('network')).toBe(tf('two'));
  });

  test('lets a plan through when the base moved in files that the project does not use', async () => {
    const w = await readyWorld();
    await applyWith(w, () => w.main({ 'docs/readme.md': 'two' }));
    expect(w.complaints).toEqual([]);
    expect((await applyOf(w))?.state).toBe('applied');
  });

  test.for(Object.entries(moves))('starts no tool when %s', async ([, { move, look, code, words }]) => {
    const w = await readyWorld();
    await applyWith(w, move);
    expect(w.tool.journal).not.toContain('apply network');
    expect(w.tool.state.has('network')).toBe(false);
    const run = await applyOf(w);
    expect([run?.state, run?.startedAt, run?.problem?.code]).toEqual(['failed', null, code]);
    const audit = await w.ports.store.audit.ofPull(key);
    const verdict = audit.find(({ kind }) => kind === 'apply.refused')?.facts['verdict'];
    expect(verdict).toMatchObject({ holds: false });
    // Every look before it held: without this one the apply would have gone on.
    const parts = (verdict as { parts: { name: string; holds: boolean }[] }).parts;
    expect(parts.filter(({ holds }) => !holds).map(({ name }) => name)).toEqual([look]);
    expect(replies(w)).toContain(words);
  });

  test('asks for an approval that only a newer rule of the base branch wants', async () => {
    const w = await createMemoryWorld({ main: { 'network/main.tf': tf('one') } });
    open.push(w);
    w.open(1, change);
    await w.event(1, 'opened');
    await w.settled();
    await applyWith(w, () =>
      w.main({ 'tidegate.yaml': 'version: 1\nprojects:\n  - dir: network\n    requirements: [approved]\n' }),
    );
    expect(w.tool.journal).not.toContain('apply network');
    expect(replies(w)).toContain('no approval');
  });

  test('keeps an order that only a newer rule of the base branch wants', async () => {
    const w = await createMemoryWorld({
      main: {
        'base/main.tf': tf('one'),
        'network/main.tf': tf('one'),
        'tidegate.yaml': 'version: 1\nprojects:\n  - dir: base\n  - dir: network\n',
      },
    });
    open.push(w);
    w.open(1, { ...change, 'base/main.tf': tf('two') });
    await w.event(1, 'opened');
    await w.settled();
    await applyWith(w, () =>
      w.main({
        'tidegate.yaml':
          'version: 1\nprojects:\n  - dir: base\n  - dir: network\n    depends_on: [{project: base, outputs: []}]\n',
      }),
    );
    expect(w.tool.journal).not.toContain('apply network');
    expect(replies(w)).toContain('depends on `base`');
  });

  test('is not asked for a stored plan that is damaged', async () => {
    const w = await readyWorld();
    for (const [name, bytes] of w.blobs.stored) {
      const damaged = Buffer.from(bytes);
      damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
      w.blobs.stored.set(name, damaged);
    }
    await w.comment(1, '/apply -p network');
    await w.settled();
    expect(w.tool.journal).not.toContain('apply network');
    expect((await applyOf(w))?.problem?.code).toBe('artifact-damaged');
  });

  test('says no where nobody asked', async () => {
    const w = await readyWorld();
    const plan = await planOf(w);
    const nobody = { ...plan, verb: 'apply' as const, actor: null };
    const { authorized, verdict } = await gate(w.ports, nobody, plan, '1.11.4');
    expect(authorized).toBeNull();
    expect(verdict.problem?.sentence).toBe('`/apply` has to be asked for by somebody.');
  });

  test('a late command does not apply a plan that its writer cannot have seen', async () => {
    const w = await createMemoryWorld({ main: { 'network/main.tf': tf('one') } });
    open.push(w);
    w.open(1, change);
    await w.event(1, 'opened');
    await w.settled();
    const release = Promise.withResolvers<void>();
    w.tool.hooks.set('plan', async () => {
      await release.promise;
      return undefined;
    });
    await w.comment(1, '/plan -- -refresh-only', people.grace);
    await w.until(() => w.tool.journal.length === 2);
    w.forge.failNext('comment', new ForgeError('unavailable', '502', 60_000));
    await w.comment(1, '/apply');
    await w.until(() => w.complaints.length > 0);
    release.resolve();
    await w.settled();
    expect(w.tool.journal).toEqual(['plan network', 'plan network']);
    expect(replies(w)).toContain('planned again after this comment');
    await w.comment(1, '/apply');
    await w.settled();
    expect(w.tool.journal).toContain('apply network');
  });
});
