import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Revision, releaseState } from '../../src/helm/release-state.ts';

const history = (...statuses: readonly string[]): readonly Revision[] =>
  statuses.map((status, index) => ({ revision: index + 1, status, updated: 'yesterday' }));

describe('where a release stands', () => {
  test.for([
    ['none', [], { kind: 'install', history: null }],
    ['uninstalled, its history kept', ['superseded', 'uninstalled'], { kind: 'install', history: 2 }],
    ['deployed', ['superseded', 'deployed'], { kind: 'upgrade', base: 2, failed: null }],
    ['failed after one that is deployed', ['deployed', 'failed'], { kind: 'upgrade', base: 1, failed: 2 }],
    [
      'failed twice after one that is deployed',
      ['superseded', 'deployed', 'failed', 'failed'],
      { kind: 'upgrade', base: 2, failed: 4 },
    ],
    ['failed at the first install', ['failed'], { kind: 'repair', base: 1 }],
    ['superseded and no longer deployed', ['superseded', 'superseded'], { kind: 'repair', base: 2 }],
    ['pending at the first install', ['pending-install'], { kind: 'blocked', base: null }],
    ['pending at an upgrade', ['deployed', 'pending-upgrade'], { kind: 'blocked', base: 1 }],
    ['pending at a rollback', ['superseded', 'deployed', 'pending-rollback'], { kind: 'blocked', base: 2 }],
    ['half uninstalled', ['uninstalling'], { kind: 'uninstalling', base: 1 }],
    ['of a status nobody knows', ['deployed', 'sealed'], { kind: 'blocked', base: 1 }],
  ] as const)('%s', ([, statuses, state]) => {
    expect(releaseState(history(...statuses))).toMatchObject(state);
  });

  test('does not hang on the order in which revisions are listed', () => {
    const statuses = fc.array(fc.constantFrom('superseded', 'failed', 'deployed', 'pending-upgrade', 'odd'));
    fc.assert(
      fc.property(statuses, fc.infiniteStream(fc.nat()), (all, keys) => {
        const listed = history(...all);
        const shuffled = listed
          .map((one) => ({ one, key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        expect(releaseState(shuffled)).toEqual(releaseState(listed));
      }),
    );
  });

  test('lets nothing but known ends of an attempt be upgraded', () => {
    const fine = new Set(['deployed', 'failed', 'superseded', 'uninstalled']);
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (all) => {
        const { kind } = releaseState(history(...all));
        const isFine = fine.has(all.at(-1) ?? '');
        expect(['install', 'upgrade', 'repair'].includes(kind)).toBe(isFine);
      }),
    );
  });
});
