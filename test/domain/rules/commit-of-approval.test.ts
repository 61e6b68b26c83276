import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PlanDigest, planDigest, type Sha } from '../../../src/domain/ids.ts';
import type { Review } from '../../../src/domain/pull.ts';
import { noHistory, type ShownPlans, writing, written } from '../../../src/domain/rules/board-history.ts';
import { type Bind, type Shown, timelyComment, votesOf } from '../../../src/domain/rules/votes.ts';
import { commit, sampleProject } from '../../support/samples.ts';
import { named } from './facts.ts';

const project = sampleProject('network').key;
const a = planDigest('a'.repeat(64));
const b = planDigest('b'.repeat(64));

describe('of which commit an approval is', () => {
  const [head, older, newer] = [commit('a'), commit('c'), commit('d')];
  const entry = (digest: PlanDigest | null, of: Sha | null, at: number | null) => ({
    digest,
    commit: of,
    at,
    sentAt: at ?? 70_000,
  });
  const bind = (...shown: readonly Shown[]) =>
    ({ to: 'plan', digest: a, commit: head, shown, altered: [] }) as const;
  /** By bob, of that commit, when all of it was shown. */
  const given = (of: Review['commit'], all: Bind) =>
    votesOf({
      headSha: head,
      author: named('ada'),
      reviews: [{ id: 1, author: named('bob'), state: 'approved', commit: of, submittedAt: 90_000 }],
      authorship: { pusher: named('ada'), movers: null, authors: [], bots: [], complete: true },
      permissionOf: () => 'write',
      bind: all,
      vouched: true,
    })[0];

  test.each([
    ['had another plan', bind(entry(b, older, 1_000), entry(a, head, 2_000)), 'older-commit', b],
    ['had the same', bind(entry(a, older, 1_000), entry(a, head, 2_000)), null, a],
    ['was never planned', bind(entry(a, head, 2_000)), 'older-commit', null],
    ['had no plan', bind(entry(null, null, 1_000), entry(a, head, 2_000)), 'older-commit', null],
    [
      'had the same, and another one after that',
      bind(entry(a, older, 1_000), entry(b, older, 2_000), entry(a, head, 3_000)),
      'older-commit',
      b,
    ],
    [
      'had another one, and the same after that',
      bind(entry(b, older, 1_000), entry(a, older, 2_000), entry(a, head, 3_000)),
      null,
      a,
    ],
    // The head was forced away, and back.
    [
      'came in between',
      bind(entry(a, head, 1_000), entry(b, older, 2_000), entry(a, head, 3_000)),
      'older-commit',
      b,
    ],
    // By a version that did not write commits down.
    ['was shown by an older version', bind(entry(a, null, 2_000)), 'older-commit', null],
    [
      'was sent, and nobody knows whether it was shown',
      bind(entry(b, older, null), entry(a, head, 80_000)),
      'older-commit',
      b,
    ],
    [
      'had the same, in the very second of the approval',
      bind(entry(b, older, 1_000), entry(a, head, 50_000), entry(a, older, 90_400), entry(a, head, 91_000)),
      null,
      a,
    ],
    [
      'had the same, and another one after the approval',
      bind(entry(a, older, 1_000), { ...entry(b, older, 95_000), sentAt: 94_000 }, entry(a, head, 96_000)),
      null,
      a,
    ],
    // Clocks may be a minute apart.
    [
      'had another one, and the same was sent, which may have been there before the approval',
      bind(
        ...[entry(b, older, 1_000), entry(a, head, 50_000)],
        ...[{ ...entry(a, older, null), sentAt: 140_000 }, entry(a, head, 141_000)],
      ),
      null,
      a,
    ],
    [
      'had the same, and another one was sent too late for that',
      bind(entry(a, older, 1_000), { ...entry(b, older, null), sentAt: 160_000 }, entry(a, head, 161_000)),
      null,
      a,
    ],
  ] as const)('of one that %s', (_, all, expected, saw) => {
    expect(given(older, all)).toMatchObject({ uncounted: expected, saw });
    // The twin: by the time alone all of them count.
    expect(timelyComment(90_000, all)).toBeNull();
  });

  test('of the commit of the plan it counts, also where the comment showed the plan as that of another one', () => {
    expect(given(head, bind(entry(a, null, 2_000)))?.uncounted).toBeNull();
    expect(given(head, bind(entry(a, older, 2_000), entry(a, head, 95_000)))?.uncounted).toBeNull();
    expect(given(head, bind(entry(b, older, 2_000), entry(a, head, 95_000)))?.uncounted).toBe('other-plan');
  });

  test('of a commit whose plan came later, it counts where that was the plan on show', () => {
    const shown = bind(entry(a, older, 2_000), entry(a, newer, 95_000), entry(a, head, 99_000));
    expect(given(newer, shown)?.uncounted).toBeNull();
    const then = bind(entry(a, older, 2_000), entry(b, newer, 95_000), entry(a, head, 99_000));
    expect(given(newer, then)).toMatchObject({ uncounted: 'older-commit', saw: b });
  });

  test('of a head that is not planned yet, it is of another commit, and no older one', () => {
    const all = { ...bind(entry(a, older, 2_000)), commit: older };
    expect(given(head, all)?.uncounted).toBe('other-commit');
    expect(given(older, all)?.uncounted).toBeNull();
  });

  test('that nobody knows of counts for nothing', () => {
    expect(given(null, bind(entry(a, null, 1_000), entry(a, head, 2_000)))?.uncounted).toBe('unknown-commit');
  });

  test('whatever was shown of whatever commits, one counts only if its commit had the plan', () => {
    const step = fc.record({ digest: fc.constantFrom(a, b, null), of: fc.constantFrom(head, older, newer) });
    let stopped = 0;
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 8 }),
        fc.constantFrom(head, older, newer, null),
        (steps, of) => {
          let history = noHistory;
          for (const [index, one] of [...steps, { digest: a, of: head }].entries()) {
            const at = (index + 1) * 1_000;
            const shown = one.digest === null ? null : { digest: one.digest, commit: one.of };
            const plans: ShownPlans = new Map([[project, shown]]);
            history = written(writing(history, plans, 'text', at), plans, 'text', at);
          }
          const all = bind(...(history.shown[project] ?? []));
          const counts = given(of, all)?.uncounted === null;
          const last = steps.findLast((one) => one.digest !== null && one.of === of);
          expect(counts).toBe(of === head || (of !== null && last?.digest === a));
          if (!counts && timelyComment(90_000, all) === null) stopped += 1;
        },
      ),
      { numRuns: 2_000 },
    );
    expect(stopped).toBeGreaterThan(100);
  });
});
