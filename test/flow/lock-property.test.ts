import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { createConditions } from '../../src/config/conditions.ts';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { everything } from '../../src/domain/command.ts';
import { treeId } from '../../src/domain/ids.ts';
import type { Project } from '../../src/domain/project.ts';
import type { Pull } from '../../src/domain/pull.ts';
import type { Run } from '../../src/domain/run.ts';
import { admitApply, admitPlan } from '../../src/flow/admit.ts';
import { endRun } from '../../src/flow/conclude.ts';
import { concludePull } from '../../src/flow/conclude-pull.ts';
import { undiscovered } from '../../src/flow/discover.ts';
import type { Discovery } from '../../src/flow/discovery.ts';
import { reconcile } from '../../src/flow/reconcile.ts';
import { unlock } from '../../src/flow/unlock.ts';
import { createMemoryForge } from '../../src/forge/memory/forge.ts';
import { createMemoryFolders } from '../../src/git/memory/folders.ts';
import { createMemoryGit } from '../../src/git/memory/git.ts';
import { silentLog } from '../../src/observe/log.ts';
import { createMemoryStore } from '../../src/store/memory/store.ts';
import { plan, project, pullKey, pullRef, repo, summary } from '../store/samples.ts';
import {
  applyEnds,
  applyStarts,
  at,
  closes,
  crashes,
  emptyModel,
  planEnds,
  projects,
  pushes,
  unlocks,
} from '../support/lock-model.ts';
import { commit, person, samplePull } from '../support/samples.ts';

type Name = (typeof projects)[number];
const pulls = [1, 2, 3] as const;
/** What is planned behind an apply holds the lock on, which is a model of its own. */
const quiet = (name: string): Project => {
  const one = project(name);
  return { ...one, settings: { ...one.settings, converge: false } };
};
const byName = { a: quiet('a'), b: quiet('b') };
const nameOf = (key: string): string => projects.find((name) => byName[name].key === key) ?? key;
const people = { owner: person(1, 'ada'), admin: person(2, 'margaret') };

/** The real locks: the stages that touch them, on the store in memory, with what they wake worked on after each command. */
const createReal = () => {
  const { clock } = createVirtualClock();
  const store = createMemoryStore({ clock });
  const { forge, setPermission } = createMemoryForge();
  setPermission(repo, 'margaret', 'admin');
  setPermission(repo, 'ada', 'write');
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `id-${String(ids).padStart(8, '0')}`;
  };
  const { git } = createMemoryGit({ folders: createMemoryFolders() });
  const conditions = createConditions();
  const parsed = parseOperatorFile('allow: [acme/*]\n', 'operator.yaml');
  if ('problem' in parsed) throw new Error(parsed.problem.sentence);
  const operator = parsed.value;
  const ports = { store, clock, newId, forge, git, conditions, operator, appId: 99, log: silentLog };
  const heads = new Map<number, { head: number; touches: readonly Name[]; open: boolean }>();

  const pullOf = (number: number): Pull => {
    const { head = 0, open = false } = heads.get(number) ?? {};
    const sha = commit(head.toString(16).padStart(40, String(number)));
    const state = open ? 'open' : 'closed';
    return samplePull({ ref: pullRef(number), state, head: { sha, ref: 'branch', repoId: repo.id } });
  };
  const asked = (actor = people.owner) => ({
    id: ++ids,
    actor,
    text: '/x',
    at: clock.now(),
    writtenAt: clock.now(),
  });
  const appliedBy = async (number: number): Promise<ReadonlySet<string>> => {
    const runs = await store.runs.ofPull(pullKey(number), ['running', 'applied', 'failed', 'unresolved']);
    return new Set(
      runs.filter((run) => run.verb === 'apply' && run.startedAt !== null).map((run) => run.project.key),
    );
  };
  /** `late`: what was applied is not seen, as by a discovery that was made before. */
  const planIt = async (number: number, only: string | null, late = false): Promise<void> => {
    const pull = pullOf(number);
    const before = late ? new Set() : await appliedBy(number);
    const { touches = [] } = heads.get(number) ?? {};
    const affected = projects
      .map((name) => byName[name])
      .filter(({ name, key }) => touches.some((touched) => touched === name) || before.has(key));
    const discovery: Discovery = {
      ...undiscovered(pull),
      tree: treeId('c'.repeat(40)),
      affected,
      projects: Object.values(byName),
    };
    const chosen = affected.filter(({ key }) => only === null || key === only);
    await admitPlan(ports, { pull, asked: null, discovery, chosen, held: [], extra: [], problem: null });
  };
  const work = async (): Promise<void> => {
    for (
      let [next] = await store.deliveries.pending(1, new Set());
      next !== undefined;
      [next] = await store.deliveries.pending(1, new Set())
    ) {
      const { trigger } = next;
      // A look at the state moves no lock.
      if (trigger?.kind === 'look') {
        await store.deliveries.finish(next.id, 'done', null);
        continue;
      }
      if (trigger?.kind !== 'lock_freed' && trigger?.kind !== 'stale') throw new Error('not ours');
      const { number } = trigger.pull;
      const waits = await store.locks.waitsOf(pullKey(number));
      const isMeant = trigger.kind === 'stale' || waits.some((wait) => wait.project === trigger.project);
      if (heads.get(number)?.open !== true) await concludePull(ports, pullOf(number), []);
      else if (isMeant) await planIt(number, trigger.project);
      await store.deliveries.finish(next.id, 'done', null);
    }
  };
  const runOf = async (number: number, name: Name, verb: Run['verb'], states: readonly Run['state'][]) =>
    (await store.runs.ofPull(pullKey(number), states)).findLast(
      (run) => run.verb === verb && run.project.key === byName[name].key && !run.spent,
    );
  return {
    store,
    work,
    push: async (number: number, touches: readonly Name[], late = false) => {
      heads.set(number, { head: (heads.get(number)?.head ?? 0) + 1, touches, open: true });
      await planIt(number, null, late);
    },
    close: async (number: number) => {
      const known = heads.get(number);
      if (known !== undefined) heads.set(number, { ...known, open: false });
      await concludePull(ports, pullOf(number), []);
    },
    endPlan: async (number: number, name: Name, end: 'changes' | 'nothing' | 'failed') => {
      const run = await runOf(number, name, 'plan', ['queued', 'running']);
      if (run === undefined) throw new Error('no plan is under way');
      await store.runs.move(run.id, { kind: 'started' }, clock.now());
      const result = { ...plan(), summary: { ...summary, hasChanges: end === 'changes' } };
      if (end === 'failed') await endRun(ports, run, { kind: 'failed' });
      else await endRun(ports, run, { kind: 'planned' }, { plan: result });
    },
    startPlan: async (number: number, name: Name) => {
      const run = await runOf(number, name, 'plan', ['queued']);
      if (run !== undefined) await store.runs.move(run.id, { kind: 'started' }, clock.now());
    },
    /** As the apply stage takes a plan; false where it would not get it. */
    startApply: async (number: number, name: Name): Promise<boolean> => {
      const planRun = await runOf(number, name, 'plan', ['planned']);
      const batch = await store.batches.latest(pullKey(number), 'plan');
      const lock = await store.locks.get(byName[name].key);
      if (planRun === undefined || batch === null || lock?.pullNumber !== number) return false;
      if (planRun.plan?.summary.hasChanges === false) return false;
      const wish = {
        pull: pullOf(number),
        ...asked(),
        cause: 'command' as const,
        planBatch: batch,
        plans: [planRun],
        left: [],
      };
      const run = (await admitApply(ports, wish))?.runs[0];
      if (run === undefined) throw new Error('not admitted');
      await store.runs.move(run.id, { kind: 'started' }, clock.now());
      return store.runs.spend(planRun.id, run.id, clock.now());
    },
    endApply: async (number: number, name: Name, end: 'applied' | 'failed' | 'lost') => {
      const run = await runOf(number, name, 'apply', ['running']);
      if (run === undefined) throw new Error('no apply is under way');
      await endRun(ports, run, { kind: end });
    },
    unlock: async (number: number, actor: keyof typeof people, name: Name | null) => {
      const selector = name === null ? everything : { ...everything, names: [name] };
      return unlock(ports, { kind: 'unlock', pull: pullOf(number), asked: asked(people[actor]), selector });
    },
    /** The next server adopts what was started: of a plan nothing is left, of an apply nobody knows how it ended. */
    crash: async () => {
      for (const { run } of (await reconcile(ports)).started)
        await endRun(ports, run, { kind: 'lost' }, run.verb === 'plan' ? { problem: interrupted } : {});
    },
    table: async () => {
      const holders = (await store.locks.all()).map((lock) => [
        nameOf(lock.project),
        lock.pullNumber,
        lock.releaseAtEnd,
      ]);
      const lines = await Promise.all(
        projects.map(async (name) => [
          name,
          (await store.locks.waiters(byName[name].key)).map((wait) => wait.pullNumber),
        ]),
      );
      return { holders, lines };
    },
    /** Applies that run or of which nobody knows how they ended, without the lock they need. */
    bare: async () => {
      const busy = (await store.runs.inState(['running', 'unresolved'])).filter(
        (run) => run.verb === 'apply',
      );
      const held = await Promise.all(busy.map((run) => store.locks.get(run.project.key)));
      return busy.filter((run, index) => held[index]?.pullNumber !== run.pullNumber);
    },
  };
};

const interrupted = {
  code: 'plan-interrupted',
  sentence: 'It was cut off.',
  advice: 'It is planned again by itself.',
} as const;

// Few and uneven, so that much happens to the same ones.
const pull = fc.constantFrom(1, 1, 1, 2, 2, 3);
const name = fc.constantFrom('a' as const, 'a' as const, 'a' as const, 'b' as const);
const touches = fc.constantFrom<(readonly Name[])[]>(['a'], ['a'], ['a', 'b'], ['b'], []);
const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      pull,
      touches,
      late: fc.constantFrom(false, false, false, true),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('end plan' as const),
      pull,
      name,
      end: fc.constantFrom('changes' as const, 'changes' as const, 'nothing' as const, 'failed' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('start plan' as const), pull, name }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('start apply' as const), pull, name }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('end apply' as const),
      pull,
      name,
      end: fc.constantFrom('applied' as const, 'applied' as const, 'failed' as const, 'lost' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const), pull }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('close, and somebody pushes' as const),
      pull,
      other: pull,
      touches,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('unlock own' as const), pull }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unlock as a stranger' as const), pull, name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unlock as admin' as const), pull, name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
);
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

/** Does it to both; what makes no sense at this moment is left out. */
const act = async (
  real: ReturnType<typeof createReal>,
  model: ReturnType<typeof emptyModel>,
  one: Command,
) => {
  switch (one.kind) {
    case 'push':
      await real.push(one.pull, one.touches, one.late);
      return pushes(model, one.pull, one.touches, one.late);
    case 'end plan':
      if (model.plans.get(at(one.pull, one.name)) !== 'planning') return;
      await real.endPlan(one.pull, one.name, one.end);
      return planEnds(model, one.pull, one.name, one.end);
    case 'start plan':
      return real.startPlan(one.pull, one.name);
    case 'start apply': {
      const key = at(one.pull, one.name);
      if (model.applies.has(key)) return;
      const may = model.plans.get(key) === 'changes' && model.holders.get(one.name)?.pull === one.pull;
      expect(await real.startApply(one.pull, one.name)).toBe(may);
      if (may) applyStarts(model, one.pull, one.name);
      return;
    }
    case 'end apply':
      if (model.applies.get(at(one.pull, one.name)) !== 'running') return;
      await real.endApply(one.pull, one.name, one.end);
      return applyEnds(model, one.pull, one.name, one.end);
    case 'close':
      await real.close(one.pull);
      return closes(model, one.pull);
    case 'close, and somebody pushes':
      // Before the one whose turn it is was woken.
      if (one.pull === one.other) return;
      await real.close(one.pull);
      await real.push(one.other, one.touches);
      closes(model, one.pull);
      return pushes(model, one.other, one.touches);
    case 'unlock own':
      await real.unlock(one.pull, 'owner', null);
      for (const [held, { pull: holder }] of [...model.holders])
        if (holder === one.pull) unlocks(model, held);
      return;
    case 'unlock as a stranger':
      if (model.holders.get(one.name)?.pull === one.pull) return;
      await real.unlock(one.pull, 'owner', one.name);
      return;
    case 'unlock as admin':
      await real.unlock(one.pull, 'admin', one.name);
      return unlocks(model, one.name);
    case 'crash':
      await real.crash();
      return crashes(model);
  }
};

const modelTable = (model: ReturnType<typeof emptyModel>) => ({
  holders: projects.flatMap((one) => {
    const holder = model.holders.get(one);
    return holder === undefined ? [] : [[one, holder.pull, holder.atEnd]];
  }),
  lines: projects.map((one) => [one, model.lines.get(one) ?? []]),
});

/** What chance found once, and seldom finds. */
const foundOnce: readonly Command[][] = [
  // A plan that changes nothing keeps the lock of what was applied before, and is no plan to apply.
  [
    { kind: 'push', pull: 1, touches: ['a'], late: false },
    { kind: 'end plan', pull: 1, name: 'a', end: 'changes' },
    { kind: 'start apply', pull: 1, name: 'a' },
    { kind: 'end apply', pull: 1, name: 'a', end: 'applied' },
    { kind: 'push', pull: 1, touches: ['a'], late: false },
    { kind: 'end plan', pull: 1, name: 'a', end: 'nothing' },
    { kind: 'start apply', pull: 1, name: 'a' },
  ],
  // Given up under an apply, planned anew with nothing to change: planned once more when the apply has ended.
  [
    { kind: 'push', pull: 1, touches: ['a'], late: false },
    { kind: 'end plan', pull: 1, name: 'a', end: 'changes' },
    { kind: 'start apply', pull: 1, name: 'a' },
    { kind: 'unlock as admin', pull: 1, name: 'a' },
    { kind: 'push', pull: 1, touches: ['a'], late: false },
    { kind: 'end plan', pull: 1, name: 'a', end: 'nothing' },
    { kind: 'end apply', pull: 1, name: 'a', end: 'applied' },
  ],
  // A plan of another pull request that found nothing to change is not to be believed after an apply.
  [
    { kind: 'push', pull: 2, touches: ['a'], late: false },
    { kind: 'end plan', pull: 2, name: 'a', end: 'nothing' },
    { kind: 'push', pull: 1, touches: ['a'], late: false },
    { kind: 'end plan', pull: 1, name: 'a', end: 'changes' },
    { kind: 'start apply', pull: 1, name: 'a' },
    { kind: 'end apply', pull: 1, name: 'a', end: 'applied' },
  ],
];

test('locks are what a small model says they are, whatever happens in whatever order', {
  tags: ['long'],
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 60, size: 'max' }), async (commands) => {
      const real = createReal();
      try {
        const model = emptyModel();
        for (const one of commands) {
          await act(real, model, one);
          await real.work();
          expect(await real.table()).toEqual(modelTable(model));
          expect(await real.bare()).toEqual([]);
        }
        // Nobody waits for ever: when everything is over, nothing is locked but what nobody knows the end of.
        for (const number of pulls) {
          for (const one of projects)
            if (model.applies.get(at(number, one)) === 'running') await real.endApply(number, one, 'applied');
          await real.close(number);
          await real.work();
        }
        const unknown = [...model.applies.values()].filter((state) => state === 'unresolved').length;
        const { holders, lines } = await real.table();
        expect(holders).toHaveLength(unknown);
        expect(lines).toEqual(projects.map((one) => [one, []]));
      } finally {
        await real.store.close();
      }
    }),
    { numRuns: 1_000, examples: foundOnce.map((commands) => [commands]) },
  );
});
