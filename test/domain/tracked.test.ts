import { expect, test } from 'vitest';
import { inputsDigest, sha, treeId } from '../../src/domain/ids.ts';
import { type Desired, standingOf, type Version } from '../../src/domain/tracked.ts';

const one = sha('1'.repeat(40));
const other = sha('2'.repeat(40));
const at = { ref: 'refs/heads/main', tree: treeId('3'.repeat(40)), at: 1 };
const desired: Desired = { ...at, sha: one, behind: null, refused: null };
const applied: Version = {
  ...{ ...at, sha: one, on: 'branch', sure: true, inputs: inputsDigest('4'.repeat(64)), toolVersion: '1' },
  ...{ plan: null, by: null, pullNumber: null, run: null },
};

test.each([
  ['the same commit of the same branch', { desired, applied }, 'same'],
  ['never applied', { desired, applied: null }, 'unknown'],
  ['its branch was not looked at', { desired: null, applied }, 'unknown'],
  ['another commit', { desired, applied: { ...applied, sha: other } }, 'pending'],
  ['another branch', { desired, applied: { ...applied, ref: 'refs/heads/prod' } }, 'pending'],
  ['of an open pull request', { desired, applied: { ...applied, sha: other, on: 'open' } }, 'ahead'],
  ['of one that ended otherwise', { desired, applied: { ...applied, on: 'ended' } }, 'pending'],
  ['not on the branch any more', { desired, applied, goneAt: 5 }, 'gone'],
] as const)('%s', (_name, tracked, standing) => {
  expect(standingOf({ goneAt: null, ...tracked })).toBe(standing);
});
