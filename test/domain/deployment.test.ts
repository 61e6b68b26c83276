import { describe, expect, it } from 'vitest';
import { deploymentState } from '../../src/domain/deployment.ts';
import { runStates } from '../../src/domain/run.ts';

describe('what is shown of an apply', () => {
  it('is its state, once it has begun; only a success can be replaced', () => {
    const shown = (startedAt: number | null, isReplaced: boolean) =>
      runStates.map((state) => deploymentState({ state, startedAt }, isReplaced));
    expect(shown(null, false).every((one) => one === null)).toBe(true);
    const told = Object.fromEntries(runStates.map((state, index) => [state, shown(1, false)[index]]));
    expect(told).toEqual({
      queued: 'in_progress',
      running: 'in_progress',
      planned: 'failure',
      applied: 'success',
      failed: 'failure',
      cancelled: 'failure',
      superseded: 'failure',
      unresolved: 'error',
    });
    expect(deploymentState({ state: 'applied', startedAt: 1 }, true)).toBe('inactive');
    expect(deploymentState({ state: 'failed', startedAt: 1 }, true)).toBe('failure');
    expect(deploymentState({ state: 'unresolved', startedAt: 1 }, true)).toBe('error');
  });
});
