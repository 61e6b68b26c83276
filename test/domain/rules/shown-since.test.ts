import { describe, expect, test } from 'vitest';
import { type PlanDigest, planDigest } from '../../../src/domain/ids.ts';
import { shownSince } from '../../../src/domain/rules/board-history.ts';
import { commit } from '../../support/samples.ts';

const a = planDigest('a'.repeat(64));
const b = planDigest('b'.repeat(64));
const head = commit('a');

describe('since when a plan is shown', () => {
  const shown = (...list: readonly (readonly [PlanDigest | null, number | null, number])[]) =>
    list.map(([digest, at, sentAt]) => ({ digest, commit: digest === null ? null : head, at, sentAt }));

  test('is when the first write of it was sent that the forge acknowledged, by our own clock', () => {
    expect(shownSince(shown([a, 7_000, 5]), a)).toBe(5);
    expect(shownSince(shown([b, 7_000, 5], [a, 8_000, 6]), a)).toBe(6);
    expect(shownSince(shown([a, null, 4], [a, 7_000, 5], [a, 8_000, 6]), a)).toBe(5);
  });

  test('goes on over commits with the same plan', () => {
    const [older] = shown([a, 7_000, 5]);
    const [newer] = shown([a, 8_000, 6]);
    if (older === undefined || newer === undefined) throw new Error('nothing is shown');
    expect(shownSince([older, { ...newer, commit: commit('b') }], a)).toBe(5);
  });

  test('begins anew where something else may have been shown in between', () => {
    expect(shownSince(shown([a, 7_000, 5], [b, 8_000, 6], [a, 9_000, 7]), a)).toBe(7);
    expect(shownSince(shown([a, 7_000, 5], [b, null, 6], [a, 9_000, 7]), a)).toBe(7);
    expect(shownSince(shown([a, 7_000, 5], [null, 8_000, 6]), a)).toBeNull();
  });

  test('is not known of what nobody acknowledged, and of what was never shown', () => {
    expect(shownSince(shown([a, null, 5]), a)).toBeNull();
    expect(shownSince(shown([b, 7_000, 5]), a)).toBeNull();
    expect(shownSince([], a)).toBeNull();
  });
});
