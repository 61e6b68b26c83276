import { describe, expect, it } from 'vitest';
import { approved } from '../../src/domain/approval.ts';
import type { Review } from '../../src/domain/pull.ts';
import { commit, person, rights, samplePull, sampleReview } from '../support/samples.ts';

const ada = person(10, 'ada');
const grace = person(11, 'grace');
const eve = person(12, 'eve');
const robot = person(13, 'robot[bot]', 'bot');
const pull = samplePull({ author: ada });
const permissions = rights({ ada: 'admin', grace: 'write', eve: 'read', 'robot[bot]': 'admin' });

const rows: readonly [string, readonly Review[], boolean][] = [
  ['nobody reviewed', [], false],
  ['somebody else with write permission approved', [sampleReview(grace, 'approved')], true],
  ['the author approved', [sampleReview(ada, 'approved')], false],
  ['a reader approved', [sampleReview(eve, 'approved')], false],
  ['a bot approved', [sampleReview(robot, 'approved')], false],
  ['a reader and a writer approved', [sampleReview(eve, 'approved'), sampleReview(grace, 'approved')], true],
  [
    'approved, then changes requested',
    [sampleReview(grace, 'approved'), sampleReview(grace, 'changes_requested')],
    false,
  ],
  [
    'changes requested, then approved',
    [sampleReview(grace, 'changes_requested'), sampleReview(grace, 'approved')],
    true,
  ],
  [
    'approved, then only commented',
    [sampleReview(grace, 'approved'), sampleReview(grace, 'commented')],
    true,
  ],
  ['approved, then dismissed', [sampleReview(grace, 'approved'), sampleReview(grace, 'dismissed')], false],
  ['approved an older commit', [sampleReview(grace, 'approved', commit('c'))], false],
  ['only commented', [sampleReview(grace, 'commented')], false],
];

describe('requirement "approved"', () => {
  it.each(rows)('%s', (_name, reviews, holds) => {
    const verdict = approved(pull, reviews, permissions);
    expect(verdict.holds).toBe(holds);
    expect(verdict.problem === null).toBe(holds);
  });

  it('does not depend on the order in which reviews are listed', () => {
    const taken = [sampleReview(grace, 'approved'), sampleReview(grace, 'changes_requested')];
    expect(approved(pull, taken.toReversed(), permissions).holds).toBe(false);
  });

  it('does not count a permission that is not known', () => {
    expect(approved(pull, [sampleReview(grace, 'approved')], rights({})).holds).toBe(false);
  });

  it('says who approved, or why an approval does not count', () => {
    expect(approved(pull, [sampleReview(grace, 'approved')], permissions).because).toBe(
      'approved by grace on aaaaaaa',
    );
    expect(approved(pull, [sampleReview(eve, 'approved')], permissions).because).toBe(
      'only that of eve, who may not write to the repository',
    );
  });
});
