import { describe, expect, it } from 'vitest';
import { isLockOf, type StateLock, timeOf } from '../../src/domain/state-lock.ts';

const created = '2026-11-21 11:26:27.678977527 +0000 UTC';
const at = Date.UTC(2026, 10, 21, 11, 26, 27, 678);
const lock: StateLock = { id: 'x', who: 'tidegate@server', operation: 'OperationTypeApply', created };
const run = { host: 'server', from: at - 60_000, to: at + 60_000 };

describe('whose lock it is', () => {
  it('is ours when machine, operation and time fit', () => {
    expect(isLockOf(lock, run)).toBe(true);
  });

  it.each([
    ['another machine', { who: 'tidegate@laptop' }, {}],
    ['a machine whose name ends like ours', { who: 'tidegate@other-server' }, {}],
    ['nobody named', { who: null }, {}],
    ['a plan', { operation: 'OperationTypePlan' }, {}],
    ['a time that cannot be read', { created: 'yesterday' }, {}],
    ['no time', { created: null }, {}],
    ['before the run', {}, { from: at + 10_000 }],
    ['after the run', {}, { to: at - 10_000 }],
    ['a run that never started', {}, { from: null }],
    ['a run that is not over', {}, { to: null }],
  ])('is not ours: %s', (_what, other, times) => {
    expect(isLockOf({ ...lock, ...other }, { ...run, ...times })).toBe(false);
  });

  it.each([
    [created, at],
    ['2026-11-21T11:26:27.678977527Z', at],
    ['2026-11-21 12:26:27.678 +0100 CET', at],
    ['2026-11-21 11:26:27 +0000 UTC', at - 678],
    ['2026-13-41 11:26:27 +0000 UTC', null],
    ['', null],
  ])('reads %j', (text, expected) => {
    expect(timeOf(text)).toBe(expected);
  });
});
