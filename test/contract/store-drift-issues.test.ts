import { describe, expect, test } from 'vitest';
import type { DriftIssue } from '../../src/domain/drift/issue.ts';
import { projectKeyFromText } from '../../src/domain/ids.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';

const closing = closingAfterEach();

const repo = { id: 7, owner: 'acme', name: "O'Brien's", installationId: 3 };
const issue = (project: string, more: Partial<DriftIssue> = {}): DriftIssue => ({
  project: projectKeyFromText(`7:${project}:default:*`),
  repo,
  number: null,
  state: 'open',
  told: null,
  at: 1_000,
  ...more,
});

describe.each(storeAdapters)('%s', (_name, make) => {
  test('there is one drift issue of a project, known by its number in its own repository', async () => {
    const { driftIssues } = await closing(make());
    const network = issue('network');
    expect(await driftIssues.get(network.project)).toBeNull();
    await driftIssues.put(network);
    await driftIssues.put(issue('database', { number: 4, state: 'closed' }));
    expect(await driftIssues.get(network.project)).toEqual(network);
    expect(await driftIssues.ofNumber({ repositoryId: 7, pullNumber: 9 })).toBeNull();
    const opened = { ...network, number: 9, told: 'abc', at: 2_000 };
    await driftIssues.put(opened);
    expect(await driftIssues.ofNumber({ repositoryId: 7, pullNumber: 9 })).toEqual(opened);
    expect(await driftIssues.ofNumber({ repositoryId: 8, pullNumber: 9 })).toBeNull();
    expect((await driftIssues.ofRepository(7)).map(({ number }) => number)).toEqual([4, 9]);
    expect(await driftIssues.ofRepository(8)).toEqual([]);
  });
});
