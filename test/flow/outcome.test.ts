/** Which ends of a tool are believed. */
import { describe, expect, it } from 'vitest';
import type { ExitCodes } from '../../src/domain/exit-codes.ts';
import { nothingPrinted } from '../../src/domain/printed.ts';
import { outcomeOf } from '../../src/flow/outcome.ts';
import type { StepResult } from '../../src/sandbox/port.ts';

const outcome = (
  ended: StepResult['ended'],
  exitCode: number | null,
  rescued = false,
  codes: ExitCodes = {},
) =>
  outcomeOf(
    { kind: 'ended', result: { step: 'apply', ended, exitCode, data: nothingPrinted, text: 'said' } },
    rescued,
    () => ({ code: 'tool-failed', sentence: 'It failed.', advice: 'Look.' }),
    'apply',
    codes,
  ).event.kind;

describe('an apply whose tool ended', () => {
  it('with 0 is applied, with 1 has failed, asked to stop or not', () => {
    expect(outcome('exit', 0)).toBe('applied');
    expect(outcome('exit', 1)).toBe('failed');
    expect(outcome('cancelled', 1)).toBe('failed');
    expect(outcome('timeout', 1)).toBe('failed');
  });

  it('with a code that its runner knows has failed in order, and by any other nobody knows', () => {
    expect(outcome('exit', 75, false, { 75: 'again' })).toBe('failed');
    expect(outcome('exit', 75)).toBe('lost');
  });

  it('and was never there has failed', () => {
    expect(outcome('not-found', null)).toBe('failed');
    expect(outcome('cancelled', null)).toBe('failed');
  });

  it('by a signal, or after it was told twice to stop, is not known', () => {
    expect(outcome('signal', null)).toBe('lost');
    expect(outcome('timeout', null)).toBe('lost');
    expect(outcome('signal', 1)).toBe('lost');
  });

  it.each([2, 11, 130, 137, 143])(
    'with %i crashed or was killed behind a wrapper, and is not known',
    (code) => {
      expect(outcome('exit', code)).toBe('lost');
      expect(outcome('cancelled', code)).toBe('lost');
    },
  );

  it('and kept its state from the backend is not known, whatever it says', () => {
    expect(outcome('exit', 0, true)).toBe('lost');
    expect(outcome('exit', 1, true)).toBe('lost');
  });
});
