import { describe, expect, test } from 'vitest';
import { sha } from '../../src/domain/ids.ts';
import type { MergeGroup } from '../../src/domain/merge-group.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { pullKey, repo } from '../store/samples.ts';

const closing = closingAfterEach();

const group = (digit: string, more: Partial<MergeGroup> = {}): MergeGroup => ({
  repo,
  pullNumber: 12,
  commit: sha(digit.repeat(40)),
  branch: `gh-readonly-queue/main/pr-12-${digit}`,
  headSha: null,
  state: 'checking',
  answers: [],
  ...more,
});

describe.each(storeAdapters)('%s', (_name, make) => {
  test('a commit of a queue is there once, is answered once, and the newest of a pull request is told', async () => {
    const { mergeGroups } = await closing(make());
    const [first, second, other] = [group('a'), group('b'), group('c', { pullNumber: 13 })];
    expect(await mergeGroups.add(first)).toBe('new');
    expect(await mergeGroups.add({ ...first, branch: 'another' })).toBe('known');
    for (const one of [second, other]) await mergeGroups.add(one);
    expect(await mergeGroups.get(repo.id, first.commit)).toEqual(first);
    expect(await mergeGroups.get(repo.id, sha('f'.repeat(40)))).toBeNull();
    expect(await mergeGroups.latest(pullKey())).toEqual(second);
    expect(await mergeGroups.latest(pullKey(99))).toBeNull();
    expect(await mergeGroups.checking()).toEqual([first, second, other]);
    const answer = {
      state: 'failed',
      headSha: sha('d'.repeat(40)),
      answers: [{ project: 'network', planned: true, holds: false, because: 'its plan changes something' }],
    } as const;
    expect(await mergeGroups.answer(repo.id, second.commit, answer)).toBe(true);
    expect(await mergeGroups.answer(repo.id, second.commit, { ...answer, state: 'passed' })).toBe(false);
    expect(await mergeGroups.latest(pullKey())).toEqual({ ...second, ...answer });
    expect(await mergeGroups.checking()).toEqual([first, other]);
  });
});
