/** Decision 60: what keeps a pull request about drift from being opened without a command. */
import { describe, expect, test } from 'vitest';
import { dayMs } from '../../src/domain/drift/correction.ts';
import { type CorrectionFacts, limitsOfPull, mayCorrect } from '../../src/domain/drift/limits.ts';
import { type DriftPull, refusedBy } from '../../src/domain/drift/pull.ts';
import { carefulLimits } from '../../src/domain/drift/settings.ts';
import type { Tracked } from '../../src/domain/tracked.ts';
import {
  begunAt,
  correction,
  fine,
  now,
  planOf,
  seeing,
  tracked,
  version,
} from '../support/correction-facts.ts';
import { commit } from '../support/samples.ts';

const may: CorrectionFacts = { ...fine, settings: { mode: 'pr', limits: carefulLimits } };
const unsure = { ...tracked, applied: tracked.applied === null ? null : { ...tracked.applied, sure: false } };

const tag = 'refs/tags/v1.0.0';
const ofTag: Tracked = {
  ...tracked,
  desired: tracked.desired === null ? null : { ...tracked.desired, ref: tag },
  applied: tracked.applied === null ? null : { ...tracked.applied, ref: tag },
};

/** Which limit says no, and to what; without it nothing does. */
const forbidden: readonly (readonly [string, Partial<CorrectionFacts>])[] = [
  ['askedForPull', { settings: { mode: 'issue', limits: carefulLimits } }],
  ['ofBranch', { tracked: ofTag }],
  ['fresh', seeing(fine.seen.summary, { status: 'clean' })],
  [
    'standing',
    { tracked: { ...tracked, desired: { ...version, sha: commit('b'), behind: 1, refused: null } } },
  ],
  ['sure', { tracked: unsure }],
  [
    'unsuspended',
    { suspended: [{ by: 'ada', reason: 'it is moved', until: now + 1, since: 1, source: null }] },
  ],
  ['wanted', { refused: { number: 7, ended: 'closed' } }],
  ['free', { inHand: '#3 holds its lock' }],
  ['restedForPull', { correction: { ...correction, begun: begunAt(1) } }],
];

describe('a pull request about drift', () => {
  test('is opened where nothing stands in the way, whatever it would do: people look at it', () => {
    expect(mayCorrect(may, limitsOfPull)).toBeNull();
    const much = { ...may, ...seeing(planOf(['delete', 'replace', 'import'], 0)), person: 'they ask' };
    expect(mayCorrect(much, limitsOfPull)).toBeNull();
  });

  test.each(forbidden)('is held back by %s, and by nothing else there', (name, facts) => {
    expect(mayCorrect({ ...may, ...facts }, limitsOfPull)).not.toBeNull();
    const { [name]: _, ...others } = limitsOfPull;
    expect(mayCorrect({ ...may, ...facts }, others)).toBeNull();
  });

  test('covers every limit', () => {
    expect(forbidden.map(([name]) => name)).toEqual(Object.keys(limitsOfPull));
  });
});

const one: DriftPull = {
  ...{ project: tracked.key, repo: tracked.repo, name: 'network', attempt: 1, way: 'restore', issue: 1 },
  ...{ fingerprint: 'f', asker: { id: 1, login: 'ada', kind: 'user' }, reason: '', branch: 'b' },
  files: [],
  ...{ head: null, number: 2, ended: 'closed', endedAt: now - 2 * dayMs, cleanAt: null, at: 1 },
};

describe('what people have closed', () => {
  test.each([
    ['keeps us from the same', {}, true],
    ['was about something else', { fingerprint: 'g' }, false],
    ['was closed by us', { ended: 'clean' }, false],
    ['was merged', { ended: 'merged' }, true],
    ['is open', { ended: null, endedAt: null }, false],
    ['was to have Git say what is there', { way: 'adopt' }, false],
    ['and was right since, long ago', { cleanAt: now - dayMs }, false],
    ['and was right since, but within this day', { cleanAt: now - 1, endedAt: now - dayMs + 1 }, true],
  ] satisfies readonly (readonly [string, Partial<DriftPull>, boolean])[])('%s', (_, more, refused) => {
    expect(refusedBy([{ ...one, ...more }], 'f', now) !== null).toBe(refused);
  });
});
