/** What people do between the last step that prepares an apply and the apply itself: everything is asked again there. */
import { afterEach, describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { UserError } from '../../src/domain/problem.ts';
import { findAltered, writeBoard } from '../../src/flow/outbox/board-writing.ts';
import { createQuestions } from '../../src/flow/questions.ts';
import { promptly } from '../../src/flow/recheck.ts';
import { onceEach } from '../../src/flow/rule-facts.ts';
import { ForgeError } from '../../src/forge/port.ts';
import {
  createMemoryWorld,
  type MemoryWorld,
  type MemoryWorldOptions,
  people,
  refOf,
  repo,
} from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const key = { repositoryId: repo.id, pullNumber: 1 };
const change = { 'network/main.tf': tf('two') };
const withoutRecheck = { withinMs: Number.POSITIVE_INFINITY, tries: 0 };

const approve = (w: MemoryWorld, state: 'approved' | 'changes_requested' = 'approved') =>
  w.forge.addReview(refOf(1), {
    author: people.grace,
    state,
    commit: w.ask(1).head.sha,
    submittedAt: w.ports.clock.now(),
  });

/** #1 is planned and approved. */
const readyWorld = async (more: Partial<MemoryWorldOptions> = {}): Promise<MemoryWorld> => {
  const w = await createMemoryWorld({
    main: {
      'network/main.tf': tf('one'),
      'docs/readme.md': 'one',
      'tidegate.yaml': 'version: 1\nprojects:\n  - dir: network\n    requirements: [approved]\n',
    },
    ...more,
  });
  open.push(w);
  w.open(1, change);
  await w.event(1, 'opened');
  await w.settled();
  await w.advance(2_000);
  approve(w);
  return w;
};

const runsOf = async (w: MemoryWorld, verb: 'plan' | 'apply') =>
  (await w.ports.store.runs.latest(key)).find((run) => run.verb === verb);
const askedBy = (w: MemoryWorld): number =>
  w.forge.comments(refOf(1)).findLast(({ author }) => author.kind === 'user')?.id ?? 0;
const replies = (w: MemoryWorld): string =>
  w.forge
    .comments(refOf(1))
    .flatMap(({ body }) => (body.includes('tidegate:reply:') ? [body] : []))
    .join('\n');
const applies = (w: MemoryWorld): number => w.tool.journal.filter((line) => line === 'apply network').length;

/** Asks for the apply, and does this when the plan is taken and its last look at itself has been printed. */
const applyWith = async (w: MemoryWorld, happens: (w: MemoryWorld) => unknown) => {
  w.tool.hooks.set('show', async () => {
    w.tool.hooks.delete('show');
    expect((await runsOf(w, 'plan'))?.spent).toBe(true);
    await happens(w);
    return undefined;
  });
  await w.comment(1, '/apply');
  await w.settled();
  expect(w.tool.hooks.size).toBe(0);
};

const suspend = (w: MemoryWorld) => {
  const [now, hour] = [w.ports.clock.now(), 3_600_000];
  return w.ports.store.runs.latest(key).then(([run]) =>
    w.ports.store.suspensions.add({
      ...{ project: (run ?? expect.fail('no run')).project, repo, pullNumber: 1, commentId: 999 },
      ...{ by: people.grace, reason: 'stop', since: now, until: now + hour, reminded: false },
    }),
  );
};

const edit = (w: MemoryWorld) => w.forge.editComment(repo, askedBy(w), 'Not yet.');

const happenings: Readonly<
  Record<string, { readonly happens: (w: MemoryWorld) => unknown; readonly code: string }>
> = {
  'it is closed': { happens: (w) => w.edit(1, { state: 'closed' }), code: 'closed' },
  'it is made a draft': { happens: (w) => w.edit(1, { draft: true }), code: 'draft' },
  'it is pushed to': { happens: (w) => w.open(1, { 'network/main.tf': tf('three') }), code: 'plan-stale' },
  'the base moves in a file of the project': {
    happens: (w) => w.main({ 'network/more.tf': '# more\n' }),
    code: 'plan-stale',
  },
  'the comment is edited': { happens: edit, code: 'comment-changed' },
  'the comment is deleted': {
    happens: (w) => w.forge.removeComment(repo, askedBy(w)),
    code: 'comment-changed',
  },
  'changes are requested': {
    happens: async (w) => {
      await w.advance(1_000);
      approve(w, 'changes_requested');
    },
    code: 'not-approved',
  },
  'whoever asked may not write any more': {
    happens: (w) => w.forge.setPermission(repo, 'ada', 'read'),
    code: 'not-permitted',
  },
  'whoever approved may not write any more': {
    happens: (w) => w.forge.setPermission(repo, 'grace', 'read'),
    code: 'not-approved',
  },
  'the project is suspended': { happens: suspend, code: 'suspended' },
  'GitHub cannot be asked': {
    happens: (w) => w.forge.failNext('reviews', new ForgeError('unavailable', '502')),
    code: 'forge-unavailable',
  },
};

describe('between the preparation of an apply and its tool', () => {
  test.for(Object.entries(happenings))(
    'nothing is applied when %s, and it counts as never started',
    async ([, { happens, code }]) => {
      const w = await readyWorld();
      const planned = await runsOf(w, 'plan');
      await applyWith(w, happens);
      expect(applies(w)).toBe(0);
      expect(await runsOf(w, 'apply')).toMatchObject({ state: 'failed', startedAt: null, problem: { code } });
      const plan = await w.ports.store.runs.get((planned ?? expect.fail('no plan')).id);
      expect(plan?.spent).toBe(false);
      expect(replies(w)).toContain('Not done:');
    },
  );

  test.for(Object.entries(happenings))(
    'the twin, which asks nothing again, applies when %s',
    async ([, { happens }]) => {
      const w = await readyWorld({ recheck: withoutRecheck });
      await applyWith(w, happens);
      expect(applies(w)).toBe(1);
    },
  );

  test('the plan that was given back is applied when it is asked for again, once', async () => {
    const w = await readyWorld();
    const planned = await runsOf(w, 'plan');
    await applyWith(w, edit);
    expect(applies(w)).toBe(0);
    await w.comment(1, '/apply');
    await w.settled();
    expect(await runsOf(w, 'apply')).toMatchObject({ state: 'applied', planRunId: planned?.id });
    await w.comment(1, '/apply');
    await w.settled();
    expect(applies(w)).toBe(1);
    expect(w.tool.journal.filter((line) => line === 'plan network')).toHaveLength(1);
  });

  test('a base that moves in other files stops nothing, and is looked at whole', async () => {
    const w = await readyWorld();
    await applyWith(w, () => w.main({ 'docs/readme.md': 'two' }));
    expect((await runsOf(w, 'apply'))?.state).toBe('applied');
    const kinds = (await w.ports.store.audit.ofPull(key)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'apply.allowed')).toHaveLength(2);
  });

  test('a base that moves whenever it is looked at is not looked at for ever', async () => {
    let moves = 0;
    const w: MemoryWorld = await readyWorld({
      git: (git) => ({
        tips: async (of, wish) => {
          moves += 1;
          w.main({ 'docs/readme.md': `move ${moves}` });
          return git.tips(of, wish);
        },
      }),
    });
    await w.comment(1, '/apply');
    await w.settled();
    expect(applies(w)).toBe(0);
    expect(moves).toBe(3);
    expect(await runsOf(w, 'apply')).toMatchObject({
      startedAt: null,
      problem: { code: 'requirement-unread' },
    });
  });

  test('a deployment that people saw begin is not left to go on', async () => {
    const w = await readyWorld({
      operator: 'rules: [{match: "**", environment: prod}]\n',
    });
    await applyWith(w, edit);
    expect(w.forge.deployments(repo).map(({ statuses }) => statuses.at(-1)?.state)).toEqual(['failure']);
  });
});

describe('our own comment, written while everything is asked again', () => {
  const boardOf = async (w: MemoryWorld) =>
    (await w.ports.store.reports.get(key, 'board'))?.externalId ?? expect.fail('there is no board');
  const write = async (w: MemoryWorld, id: number) => {
    const marker = 'tidegate:board:';
    const body = `<!-- ${marker} -->\nwritten meanwhile`;
    await writeBoard(w.ports, refOf(1), new Map(), { id, marker, body });
  };

  test('is not taken for one that somebody else changed', async () => {
    const w = await readyWorld();
    const id = await boardOf(w);
    const questions = createQuestions(w.ports);
    expect(await findAltered(questions.ports, refOf(1), id)).toBe('ours');
    const again = questions.repeat();
    await write(w, id);
    expect(await findAltered(again.ports, refOf(1), id)).toBe('ours');
  });

  test('the twin: it is, where the answer from before is all that is asked for', async () => {
    const w = await readyWorld();
    const id = await boardOf(w);
    const forge = { ...w.ports.forge, comment: onceEach(w.ports.forge.comment) };
    await forge.comment(refOf(1), id);
    await write(w, id);
    expect(await findAltered({ ...w.ports, forge }, refOf(1), id)).toBe('altered');
  });
});

describe('a recheck', () => {
  test('counts only where it was quick, is tried again, and then given up', async () => {
    const { clock, advance } = createVirtualClock();
    const limits = { withinMs: 3_000, tries: 3 };
    let asked = 0;
    const taking =
      (...times: readonly number[]) =>
      async () => {
        await clock.sleep(times[asked] ?? 0);
        asked += 1;
        return asked;
      };
    const second = promptly({ clock, recheck: limits }, taking(3_001, 3_000));
    await advance(10_000);
    expect(await second).toBe(2);
    asked = 0;
    const never = promptly({ clock, recheck: limits }, taking(4_000, 4_000, 4_000, 0)).catch(
      (error: unknown) => error,
    );
    await advance(20_000);
    const error = await never;
    expect(error instanceof UserError ? error.problem.code : error).toBe('forge-unavailable');
    expect(asked).toBe(3);
  });

  test('asks all that was asked, once each and all at the same time, and whatever is new', async () => {
    const w = await readyWorld();
    const gates: (() => void)[] = [];
    let isHeld = false;
    const asked: string[] = [];
    const held =
      <A extends readonly unknown[], T>(name: string, ask: (...args: A) => Promise<T>) =>
      async (...args: A): Promise<T> => {
        asked.push(name);
        if (isHeld) await new Promise<void>((resolve) => void gates.push(resolve));
        return ask(...args);
      };
    const { forge, git } = w.ports;
    const questions = createQuestions({
      forge: {
        ...forge,
        pull: held('pull', forge.pull),
        reviews: held('reviews', forge.reviews),
        permission: held('permission', forge.permission),
      },
      git: { ...git, tips: held('tips', git.tips) },
    });
    const decide = async ({ forge: of }: Pick<typeof w.ports, 'forge'>) => {
      const pull = await of.pull(refOf(1));
      await of.reviews(pull.ref);
      await of.reviews(pull.ref);
      return of.permission(pull.ref.repo, 'ada');
    };
    await decide(questions.ports);
    const wish = { url: 'http://localhost/x', token: '', pullNumber: 1, baseRef: 'main' };
    await questions.ports.git.fetch(repo, wish);
    asked.length = 0;
    isHeld = true;
    w.forge.setPermission(repo, 'ada', 'admin');
    const again = questions.repeat();
    const decided = decide(again.ports);
    await new Promise((resolve) => void setImmediate(resolve));
    expect(asked.toSorted()).toEqual(['permission', 'pull', 'reviews', 'tips']);
    for (const open of gates.splice(0)) open();
    expect(await decided).toBe('admin');
    expect(await again.moved).toBe(false);
    isHeld = false;
    expect(await again.ports.forge.permission(repo, 'grace')).toBe('write');
    expect(asked).toHaveLength(5);
    w.main({ 'docs/readme.md': 'two' });
    const later = questions.repeat();
    expect(await later.moved).toBe(true);
    // What was new is asked again as well.
    expect(asked.filter((name) => name === 'permission')).toHaveLength(4);
  });
});
