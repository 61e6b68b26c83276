/** Decision 57: once for each finding, slower each time, and stopped when it comes back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterApply,
  type Begun,
  cameToNothing,
  dayMs,
  isOpen,
  lately,
  letGoOn,
  mostOfTheSame,
  noCorrection,
  oscillates,
  takenUp,
  waitsUntil,
  withFound,
} from '../../src/domain/drift/correction.ts';
import { mayCorrect } from '../../src/domain/drift/limits.ts';
import { runId } from '../../src/domain/ids.ts';
import { repo } from '../store/samples.ts';
import {
  begunAt,
  correction,
  fine,
  look,
  minute,
  now,
  project,
  seeing,
} from '../support/correction-facts.ts';

describe('one finding', () => {
  const other = runId('look-0002');

  test('is taken up once, by whoever comes first', () => {
    const taken = takenUp(correction, look, now);
    expect(taken).toMatchObject({ taken: look, underWay: true, begun: [{ fingerprint: 'f', at: now }] });
    expect(taken === null ? null : takenUp(taken, look, now)).toBeNull();
    expect(takenUp(correction, other, now)).toBeNull();
    const failed = cameToNothing(taken ?? correction, 'No.', now);
    expect([isOpen(failed), takenUp(failed, look, now)]).toEqual([false, null]);
    expect(failed).toMatchObject({ underWay: false, because: 'No.', wakeAt: now + 5 * minute });
  });

  test('is taken up at most once in any order of looks, attempts, applies, words of people and jumps of the clock', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('look' as const), found: fc.boolean() }),
      fc.record({
        kind: fc.constantFrom('take' as const, 'fail' as const, 'apply' as const, 'resume' as const),
      }),
      fc.record({ kind: fc.constant('clock' as const), by: fc.integer({ min: -400, max: 400 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let [it, at, looks] = [noCorrection(project.key, repo), now, 0];
        const taken: string[] = [];
        for (const one of steps) {
          if (one.kind === 'clock') at += one.by * 60 * minute;
          else if (one.kind === 'look') {
            looks += 1;
            const id = runId(`look-${String(looks).padStart(4, '0')}`);
            it = withFound(it, one.found ? { look: id, fingerprint: 'f', at } : null);
          } else if (one.kind === 'take') {
            const next = takenUp(it, it.found?.look ?? look, at);
            if (next !== null) taken.push(next.taken ?? '');
            it = next ?? it;
          } else if (one.kind === 'fail') it = cameToNothing(it, 'No.', at);
          else if (one.kind === 'apply') it = afterApply(it, false);
          else it = letGoOn(it, at);
        }
        expect(new Set(taken).size).toBe(taken.length);
      }),
    );
  });
});

describe('what comes back', () => {
  test('waits five minutes, twice as long each time, a day at most', () => {
    const waits = Array.from({ length: 12 }, (_, many) => {
      const begun = Array.from({ length: many }, () => ({ fingerprint: 'f', at: now }));
      const until = waitsUntil({ begun }, now);
      return until === null ? null : (until - now) / minute;
    });
    expect(waits).toEqual([null, 5, 10, 20, 40, 80, 160, 320, 640, 1_280, 1_440, 1_440]);
  });

  test('waits half an hour at most where the last one came to nothing: a window may open for an hour', () => {
    const one = { fingerprint: 'f', at: now };
    const after = (many: number) => {
      const begun = Array.from({ length: many }, () => one);
      return (cameToNothing({ ...correction, begun }, 'Its window is closed.', now).wakeAt ?? 0) - now;
    };
    expect([1, 2, 3, 4, 12].map((many) => after(many) / minute)).toEqual([5, 10, 20, 30, 30]);
  });

  test('is stopped when the same was put back three times within a day, and not for what is another each time', () => {
    const same = begunAt(1_000, 500, 10);
    expect(oscillates({ begun: same }, 'f', now)).toBe(true);
    expect(oscillates({ begun: same }, 'g', now)).toBe(false);
    expect(oscillates({ begun: same }, 'f', now + dayMs)).toBe(false);
    expect(mostOfTheSame).toBe(3);
    // What came to nothing put nothing back.
    const failing = same.map((one, index) =>
      index === 1 ? { ...one, failed: 'Its window is closed.' } : one,
    );
    expect(oscillates({ begun: failing }, 'f', now)).toBe(false);
    expect(mayCorrect({ ...fine, correction: { ...correction, begun: same } })?.stops).toBe(true);
  });

  test('is begun at most ten times in any day, and the same at most three, however often it is asked for', () => {
    const asking = fc.array(
      fc.record({ after: fc.integer({ min: 0, max: 90 }), fingerprint: fc.constantFrom('f', 'g', 'h') }),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(asking, (asks) => {
        let [it, at] = [noCorrection(project.key, repo), now];
        const done: Begun[] = [];
        asks.forEach(({ after, fingerprint }, index) => {
          at += after * minute;
          const id = runId(`look-${String(index).padStart(4, '0')}`);
          it = withFound(it, { look: id, fingerprint, at });
          const facts = { ...fine, now: at, correction: it, ...seeing(fine.seen.summary, { fingerprint }) };
          if (mayCorrect(facts) !== null) return;
          it = afterApply(takenUp(it, id, at) ?? it, false);
          done.push({ fingerprint, at });
        });
        for (const one of done) {
          const day = done.filter((other) => other.at >= one.at && other.at < one.at + dayMs);
          expect(day.length).toBeLessThanOrEqual(10);
          expect(day.filter((other) => other.fingerprint === one.fingerprint).length).toBeLessThanOrEqual(
            mostOfTheSame,
          );
        }
      }),
    );
  });

  test('is held no longer than a day by a clock that was ahead', () => {
    const ahead = { begun: begunAt(-1_000_000) };
    const until = waitsUntil(ahead, now);
    expect(until).toBe(now + 5 * minute);
    expect(lately(ahead.begun, now)).toEqual([{ fingerprint: 'f', at: now }]);
  });

  test('goes on after a person’s word, and after nothing that Tidegate does', () => {
    const stopped = { ...correction, begun: begunAt(30, 20, 10), stopped: { fingerprint: 'f', at: now } };
    expect(afterApply(stopped, false)).toMatchObject({ stopped: stopped.stopped, begun: stopped.begun });
    expect(afterApply(stopped, true)).toMatchObject({ stopped: null, begun: [] });
    expect(letGoOn(stopped, now)).toMatchObject({ stopped: null, begun: [], wakeAt: now });
  });
});
