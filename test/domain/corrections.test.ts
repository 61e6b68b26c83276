/** Decision 57: what forbids that drift is put back without a command. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CorrectionFacts,
  everyLimit,
  type Limit,
  limitsOfPlan,
  mayCorrect,
} from '../../src/domain/drift/limits.ts';
import { carefulLimits } from '../../src/domain/drift/settings.ts';
import type { ChangeAction } from '../../src/domain/plan-summary.ts';
import {
  applied,
  begunAt,
  correction,
  fine,
  limited,
  minute,
  now,
  planOf,
  seeing,
  tracked,
  version,
} from '../support/correction-facts.ts';
import { commit } from '../support/samples.ts';

type Name = keyof typeof everyLimit;

/** Which limit says no, to what, and in which words. */
const forbidden: readonly (readonly [Name, string, Partial<CorrectionFacts>, string])[] = [
  [
    'asked',
    'the mode is another',
    { settings: { mode: 'pr', limits: carefulLimits } },
    'do not ask any more',
  ],
  [
    'fresh',
    'what would be put back is something else',
    seeing(fine.seen.summary, { fingerprint: 'g' }),
    'something else',
  ],
  ['fresh', 'the world is clean', seeing(fine.seen.summary, { status: 'clean' }), 'not known for sure'],
  ['fresh', 'the last look failed', seeing(fine.seen.summary, { because: 'it failed' }), 'it failed'],
  [
    'going',
    'it was stopped',
    { correction: { ...correction, stopped: { fingerprint: 'f', at: 1 } } },
    '`/resume`',
  ],
  [
    'calm',
    'it came back for the third time',
    { correction: { ...correction, begun: begunAt(900, 700, 300) } },
    '3 times within a day',
  ],
  [
    'standing',
    'it is pending',
    { tracked: { ...tracked, desired: { ...version, sha: commit('d'), behind: 1, refused: null } } },
    'is pending',
  ],
  ['standing', 'a pull request is ahead', applied({ on: 'open', pullNumber: 7 }), '#7'],
  ['standing', 'nothing is known of it', { tracked: null }, 'Nothing is known'],
  ['standing', 'its branch was moved a moment ago', { tip: commit('e') }, 'a moment ago'],
  ['standing', 'it is gone', { tracked: { ...tracked, goneAt: 5 } }, 'not in its branch'],
  ['sure', 'an apply failed', applied({ sure: false }), 'not known for sure what the last apply left'],
  [
    'unsuspended',
    'somebody suspended it',
    { suspended: [{ by: 'ada', reason: 'moving', until: now + minute, since: 1, source: null }] },
    '`ada`',
  ],
  ['noPerson', 'a rule asks for approvals', { person: 'they ask for approvals' }, 'they ask for approvals'],
  ['nothingIgnored', 'something is passed over', seeing(fine.seen.summary, { ignored: 1 }), 'pass over'],
  ['nothingUnsettled', 'something never settles', seeing(fine.seen.summary, { unsettled: 1 }), 'every apply'],
  [
    'known',
    'the plan is not whole',
    seeing(planOf(['update'], 20, { complete: false })),
    'not known as a whole',
  ],
  [
    'known',
    'it was read by an older Tidegate',
    seeing(planOf(['update'], 20, { facts: 'some' })),
    'not known as a whole',
  ],
  [
    'known',
    'something waits for another plan',
    seeing(planOf(['update'], 20, { counts: { ...planOf(['update']).counts, deferred: 1 } })),
    'not known as a whole',
  ],
  ['known', 'it forgets something', seeing(planOf(['forget'])), 'more than create'],
  ['known', 'it imports something', seeing(planOf(['import'])), 'more than create'],
  ['known', 'it moves something', seeing(planOf(['move'])), 'more than create'],
  [
    'known',
    'it invokes something',
    seeing(planOf(['update'], 20, { counts: { ...planOf(['update']).counts, invoke: 1 } })),
    'more than create',
  ],
  ['deletes', 'it deletes', seeing(planOf(['update', 'delete'])), '`deletes`'],
  ['replaces', 'it replaces', seeing(planOf(['replace'])), '`replaces`'],
  [
    'few',
    'it is one too many',
    {
      ...seeing(
        planOf(
          Array.from({ length: 11 }, () => 'update' as const),
          1_000,
        ),
      ),
    },
    'allow 10 (`most`)',
  ],
  ['small', 'it is more than its share', seeing(planOf(['update'], 2)), '1 of 3 resources'],
  [
    'small',
    'nobody knows how many there are',
    seeing(planOf(['update'], 20, { kept: undefined })),
    'how many resources',
  ],
  ['inWindow', 'its window is closed', { closed: [{ because: 'closed until nine' }] }, 'closed until nine'],
  ['free', 'somebody has it in hand', { inHand: '#7 holds its lock' }, '#7 holds its lock'],
  [
    'rested',
    'it was put back a moment ago',
    { correction: { ...correction, begun: begunAt(4) } },
    'left alone until',
  ],
];

const allowed: readonly (readonly [string, Partial<CorrectionFacts>])[] = [
  ['what is created and changed', {}],
  ['a delete that is allowed', { ...seeing(planOf(['delete'])), ...limited({ deletes: true }) }],
  ['a replace that is allowed', { ...seeing(planOf(['replace'])), ...limited({ replaces: true }) }],
  [
    'as many as are allowed',
    seeing(
      planOf(
        Array.from({ length: 10 }, () => 'update' as const),
        1_000,
      ),
    ),
  ],
  ['just its share', seeing(planOf(['update', 'update', 'update'], 7))],
  [
    'all of them, where all are allowed',
    { ...seeing(planOf(['update'], 20, { kept: undefined })), ...limited({ share: 100 }) },
  ],
  ['what was put back five minutes ago', { correction: { ...correction, begun: begunAt(5) } }],
  [
    'what was put back three times, the first a day ago',
    { correction: { ...correction, begun: begunAt(1_440, 300, 200) } },
  ],
];

const without = (name: Name): Readonly<Record<string, Limit>> => {
  const { [name]: _, ...others } = everyLimit;
  return others;
};

describe('a correction', () => {
  test.each(allowed)('is begun for %s', (_, more) => {
    expect(mayCorrect({ ...fine, ...more })).toBeNull();
  });

  test.each(forbidden)('is held by %s where %s', (_, __, more, words) => {
    expect(mayCorrect({ ...fine, ...more })?.because).toContain(words);
  });

  test.each(forbidden)('would be begun without %s where %s: the twin', (name, _, more) => {
    const others = mayCorrect({ ...fine, ...more }, without(name));
    // What is not known at all is held by more than one.
    expect(others === null || others.because !== mayCorrect({ ...fine, ...more })?.because).toBe(true);
  });

  test('has a case for every limit, and all but two of them are asked again of its plan', () => {
    expect(new Set(forbidden.map(([name]) => name))).toEqual(new Set(Object.keys(everyLimit)));
    expect(Object.keys(everyLimit).filter((name) => !(name in limitsOfPlan))).toEqual(['calm', 'rested']);
  });

  test('is never begun for more than its limits, whatever they are', () => {
    const action = fc.constantFrom<ChangeAction>(
      'create',
      'update',
      'replace',
      'delete',
      'move',
      'import',
      'forget',
    );
    const limits = fc.record({
      ...{ deletes: fc.boolean(), replaces: fc.boolean() },
      ...{ most: fc.integer({ min: 1, max: 12 }), share: fc.integer({ min: 1, max: 100 }) },
    });
    fc.assert(
      fc.property(
        fc.array(action, { minLength: 1, maxLength: 15 }),
        fc.nat(40),
        limits,
        (actions, kept, these) => {
          const plan = planOf(actions, kept);
          const begins = mayCorrect({ ...fine, ...seeing(plan), ...limited(these) }) === null;
          const fits =
            (these.deletes || !actions.includes('delete')) &&
            (these.replaces || !actions.includes('replace')) &&
            !actions.some((one) => ['move', 'import', 'forget'].includes(one)) &&
            actions.length <= these.most &&
            actions.length / (actions.length + kept) <= these.share / 100;
          expect(begins).toBe(fits);
        },
      ),
    );
  });
});
