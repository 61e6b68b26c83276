import { describe, expect, test } from 'vitest';
import { calmMs, endsHeld, heldUntil } from '../../src/domain/notification-pacing.ts';

const now = Date.UTC(2026, 10, 23);

describe('what comes and goes', () => {
  test('is held back after the same was told, for a time', () => {
    expect(heldUntil('drift.detected', null, now)).toBeNull();
    expect(heldUntil('drift.detected', now - 1, now)).toBe(now - 1 + calmMs);
    expect(heldUntil('drift.detected', now - calmMs, now)).toBeNull();
  });

  test('is held back no longer where a clock was set back', () => {
    expect(heldUntil('drift.detected', now + 400 * calmMs, now)).toBe(now + calmMs);
  });

  test('is drift, and nothing that people, or a run, did', () => {
    expect(heldUntil('apply.failed', now, now)).toBeNull();
    expect(heldUntil('drift.resolved', now, now)).toBeNull();
    expect([endsHeld('drift.resolved'), endsHeld('drift.correcting')]).toEqual([true, false]);
  });
});
