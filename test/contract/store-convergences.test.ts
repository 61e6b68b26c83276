import { describe, expect, test } from 'vitest';
import { type Convergence, newConvergence } from '../../src/domain/convergence/convergence.ts';
import type { Unsettled } from '../../src/domain/convergence/unsettled.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { newRunId, project, repo } from '../store/samples.ts';

const closing = closingAfterEach();

const one = (name: string, since: number): Convergence =>
  newConvergence({ run: newRunId(), project: project(name).key, repo, pullNumber: 12 }, 1_000, since);

const left = {
  address: 'a.b',
  action: 'update',
  paths: ['x', 'y'],
  provider: 'p',
  version: '1.2.3',
} as const;

describe.each(storeAdapters)('%s', (_name, make) => {
  test('is open until it has an outcome, one for each apply', async () => {
    const { convergences } = await closing(make());
    const [late, early, other] = [one('network', 9), one('network', 5), one('dns', 7)];
    expect(await convergences.open()).toEqual([]);
    expect(await convergences.get(late.run)).toBeNull();
    for (const each of [late, early, other]) expect(await convergences.add(each)).toBe('new');
    expect(await convergences.add({ ...late, looks: 3 })).toBe('known');
    expect(await convergences.open()).toEqual([early, other, late]);
    expect(await convergences.openOf(late.project)).toEqual(late);
    const ended: Convergence = {
      ...late,
      looks: 2,
      first: [left],
      endsLock: true,
      outcome: 'remains',
      remaining: [{ ...left, kind: 'unsettled' }],
      unsettled: 3,
      because: 'so',
      endedAt: 11,
    };
    await convergences.put(ended);
    await convergences.put(one('nobody', 1));
    expect(await convergences.get(late.run)).toEqual(ended);
    expect(await convergences.openOf(late.project)).toEqual(early);
    expect(await convergences.open()).toEqual([early, other]);
    expect(new Set(await convergences.ofRuns([late.run, other.run, newRunId()]))).toEqual(
      new Set([ended, other]),
    );
    expect(await convergences.ofRuns([])).toEqual([]);
  });

  test('what differs every time is kept by project and address, the newest of it', async () => {
    const { convergences } = await closing(make());
    const { key } = project('network');
    const known: Unsettled = {
      ...{ project: key, address: 'b', paths: ['x'], provider: 'p', version: '1' },
      ...{ run: newRunId(), since: 5, again: null },
    };
    const newer = { ...known, paths: ['x', 'y'], version: '2', again: newRunId() };
    await convergences.remember(known);
    await convergences.remember({ ...known, address: 'a' });
    await convergences.remember({ ...known, project: project('dns').key });
    await convergences.remember(newer);
    expect(await convergences.unsettled(key)).toEqual([{ ...known, address: 'a' }, newer]);
    await convergences.forget(key, 'b');
    await convergences.forget(key, 'c');
    expect(await convergences.unsettled(key)).toEqual([{ ...known, address: 'a' }]);
    expect(await convergences.unsettled(project('dns').key)).toHaveLength(1);
  });
});
