import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planDigest } from '../../../src/domain/ids.ts';
import type { Review } from '../../../src/domain/pull.ts';
import {
  altered,
  type BoardHistory,
  isOurs,
  noHistory,
  type ShownPlans,
  writing,
  written,
} from '../../../src/domain/rules/board-history.ts';
import { type Bind, votesOf } from '../../../src/domain/rules/votes.ts';
import { commit, sampleProject } from '../../support/samples.ts';
import { named } from './facts.ts';

const project = sampleProject('network').key;
const other = sampleProject('database').key;
const a = planDigest('a'.repeat(64));
const b = planDigest('b'.repeat(64));
type Digest = typeof a;
/** The head of the pull request, where nothing else is said. */
const head = commit('a');
const plan = (digest: Digest, of = head) => ({ digest, commit: of });
const plans = (digest: Digest | null, of = head): ShownPlans =>
  new Map([[project, digest === null ? null : plan(digest, of)]]);

const votes = (bind: Bind, ...reviews: readonly Partial<Review>[]) =>
  votesOf({
    headSha: head,
    author: named('ada'),
    reviews: reviews.map((review, at) => ({
      id: at,
      author: named('bob'),
      state: 'approved',
      commit: head,
      submittedAt: 0,
      ...review,
    })),
    authorship: { pusher: named('ada'), movers: null, authors: [], bots: [], complete: true },
    permissionOf: () => 'write',
    bind,
    vouched: true,
  });

const uncounted = (bind: Bind, ...reviews: readonly Partial<Review>[]) =>
  votes(bind, ...reviews).map((vote) => vote.uncounted);

const bound = (history: BoardHistory, digest = a): Bind => ({
  to: 'plan',
  digest,
  commit: head,
  shown: history.shown[project] ?? [],
  altered: history.altered,
});

describe('what is kept of a comment', () => {
  const sent = writing(noHistory, plans(a), 'text 1', 1_000);
  const there = written(sent, plans(a), 'text 1', 2_000);

  test('a write that was sent, and then acknowledged', () => {
    expect(noHistory).toEqual({ body: null, sending: null, writtenAt: null, shown: {}, altered: [] });
    expect(sent).toEqual({
      body: null,
      sending: 'text 1',
      writtenAt: null,
      shown: { [project]: [{ digest: a, commit: head, at: null, sentAt: 1_000 }] },
      altered: [],
    });
    expect(there).toEqual({
      body: 'text 1',
      sending: null,
      writtenAt: 2_000,
      shown: { [project]: [{ digest: a, commit: head, at: 2_000, sentAt: 1_000 }] },
      altered: [],
    });
    expect(writing(there, plans(b), 'text 2', 3_000)).toEqual({
      ...there,
      sending: 'text 2',
      shown: {
        [project]: [...(there.shown[project] ?? []), { digest: b, commit: head, at: null, sentAt: 3_000 }],
      },
    });
  });

  test('the same plan in another text is no news', () => {
    const again = written(writing(there, plans(a), 'text 2', 3_000), plans(a), 'text 2', 4_000);
    expect(again).toEqual({ ...there, body: 'text 2', writtenAt: 4_000 });
    expect(writing(noHistory, plans(null), 'text 1', 1_000).shown).toEqual({});
    expect(written(noHistory, plans(a), 'text 1', 1_000).shown).toEqual({});
    // Another one was sent last, and it is not that which was acknowledged.
    expect(written(sent, plans(b), 'text 1', 2_000).shown).toEqual(sent.shown);
  });

  test('one that was sent again may have been there since it was sent first', () => {
    const once = writing(there, plans(b), 'text 2', 3_000);
    const twice = writing(once, plans(b), 'text 2', 60_000);
    const unknown = { digest: b, commit: head, at: null, sentAt: 3_000 };
    expect(twice.shown[project]).toEqual([
      { digest: a, commit: head, at: 2_000, sentAt: 1_000 },
      unknown,
      { digest: b, commit: head, at: null, sentAt: 60_000 },
    ]);
    // However often it is tried.
    expect(writing(twice, plans(b), 'text 2', 90_000).shown).toEqual(twice.shown);
    const known = written(twice, plans(b), 'text 2', 91_000);
    expect(known.shown[project]?.slice(1)).toEqual([
      unknown,
      { digest: b, commit: head, at: 91_000, sentAt: 60_000 },
    ]);
    expect(uncounted(bound(known, a), { submittedAt: 30_000 })).toEqual(['other-plan']);
    expect(uncounted(bound(known, b), { submittedAt: 92_000 })).toEqual([null]);
    expect(writing(known, plans(b), 'text 3', 95_000).shown).toEqual(known.shown);
    expect(
      writing(writing(known, plans(a), 'text', 95_000), plans(b), 'text', 96_000).shown[project],
    ).toHaveLength(5);
  });

  test('one that was sent again after another one that nobody acknowledged is kept as well', () => {
    const both = writing(writing(noHistory, plans(a), 'text 1', 1_000), plans(b), 'text 2', 2_000);
    expect(writing(both, plans(b), 'text 2', 3_000).shown[project]).toHaveLength(3);
  });

  test('a project that a text does not name is shown no longer, each by itself', () => {
    const both = writing(there, new Map([[other, plan(b)]]), 'text 2', 3_000);
    expect(both.shown).toEqual({
      [project]: [
        { digest: a, commit: head, at: 2_000, sentAt: 1_000 },
        { digest: null, commit: null, at: null, sentAt: 3_000 },
      ],
      [other]: [{ digest: b, commit: head, at: null, sentAt: 3_000 }],
    });
    expect(written(both, new Map([[other, plan(b)]]), 'text 2', 4_000).shown).toEqual({
      [project]: [
        { digest: a, commit: head, at: 2_000, sentAt: 1_000 },
        { digest: null, commit: null, at: 4_000, sentAt: 3_000 },
      ],
      [other]: [{ digest: b, commit: head, at: 4_000, sentAt: 3_000 }],
    });
  });

  test('a hundred of each, the newest', () => {
    let history = noHistory;
    for (let write = 1; write <= 150; write += 1)
      history = writing(history, plans(write % 2 === 0 ? a : b), 'text', write);
    expect(history.shown[project]).toHaveLength(100);
    expect(history.shown[project]?.at(-1)).toEqual({ digest: a, commit: head, at: null, sentAt: 150 });
    expect(history.shown[project]?.[0]).toEqual({ digest: b, commit: head, at: null, sentAt: 51 });
  });

  test("somebody else's text counts from our last write to our next one", () => {
    expect(altered(noHistory).altered).toEqual([{ from: 0, until: null }]);
    const once = altered(there);
    expect(once).toEqual({ ...there, altered: [{ from: 2_000, until: null }] });
    expect(altered(once)).toBe(once);
    const right = written(once, plans(a), 'text 1', 5_000);
    expect(right.altered).toEqual([{ from: 2_000, until: 5_000 }]);
    const twice = altered(right);
    expect(twice.altered).toEqual([
      { from: 2_000, until: 5_000 },
      { from: 5_000, until: null },
    ]);
    expect(written(twice, plans(a), 'text 1', 6_000).altered).toEqual([
      { from: 2_000, until: 5_000 },
      { from: 5_000, until: 6_000 },
    ]);
  });

  const texts: readonly (readonly [string | null, string | null, string | null, boolean])[] = [
    // What was acknowledged, what is on its way, what is there.
    [null, null, 'x', true],
    [null, null, null, true],
    ['x', null, 'x', true],
    ['x', null, 'y', false],
    ['x', null, null, false],
    ['x', 'y', 'x', true],
    ['x', 'y', 'y', true],
    ['x', 'y', 'z', false],
    ['x', 'y', null, false],
    [null, 'y', 'y', true],
    [null, 'y', 'z', false],
    [null, 'y', null, false],
  ];
  test.each(texts)('acknowledged %s, on its way %s, found %s: ours %s', (body, sending, found, expected) => {
    const history = { ...noHistory, body, sending };
    expect(isOurs(history, found === null ? null : { body: found, at: 5_000 })).toBe(expected);
  });

  test.each([
    [4_999, 5_000, false],
    [5_000, 5_999, true],
    [5_999, 5_000, true],
    [6_000, 5_000, true],
    [null, 5_000, true],
  ])('acknowledged at %s, and edited last at %s: ours %s', (writtenAt, at, expected) => {
    const history = { ...noHistory, body: 'x', writtenAt };
    expect(isOurs(history, { body: 'x', at })).toBe(expected);
    // One that is on its way is there from when nobody knows.
    expect(isOurs({ ...history, sending: 'y' }, { body: 'y', at })).toBe(true);
    expect(isOurs({ ...history, sending: 'y' }, { body: 'x', at })).toBe(expected);
  });
});

describe('at the borders of a second', () => {
  const shown = (at: number | null, sentAt = 0, digest = a) => ({ digest, commit: head, at, sentAt });
  const plan = (...list: readonly ReturnType<typeof shown>[]): Bind => ({
    to: 'plan',
    digest: a,
    commit: head,
    shown: list,
    altered: [],
  });

  test('a second is a thousand milliseconds, and within one nobody knows the order', () => {
    expect(uncounted(plan(shown(1_000)), { submittedAt: 1_999 })).toEqual(['before-plan']);
    expect(uncounted(plan(shown(1_000)), { submittedAt: 2_000 })).toEqual([null]);
    expect(uncounted(plan(shown(1_999)), { submittedAt: 2_000 })).toEqual([null]);
  });

  test('a write that nobody acknowledged may be there a minute before it was sent', () => {
    const list = plan(shown(1_000), shown(null, 100_000, b));
    expect(uncounted(list, { submittedAt: 39_999 })).toEqual([null]);
    expect(uncounted(list, { submittedAt: 40_000 })).toEqual(['other-plan']);
    expect(uncounted(list, { submittedAt: 41_000 })).toEqual(['other-plan']);
  });

  test('the seconds in which it was altered and put right are not ours', () => {
    const alterations = [{ from: 5_500, until: 7_500 }];
    const bind: Bind = {
      to: 'plan',
      digest: a,
      commit: head,
      shown: [shown(1_000)],
      altered: alterations,
    };
    const at = (submittedAt: number) => uncounted(bind, { submittedAt })[0];
    expect([4_999, 5_000, 5_999, 6_500, 7_999, 8_000].map(at)).toEqual([
      null,
      'altered',
      'altered',
      'altered',
      'altered',
      null,
    ]);
  });

  test('bound to a commit and a plan: of both', () => {
    const plan = {
      to: 'plan',
      digest: a,
      commit: head,
      shown: [shown(5_500)],
      altered: [{ from: 8_000, until: 9_000 }],
    } as const;
    const bind: Bind = { to: 'commit', plan };
    const at = (submittedAt: number) => uncounted(bind, { submittedAt })[0];
    expect([4_999, 5_000, 5_999, 6_000, 8_000].map(at)).toEqual([
      'before-plan',
      'before-plan',
      'before-plan',
      null,
      'altered',
    ]);
    expect(uncounted(bind, { submittedAt: 6_000, commit: null })).toEqual(['other-commit']);
    expect(uncounted({ to: 'commit', plan: null }, { submittedAt: 0 })).toEqual([null]);
    expect(uncounted({ to: 'commit', plan: null }, { commit: null })).toEqual(['other-commit']);
  });

  test('the last word of a person is the one that they gave last', () => {
    const bind: Bind = { to: 'commit', plan: null };
    const later: Partial<Review> = { id: 1, submittedAt: 3_000, state: 'changes_requested' };
    const sooner: Partial<Review> = { id: 2, submittedAt: 2_000 };
    expect(uncounted(bind, sooner, later)).toEqual([]);
    expect(uncounted(bind, later, sooner)).toEqual([]);
    const first: Partial<Review> = { id: 1, submittedAt: 2_000 };
    const second: Partial<Review> = { id: 2, submittedAt: 2_000, state: 'changes_requested' };
    expect(uncounted(bind, first, second)).toEqual([]);
    expect(uncounted(bind, second, first)).toEqual([]);
    expect(uncounted(bind, { ...second, id: 1 }, { ...first, id: 2 })).toEqual([null]);
    expect(uncounted(bind, { ...first, id: 2 }, { ...second, id: 1 })).toEqual([null]);
  });
});

/** What happened to a comment, by the forge's clock; a write that was not acknowledged may be there or not. */
interface Written {
  readonly digest: Digest | null;
  readonly sentAt: number;
  readonly at: number | null;
}

const happening = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      plan: fc.constantFrom(a, a, b, null),
      isKnown: fc.boolean(),
      after: fc.nat(70_000),
      takes: fc.nat(1_500),
    }),
  },
  { weight: 1, arbitrary: fc.constant('altered' as const) },
);

const second = (at: number): number => Math.floor(at / 1000);

test('whatever happens in whatever order: a vote counts only if everything that may have been on show was its plan', () => {
  fc.assert(
    fc.property(
      fc.array(happening, { maxLength: 10 }),
      // Our clock may be behind the forge's or before it.
      fc.integer({ min: -59_000, max: 59_000 }),
      fc.nat(400_000),
      (happenings, apart, submitted) => {
        const start = 1_000_000;
        let [now, history] = [start, noHistory];
        const writes: Written[] = [];
        const alterations: number[] = [];
        for (const one of happenings) {
          if (one === 'altered') {
            history = altered(history);
            alterations.push(writes.length);
            continue;
          }
          now += one.after;
          history = writing(history, plans(one.plan), 'text', now - apart);
          const sentAt = now;
          if (one.isKnown) {
            now += one.takes;
            history = written(history, plans(one.plan), 'text', now);
          }
          writes.push({ digest: one.plan, sentAt, at: one.isKnown ? now : null });
        }
        const at = second(start + submitted);
        /** Until when what came at this place may have been on show: the next that is known to have been written. */
        const until = (place: number): number =>
          second(writes.find((write, index) => index >= place && write.at !== null)?.at ?? Infinity);
        const seen = writes.filter(
          (write, place) => second(write.at ?? write.sentAt) <= at && at <= until(place + 1),
        );
        const isStrange = alterations.some((place) => {
          const before = writes.findLast((write, index) => index < place && write.at !== null)?.at ?? 0;
          return second(before) <= at && at <= until(place);
        });
        const [vote] = uncounted(bound(history), { submittedAt: start + submitted });
        const isRight = at > until(0) && seen.every(({ digest }) => digest === a) && !isStrange;
        if (vote === null) expect(isRight).toBe(true);
        // Where everything is known, that is all that is asked.
        if (isRight && writes.every((write) => write.at !== null)) expect(vote).toBeNull();
      },
    ),
    { numRuns: 2_000 },
  );
});

describe('which plan an approval saw', () => {
  const shown = [
    { digest: a, commit: head, at: 2_000, sentAt: 1_000 },
    { digest: null, commit: null, at: 5_000, sentAt: 4_000 },
    { digest: b, commit: head, at: 8_000, sentAt: 7_000 },
  ];
  const saw = (
    submittedAt: number,
    bind: Bind = { to: 'plan', digest: b, commit: head, shown, altered: [] },
  ) => votes(bind, { submittedAt })[0]?.saw;

  test('is the one that stood there then, whatever is asked about now', () => {
    expect([3_000, 4_000, 6_000, 9_000].map((at) => saw(at))).toEqual([a, a, null, b]);
    expect(saw(1_000)).toBeNull();
  });

  test('is told only where it was one', () => {
    expect(saw(2_000)).toBeNull();
    expect(saw(5_000)).toBeNull();
    const twice = [...shown.slice(0, 1), { digest: b, commit: head, at: 5_000, sentAt: 4_000 }];
    expect(saw(5_000, { to: 'plan', digest: b, commit: head, shown: twice, altered: [] })).toBeNull();
    const same = [...shown.slice(0, 1), { digest: a, commit: head, at: null, sentAt: 4_000 }];
    expect(saw(5_000, { to: 'plan', digest: b, commit: head, shown: same, altered: [] })).toBe(a);
  });

  test('is not asked about where approvals are of the commit', () => {
    expect(saw(3_000, { to: 'commit', plan: null })).toBeNull();
  });
});
