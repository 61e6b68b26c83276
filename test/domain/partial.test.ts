import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProjectKey } from '../../src/domain/ids.ts';
import { beyondLimit, type Part, shownNow, staysPlanned } from '../../src/domain/partial.ts';
import { commit, sampleProject } from '../support/samples.ts';

const all = ['a', 'b', 'c', 'd', 'e'].map((name) => sampleProject(name));
const some = fc.subarray(all);
const keysOf = (projects: typeof all) => projects.map(({ key }) => key).sort();

/** What is planned of a pull request, and by which command. */
type Planned = ReadonlyMap<ProjectKey, number>;

interface Step {
  readonly chosen: typeof all;
  readonly startsOver: boolean;
  readonly head: 'a' | 'b';
}

const step: fc.Arbitrary<Step> = fc.record({
  chosen: some,
  startsOver: fc.boolean(),
  head: fc.constantFrom('a', 'b'),
});

describe('a part', () => {
  it('leaves what it does not choose as it was, in any order of commands, and a new commit or a bare command leaves nothing', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), some, some, (steps, affected, applied) => {
        let planned: Planned = new Map();
        let before: Parameters<typeof shownNow>[1] = null;
        steps.forEach(({ chosen: named, startsOver, head }, turn) => {
          const headSha = commit(head);
          const chosen = startsOver ? affected : named;
          const part: Part = { headSha, affected, chosen, projects: all, applied, startsOver };
          const shown = shownNow(part, before);
          const now = {
            headSha,
            chosen: new Set(chosen.map(({ key }) => key)),
            stopped: new Set<ProjectKey>(),
            shown: new Set(shown.map(({ key }) => key)),
            nothing: false,
          };
          const was = before?.headSha ?? headSha;
          const after = new Map(
            [...planned].filter(([key]) => staysPlanned({ headSha: was, project: { key } }, now)),
          );
          for (const { key } of chosen) after.set(key, turn);
          for (const [key, when] of planned)
            if (was === headSha && !startsOver && !now.chosen.has(key)) expect(after.get(key)).toBe(when);
          if (was !== headSha || startsOver) {
            const applies = new Set(applied.map(({ key }) => key));
            for (const [key, when] of after)
              expect(when === turn || (was === headSha && applies.has(key))).toBe(true);
          }
          for (const project of [...affected, ...applied, ...chosen]) expect(shown).toContain(project);
          expect(new Set(shown).size).toBe(shown.length);
          planned = after;
          before = { headSha, affected: shown };
        });
      }),
    );
  });

  it('has no say where it is stopped, and goes with its commit', () => {
    const now = {
      headSha: commit('a'),
      chosen: new Set<ProjectKey>(),
      stopped: new Set(keysOf(all.slice(0, 1))),
      shown: new Set(keysOf(all)),
      nothing: false,
    };
    const [a, b] = keysOf(all);
    if (a === undefined || b === undefined) throw new Error('there are projects');
    expect(staysPlanned({ headSha: commit('a'), project: { key: a } }, now)).toBe(false);
    expect(staysPlanned({ headSha: commit('a'), project: { key: b } }, now)).toBe(true);
    expect(staysPlanned({ headSha: commit('b'), project: { key: b } }, now)).toBe(false);
    // Where nobody knows what is affected nothing is thrown away.
    const nothing = { ...now, shown: new Set<ProjectKey>(), nothing: true };
    expect(staysPlanned({ headSha: commit('a'), project: { key: b } }, nothing)).toBe(true);
  });
});

describe('the limit', () => {
  it('lets nobody have more planned than it says, and never refuses what is planned already', () => {
    fc.assert(
      fc.property(some, some, fc.integer({ min: 1, max: 5 }), (chosen, before, most) => {
        const planned = new Set(before.map(({ key }) => key));
        const problem = beyondLimit(chosen, { most, planned });
        const union = new Set([...planned, ...chosen.map(({ key }) => key)]);
        expect(problem === null).toBe(union.size <= most || union.size === planned.size);
      }),
    );
  });

  it('names them, up to fifty', () => {
    const many = Array.from({ length: 400 }, (_, index) => sampleProject(`p${index}`));
    const problem = beyondLimit(many, { most: 100, planned: new Set() });
    expect(problem).toMatchObject({
      code: 'too-many-projects',
      sentence: '400 projects are to be planned, and a pull request may have 100 planned at once.',
    });
    expect(problem?.details?.split('\n')).toHaveLength(51);
    expect(problem?.details).toContain('and 350 more');
  });
});
