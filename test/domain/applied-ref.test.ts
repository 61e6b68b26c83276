import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { appliedRef } from '../../src/domain/applied-ref.ts';
import { inputsDigest, sha, treeId } from '../../src/domain/ids.ts';
import { newTracked } from '../../src/domain/tracking.ts';
import { isBranchName } from '../../src/git/local/branch-name.ts';
import { project, repo } from '../store/samples.ts';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const refOf = (environment: string | null, name: string): string | null => {
  const its = project();
  const tracked = newTracked(repo, { ...its, name, settings: { ...its.settings, environment } });
  const applied = {
    ...{ ref: 'refs/heads/main', sha: sha('a'.repeat(40)), tree: treeId('a'.repeat(40)) },
    ...{ inputs: inputsDigest('a'.repeat(64)), toolVersion: '1.11.4', on: 'branch' as const },
    ...{ sure: true, plan: null, by: null, pullNumber: 1, run: null, at: 1_000 },
  };
  return appliedRef({ ...tracked, applied }, digest)?.ref ?? null;
};

test('is named after the environment and the project', () => {
  expect(refOf('production', 'network')).toBe('refs/tidegate/production/network');
  expect(refOf('production', 'envs/network')).toMatch(
    /^refs\/tidegate\/production\/envs-network-[0-9a-f]{8}$/,
  );
  expect(refOf('production', '..')).toMatch(/^refs\/tidegate\/production\/x-[0-9a-f]{8}$/);
  expect(refOf(null, 'network')).toBeNull();
});

test('is a name of Git whatever the project is called, below our own, and no two share one', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.oneof(
          fc.string({ minLength: 1, unit: 'grapheme' }),
          fc.constantFrom('a', 'a/b', 'a.lock', '.a', 'a..b', '-a', 'A'),
        ),
        { minLength: 2, maxLength: 6 },
      ),
      (names) => {
        const refs = names.map((name) => refOf('production', name) ?? '');
        for (const ref of refs) {
          expect(ref).toMatch(/^refs\/tidegate\/production\/[A-Za-z0-9._-]+$/);
          expect(isBranchName(ref.slice('refs/'.length))).toBe(true);
        }
        expect(new Set(refs).size).toBe(names.length);
      },
    ),
  );
});
