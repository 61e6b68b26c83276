import { describe, expect, test } from 'vitest';
import { planDigest } from '../../../src/domain/ids.ts';
import { type Expected, judgeThere, type PlannedThere } from '../../../src/domain/merge-group.ts';

const agreed = planDigest('1'.repeat(64));
const other = planDigest('2'.repeat(64));

describe('the plan of a project on the commit of a merge queue', () => {
  const cells: readonly (readonly [
    string,
    Exclude<Expected, { readonly kind: 'refused' | 'later' }>,
    PlannedThere,
    holds: boolean,
    because: string,
  ])[] = [
    [
      'what was agreed to',
      { kind: 'same', digest: agreed },
      { digest: agreed, hasChanges: true },
      true,
      'planned as it was agreed to',
    ],
    [
      'what was agreed to, and nothing to do',
      { kind: 'same', digest: agreed },
      { digest: agreed, hasChanges: false },
      true,
      'planned as it was agreed to',
    ],
    [
      'another plan',
      { kind: 'same', digest: agreed },
      { digest: other, hasChanges: true },
      false,
      'its plan on the commit of the queue is not the one that was agreed to',
    ],
    // Whoever agreed to a change did not agree to none.
    [
      'nothing, where a change was agreed to',
      { kind: 'same', digest: agreed },
      { digest: other, hasChanges: false },
      false,
      'its plan on the commit of the queue is not the one that was agreed to',
    ],
    [
      'nothing, after everything was applied',
      { kind: 'nothing' },
      { digest: other, hasChanges: false },
      true,
      'nothing to change',
    ],
    [
      'a change, after everything was applied',
      { kind: 'nothing' },
      { digest: agreed, hasChanges: true },
      false,
      'its plan on the commit of the queue changes something, and nothing of it was left to apply',
    ],
  ];
  test.each(cells)('%s', (_, expected, there, holds, because) => {
    expect(judgeThere('network', expected, there)).toEqual({
      project: 'network',
      planned: true,
      holds,
      because,
    });
  });
});
