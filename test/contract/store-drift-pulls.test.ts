import { describe, expect, test } from 'vitest';
import type { DriftPull } from '../../src/domain/drift/pull.ts';
import { projectKeyFromText, sha } from '../../src/domain/ids.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';

const closing = closingAfterEach();

const repo = { id: 7, owner: 'acme', name: "O'Brien's", installationId: 3 };
const project = projectKeyFromText('7:network:default:*');
const head = sha('b'.repeat(40));
const driftPull = (more: Partial<DriftPull> = {}): DriftPull => ({
  ...{ project, repo, name: "it's", attempt: 1, way: 'restore', files: [], issue: 12, fingerprint: null },
  asker: { id: 1, login: 'ada', kind: 'user' },
  reason: 'of "this"',
  branch: 'tidegate/drift-12',
  ...{ head, number: null, ended: null, endedAt: null, cleanAt: null, at: 1_000 },
  ...more,
});

describe.each(storeAdapters)('%s', (_name, make) => {
  test('one about drift is known by its number and, before it has one, by our commit only', async () => {
    const { driftPulls } = await closing(make());
    const its = { repositoryId: repo.id, pullNumber: 90 };
    expect(await driftPulls.ofProject(project)).toEqual([]);
    await driftPulls.put(driftPull({ head: null }));
    expect(await driftPulls.of(its, null)).toBeNull();
    expect(await driftPulls.of(its, head)).toBeNull();
    await driftPulls.put(driftPull());
    expect(await driftPulls.of(its, head)).toEqual(driftPull());
    expect(await driftPulls.of({ ...its, repositoryId: 8 }, head)).toBeNull();
    const opened = driftPull({ number: 90, fingerprint: 'abc' });
    await driftPulls.put(opened);
    expect(await driftPulls.of(its, null)).toEqual(opened);
    // Another pull request of the same commit is none.
    expect(await driftPulls.of({ ...its, pullNumber: 91 }, head)).toBeNull();
  });

  test('those of a project are told newest first, and one that came to nothing is gone', async () => {
    const { driftPulls } = await closing(make());
    const first = driftPull({ number: 90, ended: 'closed', endedAt: 2_000, cleanAt: 3_000 });
    const more = { way: 'adopt', files: ["people/it's.yaml"] } as const;
    const second = driftPull({ attempt: 2, head: sha('c'.repeat(40)), ...more });
    for (const one of [first, second]) await driftPulls.put(one);
    await driftPulls.put(driftPull({ project: projectKeyFromText('7:mail:default:*'), head: null }));
    expect(await driftPulls.ofProject(project)).toEqual([second, first]);
    await driftPulls.drop(project, 2);
    expect(await driftPulls.ofProject(project)).toEqual([first]);
  });
});
