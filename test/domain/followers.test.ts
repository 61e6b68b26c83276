import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { notAppliedBefore } from '../../src/domain/depends-on.ts';
import {
  type ChangedOutputs,
  changedBy,
  followersOf,
  following,
  followsOf,
  usersOf,
} from '../../src/domain/followers.ts';
import type { OutputChange } from '../../src/domain/plan-summary.ts';
import type { Progress } from '../../src/domain/progress.ts';
import type { Dependency, Project } from '../../src/domain/project.ts';
import type { Run } from '../../src/domain/run.ts';
import { stoppedBy } from '../../src/domain/stages.ts';
import { noCounts, summary } from '../render/samples.ts';
import { planned } from '../store/samples.ts';
import { commit, sampleProject } from '../support/samples.ts';

const outputNames = ['a', 'b', 'c'] as const;
const changes = (names: readonly string[]): readonly OutputChange[] =>
  names.map((name) => ({ name, action: 'update', before: '"x"', after: '(known after apply)' }));
const facts = { ...summary([]), facts: 'all', complete: true, counts: noCounts } as const;

/** How a project stands: nothing of it is planned, its plan failed, or stands and changes these outputs. */
type Stand = 'none' | 'failed' | readonly string[];

const runOf = (project: Project, stand: Stand): readonly Run[] => {
  if (stand === 'none') return [];
  const run = planned({ project, headSha: commit('a'), extra: [] });
  if (stand === 'failed' || run.plan === null) return [{ ...run, plan: null, state: 'failed' }];
  return [
    { ...run, plan: { ...run.plan, summary: { ...facts, hasChanges: true, outputs: changes(stand) } } },
  ];
};

const someOutputs = fc.subarray([...outputNames]);
const needOf = fc.record({
  at: fc.nat(9),
  outputs: fc.oneof(fc.constant(null), someOutputs),
});

interface Made {
  readonly projects: readonly Project[];
  readonly progress: Progress;
  readonly applied: ReadonlyMap<Project['key'], ChangedOutputs>;
  readonly stands: ReadonlyMap<string, Stand>;
}

/** A graph without circles, of which some are affected, some planned, and some were applied before. */
const cases: fc.Arbitrary<Made> = fc
  .array(
    fc.record({
      needs: fc.array(needOf, { maxLength: 3 }),
      isAffected: fc.boolean(),
      stand: fc.oneof(fc.constantFrom<Stand>('none', 'failed'), someOutputs),
      applied: fc.option(fc.oneof(fc.constant<'any'>('any'), someOutputs), { freq: 4 }),
      isLate: fc.boolean(),
    }),
    { minLength: 1, maxLength: 10 },
  )
  .map((all) => {
    // Modes as a file may have them: who is applied by the merge is needed by none that is not.
    const projects = all.map(({ needs, isLate }, index) => {
      const dependsOn = new Map<string, Dependency>(
        needs
          .filter(({ at }) => at < index)
          .map(({ at, outputs }) => [`p${at}`, { name: `p${at}`, outputs }]),
      );
      const kind = isLate && index % 5 === 4 ? 'merge' : 'command';
      return sampleProject(`p${index}`, {
        dependsOn: [...dependsOn.values()],
        settings: { apply: { kind } },
      });
    });
    const affected = projects.filter((_, at) => all[at]?.isAffected);
    const stands = new Map(projects.map(({ name }, at) => [name, all[at]?.stand ?? 'none']));
    const progress: Progress = {
      head: commit('a'),
      affected,
      followers: followersOf(projects, affected),
      runs: projects.flatMap((project) => runOf(project, stands.get(project.name) ?? 'none')),
      dues: [],
    };
    const applied = new Map(
      affected.flatMap(({ key, name }) => {
        const before = all[projects.findIndex((one) => one.name === name)]?.applied ?? null;
        return before === null ? [] : [[key, before === 'any' ? before : new Set(before)] as const];
      }),
    );
    return { projects, progress, applied, stands };
  });

const uses = ({ outputs }: Dependency) => outputs === null || outputs.length > 0;

/** The same said the other way round, by recursion over what each one uses. */
const expected = ({ projects, progress, applied, stands }: Made) => {
  const isAffected = (one: Project) => progress.affected.includes(one);
  const hits = ({ outputs }: Dependency, changed: readonly string[]) =>
    outputs === null ? changed.length > 0 : outputs.some((name) => changed.includes(name));
  const all = [...outputNames];
  /** Is it planned, is that open, or not? Of an affected one: it is. */
  const fate = (one: Project): 'planned' | 'open' | 'left-out' => {
    if (isAffected(one)) return 'planned';
    const answers = one.dependsOn.filter(uses).flatMap((need) => {
      const used = projects.find(({ name }) => name === need.name);
      if (used === undefined) return [];
      const itsFate = fate(used);
      if (itsFate !== 'planned') return [itsFate];
      const isLate = used.settings.apply.kind === 'merge' && one.settings.apply.kind !== 'merge';
      if (isLate) return ['left-out' as const];
      const before = isAffected(used) ? applied.get(used.key) : undefined;
      if (before !== undefined && hits(need, before === 'any' ? all : [...before]))
        return ['planned' as const];
      const stand = stands.get(used.name) ?? 'none';
      if (stand === 'none' || stand === 'failed') return ['open' as const];
      return [hits(need, stand) ? ('planned' as const) : ('left-out' as const)];
    });
    return answers.includes('planned') ? 'planned' : answers.includes('open') ? 'open' : 'left-out';
  };
  return fate;
};

describe('what follows because outputs change', () => {
  it('property: a follower is planned, open or left out as what it uses says, for any graph', () => {
    fc.assert(
      fc.property(cases, (made) => {
        const { projects, progress, applied } = made;
        const fate = expected(made);
        const found = followsOf(progress, applied);
        for (const one of projects) {
          if (progress.affected.includes(one)) expect(found.has(one.key)).toBe(false);
          else expect(found.get(one.key)?.kind ?? 'left-out').toBe(fate(one));
        }
        expect(following(progress, applied)).toEqual(
          projects.filter((one) => !progress.affected.includes(one) && fate(one) === 'planned'),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('property: while one is open, those that it is open for are there and have no plan, and whoever needs it waits for them', () => {
    fc.assert(
      fc.property(cases, ({ projects, progress }) => {
        const follows = followsOf(progress);
        const there = new Set([...progress.affected, ...following(progress)]);
        for (const [key, found] of follows) {
          if (found.kind !== 'open') continue;
          expect(found.until.length).toBeGreaterThan(0);
          for (const one of found.until) {
            expect(there.has(one)).toBe(true);
            expect(progress.runs.some((run) => run.project === one && run.state === 'planned')).toBe(false);
          }
          const name = projects.find((one) => one.key === key)?.name ?? '';
          for (const one of progress.affected.filter(({ dependsOn }) =>
            dependsOn.some((need) => need.name === name),
          ))
            expect(notAppliedBefore(progress, one)).toEqual(expect.arrayContaining([...found.until]));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('property: a failure stops what may follow it, and only what is behind it', () => {
    fc.assert(
      fc.property(cases, ({ projects, progress }) => {
        const needs = new Map(projects.map(({ name, dependsOn }) => [name, dependsOn]));
        const leadsTo = (name: string, to: string): boolean =>
          (needs.get(name) ?? []).some((need) => need.name === to || leadsTo(need.name, to));
        for (const one of progress.affected) {
          const before = new Set(notAppliedBefore(progress, one));
          const stops = stoppedBy(progress, one).map(({ project }) => project);
          for (const stop of stops) expect(leadsTo(one.name, stop.name)).toBe(true);
          for (const each of before)
            if (progress.runs.some((run) => run.project === each && run.state === 'failed'))
              expect(stops).toContain(each);
        }
      }),
    );
  });

  it('property: once all is planned nothing is open, and more changes never leave out more', () => {
    fc.assert(
      fc.property(cases, ({ projects, progress }) => {
        const all = projects.flatMap((project) => runOf(project, outputNames));
        const plannedAll = { ...progress, runs: all };
        const kinds = [...followsOf(plannedAll).values()].map(({ kind }) => kind);
        expect(kinds).not.toContain('open');
        const more = new Set(following(plannedAll));
        for (const one of following(progress)) expect(more.has(one)).toBe(true);
      }),
    );
  });

  it('counts what is not known as a change of every output', () => {
    const change = changes(['a']);
    expect(changedBy({ ...facts, outputs: change })).toEqual(new Set(['a']));
    expect(
      changedBy({ ...facts, outputs: [{ name: 'a', action: 'no-op', before: null, after: null }] }),
    ).toEqual(new Set());
    expect(changedBy({ ...facts, facts: 'some' })).toBe('any');
    expect(changedBy({ ...facts, complete: false })).toBe('any');
    expect(changedBy({ ...facts, counts: { ...noCounts, deferred: 1 } })).toBe('any');
  });

  it('leaves out with its reason what would be applied before the merge and uses what only the merge applies', () => {
    const first = sampleProject('first', { settings: { apply: { kind: 'merge' } } });
    const next = sampleProject('next', { dependsOn: [{ name: 'first', outputs: ['a'] }] });
    const progress: Progress = {
      head: commit('a'),
      affected: [first],
      followers: followersOf([next, first], [first]),
      runs: runOf(first, ['a']),
      dues: [],
    };
    expect(followsOf(progress).get(next.key)).toEqual({ kind: 'left-out', late: [first] });
  });

  it('names who uses what through one that stays as it is', () => {
    const first = sampleProject('first');
    const middle = sampleProject('middle', { dependsOn: [{ name: 'first', outputs: null }] });
    const last = sampleProject('last', { dependsOn: [{ name: 'middle', outputs: ['a'] }] });
    expect(usersOf({ affected: [first, last], followers: [middle] }, first.key)).toEqual([last]);
    expect(usersOf({ affected: [first, last] }, first.key)).toEqual([]);
  });
});
