import { describe, expect, test } from 'vitest';
import type { Followup } from '../../src/domain/followup.ts';
import { projectKeyFromText, sha } from '../../src/domain/ids.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { pullKey } from '../store/samples.ts';

const closing = closingAfterEach();

const ada = { id: 1, login: 'ada', kind: 'user' } as const;
const followup = (more: Partial<Followup> = {}): Followup => ({
  ...pullKey(),
  attempt: 1,
  commit: sha('a'.repeat(40)),
  projects: [{ key: projectKeyFromText('1:network:default:*'), name: "O'Brien's", because: 'differs' }],
  asker: ada,
  authors: [ada, { id: 2, login: 'grace', kind: 'user' }],
  complete: true,
  branch: 'tidegate/followup-12',
  head: null,
  number: null,
  at: 1_000,
  ...more,
});

describe.each(storeAdapters)('%s', (_name, make) => {
  test('a follow-up is known by its number and, before it has one, by our commit only', async () => {
    const { followups } = await closing(make());
    const head = sha('b'.repeat(40));
    const its = pullKey(90);
    expect(await followups.latest(pullKey())).toBeNull();
    await followups.put(followup());
    expect(await followups.latest(pullKey())).toEqual(followup());
    // Nothing of it is made yet: no pull request can be it.
    expect(await followups.of(its, null)).toBeNull();
    expect(await followups.of(its, head)).toBeNull();
    await followups.put(followup({ head }));
    expect(await followups.of(its, head)).toEqual(followup({ head }));
    expect(await followups.of(its, sha('c'.repeat(40)))).toBeNull();
    expect(await followups.of({ ...its, repositoryId: its.repositoryId + 1 }, head)).toBeNull();
    const opened = followup({ head, number: its.pullNumber, complete: false });
    await followups.put(opened);
    expect(await followups.of(its, sha('c'.repeat(40)))).toEqual(opened);
    // With its number it is that one, whoever else has the commit.
    expect(await followups.of(pullKey(91), head)).toBeNull();
  });

  test('the newest attempt counts, and one that came to nothing goes', async () => {
    const { followups } = await closing(make());
    const first = followup({ head: sha('b'.repeat(40)), number: 90 });
    const second = followup({ attempt: 2, branch: 'tidegate/followup-12-2' });
    await followups.put(first);
    await followups.put(second);
    expect(await followups.latest(pullKey())).toEqual(second);
    await followups.drop(pullKey(), 2);
    await followups.drop(pullKey(13), 1);
    expect(await followups.latest(pullKey())).toEqual(first);
  });
});
