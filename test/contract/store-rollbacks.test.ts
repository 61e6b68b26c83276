import { describe, expect, test } from 'vitest';
import { sha } from '../../src/domain/ids.ts';
import type { Rollback } from '../../src/domain/rollback.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { pullKey } from '../store/samples.ts';

const closing = closingAfterEach();

const ada = { id: 1, login: 'ada', kind: 'user' } as const;
const rollback = (more: Partial<Rollback> = {}): Rollback => ({
  ...pullKey(),
  commit: sha('a'.repeat(40)),
  asker: ada,
  authors: [ada, { id: 2, login: 'grace', kind: 'user' }],
  complete: false,
  branch: 'tidegate/revert-12',
  head: sha('b'.repeat(40)),
  number: null,
  lasting: {
    losses: [
      { project: "O'Brien's", address: 'aws_eip.a', type: 'aws_eip', action: 'delete', says: ['gone'] },
    ],
    more: 7,
    unknown: ['network'],
  },
  at: 1_000,
  ...more,
});

describe.each(storeAdapters)('%s', (_name, make) => {
  test('a rollback is known by its number and, before it has one, by our commit only; there is one', async () => {
    const { rollbacks } = await closing(make());
    const its = pullKey(90);
    const head = sha('b'.repeat(40));
    expect(await rollbacks.get(pullKey())).toBeNull();
    await rollbacks.put(rollback({ head: null }));
    expect(await rollbacks.of(its, null)).toBeNull();
    expect(await rollbacks.of(its, head)).toBeNull();
    await rollbacks.put(rollback());
    expect(await rollbacks.get(pullKey())).toEqual(rollback());
    expect(await rollbacks.of(its, head)).toEqual(rollback());
    expect(await rollbacks.of({ ...its, repositoryId: its.repositoryId + 1 }, head)).toBeNull();
    const opened = rollback({ number: its.pullNumber });
    await rollbacks.put(opened);
    expect(await rollbacks.of(its, null)).toEqual(opened);
    // Another pull request of the same commit is none.
    expect(await rollbacks.of(pullKey(91), head)).toBeNull();
    await rollbacks.drop(pullKey());
    expect(await rollbacks.get(pullKey())).toBeNull();
  });
});
