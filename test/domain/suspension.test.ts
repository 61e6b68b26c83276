import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  inForce,
  isOver,
  nextIn,
  remindAt,
  type Suspension,
  stageAt,
  suspendedProblem,
} from '../../src/domain/suspension.ts';
import { ada, project, repo } from '../store/samples.ts';

const said = (since: number, until: number, reminded = false): Suspension => ({
  project: project('network'),
  repo,
  pullNumber: 3,
  commentId: 5,
  by: ada,
  reason: 'it moves',
  since,
  until,
  reminded,
});
const written = (until: number) => ({ by: 'grace', reason: 'a freeze', until, source: 'a file, line 3' });
const times = fc
  .tuple(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 1, max: 1e9 }))
  .map(([since, lasts]) => ({ since, until: since + lasts }));

describe('a suspension', () => {
  it('holds until its very end, whoever said it and where: one of them is enough', () => {
    fc.assert(
      fc.property(fc.array(times), fc.array(times), fc.integer({ min: 0, max: 2e9 }), (one, other, now) => {
        const found = inForce(
          one.map(({ since, until }) => said(since, until)),
          other.map(({ until }) => written(until)),
          now,
        );
        const all = [...one, ...other].map(({ until }) => until);
        expect(found).toHaveLength(all.filter((until) => until > now).length);
        expect(found.map(({ until }) => until)).toEqual(
          all.filter((until) => until > now).toSorted((a, b) => b - a),
        );
      }),
    );
  });

  it('is told of once before it ends, and once after, in that order', () => {
    fc.assert(
      fc.property(times, fc.array(fc.integer({ min: 0, max: 3e9 })), ({ since, until }, looks) => {
        expect(remindAt({ since, until })).toBeGreaterThanOrEqual(since);
        expect(remindAt({ since, until })).toBeLessThanOrEqual(until);
        const told: string[] = [];
        let reminded = false;
        for (const now of looks.toSorted((a, b) => a - b)) {
          const stage = stageAt({ since, until, reminded }, now);
          if (stage !== 'stands') told.push(stage);
          if (stage === 'over') break;
          if (stage === 'ends-soon') reminded = true;
        }
        expect(told.filter((one) => one === 'ends-soon').length).toBeLessThanOrEqual(1);
        expect(told.indexOf('over')).toBeLessThanOrEqual(Math.max(0, told.length - 1));
        expect(told.at(-1) === 'over').toBe(looks.some((now) => now >= until));
      }),
    );
  });

  it('is looked at again no later than something is to be done', () => {
    fc.assert(
      fc.property(
        times,
        fc.boolean(),
        fc.integer({ min: 0, max: 2e9 }),
        ({ since, until }, reminded, now) => {
          const one = { since, until, reminded };
          const wait = nextIn([one], now) ?? -1;
          expect(wait).toBeGreaterThanOrEqual(0);
          if (stageAt(one, now) !== 'stands') {
            expect(wait).toBe(0);
            return;
          }
          expect(stageAt(one, now + wait)).not.toBe('stands');
          if (wait > 0) expect(stageAt(one, now + wait - 1)).toBe('stands');
        },
      ),
    );
    expect(nextIn([], 0)).toBeNull();
    expect(isOver({ until: 5 }, 5)).toBe(true);
  });

  it('says who, until when and why, and how it ends', () => {
    const all = inForce([said(0, 7_200_000)], [written(3_600_000)], 0);
    expect(suspendedProblem('network', all)).toEqual({
      code: 'suspended',
      sentence: '`network` is suspended by `ada` until 1970-01-01 02:00 UTC: `it moves` (and by `grace`)',
      advice:
        'Nothing is applied to it until then, and plans go on. Whoever may suspend it ends that with `/resume -p network`.',
    });
    expect(suspendedProblem('network', inForce([], [written(3_600_000)], 0))).toMatchObject({
      sentence: '`network` is suspended by `grace` in a file, line 3 until 1970-01-01 01:00 UTC: `a freeze`',
      advice: expect.stringContaining('taken out of that file'),
    });
    expect(suspendedProblem('network', []).sentence).toContain('could not be read');
  });
});
