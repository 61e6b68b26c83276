import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inputsDigest, runId, sha, treeId } from '../../src/domain/ids.ts';
import { refOf, standingOf, type Tracked, type Version } from '../../src/domain/tracked.ts';
import {
  followTip,
  newTracked,
  noteApplied,
  noteAttempt,
  noteGone,
  noteMerged,
  noteOver,
  noteProof,
  type Step,
  type Tip,
} from '../../src/domain/tracking.ts';
import { ada, project, repo } from '../store/samples.ts';

const ref = 'refs/heads/main';
const its = project('network');
const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');
/** What two versions of a tool make of one content is never the same. */
const inputsOf = (content: number, toolVersion = '1') =>
  inputsDigest(hex(content * 100 + Number(toolVersion), 64));

/** A commit's number says nothing of its content: other projects change as well. */
const tip = (commit: number, content: number, more: Partial<Tip> = {}): Tip => ({
  ...{ repo, project: its, ref, sha: sha(hex(commit, 40)), tree: treeId(hex(commit, 40)) },
  inputsWith: (toolVersion) => inputsOf(content, toolVersion),
  behind: null,
  ...more,
});
const version = (commit: number, content: number, more: Partial<Version> = {}): Version => ({
  ...{ ref, sha: sha(hex(commit, 40)), tree: treeId(hex(commit, 40)), on: 'open', sure: true },
  ...{ inputs: inputsOf(content), toolVersion: '1', plan: null, by: ada, pullNumber: 1, at: 5 },
  run: runId('run-0000001'),
  ...more,
});
const attempt = (outcome: 'failed' | 'unresolved' | 'part' | 'destroyed' | 'operated') => ({
  ...{ outcome, sha: sha(hex(99, 40)), by: null, pullNumber: 1, run: runId('run-0000002'), at: 6 },
});
const proof = (content: number, toolVersion = '1') => ({
  ...{ inputs: inputsOf(content, toolVersion), toolVersion, run: null, pullNumber: 2, at: 7 },
});

const begin = newTracked(repo, its);
/** One after another, with what there was to tell. */
const passed = (...steps: readonly ((tracked: Tracked) => Step)[]): Step =>
  steps.reduce<Step>(
    ({ tracked, history }, take) => {
      const next = take(tracked);
      return { tracked: next.tracked, history: [...history, ...next.history] };
    },
    { tracked: begin, history: [] },
  );
const at = (commit: number, content: number) => (one: Tracked) =>
  followTip(one, tip(commit, content), commit);
const apply =
  (commit: number, content: number, more: Partial<Version> = {}) =>
  (one: Tracked) =>
    noteApplied(one, version(commit, content, more), its, 50);
const told = ({ history }: Step) => history.map(({ kind }) => kind);

describe('the applied version', () => {
  test('is ahead of the branch until the merge brings the same, and stands at the merged commit then', () => {
    const ahead = passed(at(1, 10), apply(70, 20));
    expect(standingOf(ahead.tracked)).toBe('ahead');
    const merged = passed(at(1, 10), apply(70, 20), at(2, 20));
    expect(standingOf(merged.tracked)).toBe('same');
    expect(merged.tracked.applied).toEqual({
      ...version(70, 20),
      sha: tip(2, 0).sha,
      tree: tip(2, 0).tree,
      on: 'branch',
    });
    expect(told(merged)).toEqual(['applied', 'moved']);
  });

  test('moves along while other projects change, without a word, and stays when its own inputs do', () => {
    const same = passed(at(1, 10), apply(70, 20), at(2, 20), at(3, 20), at(4, 20));
    expect(same.tracked.applied?.sha).toBe(tip(4, 0).sha);
    expect(told(same)).toEqual(['applied', 'moved']);
    const behind = passed(at(1, 10), apply(70, 20), at(2, 20), at(3, 30), at(4, 30));
    expect(behind.tracked.applied?.sha).toBe(tip(2, 0).sha);
    expect(behind.tracked.pendingSince).toBe(3);
    expect(told(behind)).toEqual(['applied', 'moved', 'pending']);
    // What was reverted is what is there.
    const back = passed(() => behind, at(5, 20));
    expect([standingOf(back.tracked), back.tracked.pendingSince]).toEqual(['same', null]);
  });

  test('of another version of the tool is the same where the tree is', () => {
    const moved = passed(apply(70, 20, { toolVersion: '2', inputs: inputsOf(20, '2') }), at(2, 20));
    expect(standingOf(moved.tracked)).toBe('same');
    const other = passed(apply(70, 20, { toolVersion: '2', inputs: inputsOf(20, '3') }), at(2, 20));
    expect(standingOf(other.tracked)).toBe('ahead');
  });

  test('is not sure after anything that was begun and did not end well, until a plan finds nothing to change', () => {
    for (const outcome of ['failed', 'unresolved', 'part', 'operated'] as const) {
      const failed = passed(at(2, 20), apply(2, 20, { on: 'branch' }), (one) =>
        noteAttempt(one, attempt(outcome), 60),
      );
      expect(failed.tracked).toMatchObject({ applied: { sure: false }, attempted: { outcome } });
      const moved = passed(() => failed, at(3, 20));
      expect(moved.tracked.applied).toMatchObject({ sure: false, sha: tip(3, 0).sha });
      const found = passed(
        () => moved,
        (one) => noteProof(one, proof(20), 70),
      );
      expect(found.tracked).toMatchObject({ applied: { sure: true }, attempted: null });
      const other = passed(
        () => moved,
        (one) => noteProof(one, proof(30), 70),
      );
      expect(other.tracked.applied?.sure).toBe(false);
      expect(told(found).at(-1)).toBe('found');
    }
  });

  test('is found where a plan had nothing to change, of what was never applied too; an apply in between ends that', () => {
    const found = passed(at(1, 10), (one) => noteProof(one, proof(10), 7), at(2, 10));
    expect(found.tracked.applied).toMatchObject({
      sha: tip(2, 0).sha,
      by: null,
      plan: null,
      sure: true,
      pullNumber: 2,
    });
    expect(told(found)).toEqual(['found']);
    const broken = passed(
      at(1, 10),
      (one) => noteProof(one, proof(10), 7),
      (one) => noteAttempt(one, attempt('failed'), 8),
      at(2, 10),
    );
    expect(broken.tracked.applied).toBeNull();
  });

  test('moves along by a plan that did not look at all of the world, which finds nothing and makes nothing sure', () => {
    const blind = (content: number) => (one: Tracked) =>
      noteProof(one, { ...proof(content), blind: true }, 7);
    expect(passed(at(1, 10), blind(10), at(2, 10)).tracked.applied).toBeNull();
    const moved = passed(at(1, 10), apply(1, 10, { on: 'branch' }), blind(20), at(2, 20));
    expect(moved.tracked.applied).toMatchObject({ sha: tip(2, 0).sha, sure: true, by: ada });
    expect([standingOf(moved.tracked), told(moved).at(-1)]).toEqual(['same', 'moved']);
    for (const content of [10, 20]) {
      const unsure = passed(
        at(1, 10),
        apply(1, 10, { on: 'branch' }),
        (one) => noteAttempt(one, attempt('failed'), 6),
        blind(content),
        at(2, content),
      );
      expect(unsure.tracked).toMatchObject({ applied: { sure: false }, attempted: { outcome: 'failed' } });
    }
    // It takes the place of no proof of the same.
    const sure = passed(at(1, 10), (one) => noteProof(one, proof(10), 7), blind(10), at(2, 10));
    expect(sure.tracked.applied).toMatchObject({ sure: true });
  });

  test('is none after its end was applied', () => {
    const ended = passed(
      at(1, 10),
      apply(1, 10, { on: 'branch' }),
      (one) => noteAttempt(one, attempt('destroyed'), 9),
      at(2, 10),
    );
    expect([ended.tracked.applied, standingOf(ended.tracked)]).toEqual([null, 'unknown']);
  });

  test('of a pull request that ends without the branch having the same is pending', () => {
    const closed = passed(at(1, 10), apply(70, 20), (one) => noteOver(one, 1, 80));
    expect([standingOf(closed.tracked), closed.tracked.pendingSince]).toEqual(['pending', 80]);
    const other = passed(at(1, 10), apply(70, 20), (one) => noteOver(one, 2, 80));
    expect(standingOf(other.tracked)).toBe('ahead');
  });
});

describe('a project', () => {
  test('that its branch has no more is gone, and comes back; what is applied for an open pull request is not', () => {
    const gone = (one: Tracked) => noteGone(one, tip(8, 0), 80);
    const away = passed(at(1, 10), apply(1, 10, { on: 'branch' }), gone, gone);
    expect([standingOf(away.tracked), told(away)]).toEqual(['gone', ['applied', 'gone']]);
    const back = passed(() => away, at(9, 10));
    expect([standingOf(back.tracked), told(back)]).toEqual(['same', ['applied', 'gone', 'back', 'moved']]);
    expect(standingOf(passed(apply(70, 20), gone).tracked)).not.toBe('gone');
    // Another branch says nothing of it.
    const elsewhere = passed(at(1, 10), (one) => noteGone(one, tip(8, 0, { ref: 'refs/heads/next' }), 80));
    expect(elsewhere.tracked.goneAt).toBeNull();
  });

  test('of two branches goes by the one into which it was applied', () => {
    const next = tip(3, 10, { ref: 'refs/heads/next' });
    const stays = passed(at(1, 10), (one) => followTip(one, next, 3));
    expect(refOf(stays.tracked)).toBe(ref);
    const goes = passed(at(1, 10), apply(70, 10, { ref: next.ref }), at(4, 10), (one) =>
      followTip(one, next, 5),
    );
    expect([refOf(goes.tracked), standingOf(goes.tracked)]).toEqual([next.ref, 'same']);
  });

  test('is not waited for any more once the world is as its branch says', () => {
    const merged = { pullNumber: 1, commit: tip(2, 0).sha, at: 2, told: false };
    const waits = (one: Tracked): Step => ({ tracked: noteMerged(one, merged), history: [] });
    const before = passed(at(1, 10), apply(1, 10, { on: 'branch' }), waits, at(2, 20));
    expect(before.tracked.merged).toEqual(merged);
    expect(passed(() => before, apply(71, 20), at(3, 20)).tracked.merged).toBeNull();
  });
});

type Event =
  | { readonly kind: 'tip' | 'apply' | 'merge-apply' | 'proof' | 'blind'; readonly content: number }
  | { readonly kind: 'failed' | 'unresolved' | 'part' | 'operated' | 'destroyed' | 'over' | 'gone' };
const content = fc.integer({ min: 1, max: 3 });
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constantFrom('tip', 'apply', 'merge-apply', 'proof', 'blind'), content }),
  fc.record({
    kind: fc.constantFrom('failed', 'unresolved', 'part', 'operated', 'destroyed', 'over', 'gone'),
  }),
);

const take = (one: Tracked, what: Event, index: number): Step => {
  const now = 1_000 + index;
  switch (what.kind) {
    case 'tip':
      return followTip(one, tip(index + 1, what.content), now);
    case 'apply':
      return noteApplied(one, version(500 + index, what.content, { at: now }), its, now);
    case 'merge-apply':
      return noteApplied(one, version(500 + index, what.content, { at: now, on: 'branch' }), its, now);
    case 'proof':
      return noteProof(one, proof(what.content), now);
    case 'blind':
      return noteProof(one, { ...proof(what.content), blind: true }, now);
    case 'over':
      return noteOver(one, 1, now);
    case 'gone':
      return noteGone(one, tip(index + 1, 0), now);
    default:
      return noteAttempt(one, attempt(what.kind), now);
  }
};

describe('whatever happens in whatever order', () => {
  test('what is called applied was applied, or proven, since the last end; and sure only where nothing came after', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 25 }), (events) => {
        let one = begin;
        let known = new Set<string>();
        let isSure = false;
        let last: string | null = null;
        events.forEach((what, index) => {
          const { tracked } = take(one, what, index);
          one = tracked;
          if (what.kind === 'apply' || what.kind === 'merge-apply') {
            last = inputsOf(what.content);
            known = new Set([last]);
            isSure = true;
          } else if (what.kind === 'proof') {
            known.add(inputsOf(what.content));
            isSure = true;
            last = null;
          } else if (what.kind === 'blind') {
            // What was there moves along by it; nothing is found, and nothing is sure.
            if (tracked.applied !== null) known.add(inputsOf(what.content));
            last = null;
          } else if (what.kind === 'destroyed') {
            known.clear();
            last = null;
          } else if (!['tip', 'over', 'gone'].includes(what.kind)) {
            isSure = false;
            // Proofs of before say nothing any more; the version that was there is only not sure.
            known = new Set(tracked.applied === null ? [] : [tracked.applied.inputs]);
          }
          if (tracked.applied === null) return;
          expect(known).toContain(tracked.applied.inputs);
          if (tracked.applied.sure) expect(isSure).toBe(true);
          if (last !== null) expect(tracked.applied.inputs).toBe(last);
        });
      }),
      { numRuns: 2_000 },
    );
  });

  test('pending and moved are never both, and what is at the tip is what the tip describes', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 25 }), (events) => {
        let one = begin;
        let there: number | null = null;
        events.forEach((what, index) => {
          const { tracked, history } = take(one, what, index);
          one = tracked;
          if (what.kind === 'tip') there = what.content;
          const kinds = history.map(({ kind }) => kind);
          expect(kinds.includes('pending') && (kinds.includes('moved') || kinds.includes('found'))).toBe(
            false,
          );
          expect(tracked.pendingSince !== null).toBe(standingOf(tracked) === 'pending');
          const isAtTip = what.kind === 'tip' && standingOf(tracked) === 'same';
          if (isAtTip && there !== null) expect(tracked.applied?.inputs).toBe(inputsOf(there));
          if (what.kind === 'tip' && tracked.applied?.inputs === inputsOf(what.content))
            expect(standingOf(tracked)).toBe('same');
        });
      }),
      { numRuns: 2_000 },
    );
  });

  test('the order of the webhooks of pushes and of the end of the pull request makes no difference to where it stands', () => {
    const hooks = fc.array(fc.constantFrom('push', 'closed'), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(content, content, content, hooks, hooks, (before, applied, merged, one, other) => {
        const end = (order: readonly string[]): unknown => {
          const steps = order.map((hook) =>
            hook === 'push' ? at(2, merged) : (tracked: Tracked) => noteOver(tracked, 1, 90),
          );
          const { tracked } = passed(at(1, before), apply(70, applied), ...steps);
          return { ...tracked, pendingSince: tracked.pendingSince !== null };
        };
        // A hook that is lost is found by the sweep, at last.
        expect(end([...one, 'push', 'closed'])).toEqual(end([...other, 'closed', 'push']));
      }),
      { numRuns: 1_000 },
    );
  });
});
