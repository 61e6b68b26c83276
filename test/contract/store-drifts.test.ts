import { describe, expect, test } from 'vitest';
import { type Drift, unseen } from '../../src/domain/drift/drift.ts';
import { sha } from '../../src/domain/ids.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { newRunId, project, repo, summary } from '../store/samples.ts';

const closing = closingAfterEach();

const bare = (name: string, repositoryId = repo.id): Drift =>
  unseen(
    {
      project: project(name).key,
      repo: { ...repo, id: repositoryId },
      name,
      ref: 'refs/heads/main',
      dueAt: 9_000,
    },
    1_000,
  );

const full = (name: string): Drift => ({
  ...bare(name),
  status: 'drifted',
  since: 2_000,
  fingerprint: 'f',
  consecutive: 3,
  checkedAt: 2_500,
  tickAt: 2_400,
  askedAt: 2_600,
  underWay: { look: newRunId(), since: 2_700 },
  putOff: { because: '#3 is being applied', since: 2_100, until: 2_200 },
  commit: sha('a'.repeat(40)),
  counts: { update: 2, delete: 1 },
  ignored: 4,
  outputs: 1,
  summary,
  because: 'the tool could not plan all of it',
});

describe.each(storeAdapters)('%s', (_name, make) => {
  test('what is known of drift comes back as it was put, in the place of what was there', async () => {
    const { drifts } = await closing(make());
    expect(await drifts.counts()).toEqual({ byStatus: {}, oldestAt: null });
    for (const one of [bare('network'), bare('app'), bare('queue', 5)]) await drifts.put(one);
    expect(await drifts.counts()).toEqual({ byStatus: { unknown: 3 }, oldestAt: null });
    await drifts.put({ ...bare('app'), status: 'clean', checkedAt: 70 });
    await drifts.put({ ...bare('network'), status: 'drifted', checkedAt: 60 });
    expect(await drifts.counts()).toEqual({
      byStatus: { unknown: 1, clean: 1, drifted: 1 },
      oldestAt: 60,
    });
    for (const one of [bare('network'), bare('app')]) await drifts.put(one);
    const network = full('network');
    await drifts.put(network);
    expect(await drifts.get(network.project)).toEqual(network);
    expect(await drifts.get(project('other').key)).toBeNull();
    expect((await drifts.ofRepository(repo.id)).map(({ name }) => name)).toEqual(['app', 'network']);
    const times = await drifts.times();
    expect(times.map(({ project: key }) => key)).toEqual(
      ['app', 'network', 'queue'].map((name) => project(name).key),
    );
    expect(times[1]).toEqual({
      project: network.project,
      repo,
      ref: 'refs/heads/main',
      status: 'drifted',
      since: 2_000,
      tickAt: 2_400,
      dueAt: 9_000,
      askedAt: 2_600,
      underWay: network.underWay,
      putOff: network.putOff,
    });
    await drifts.remove(network.project);
    expect(await drifts.get(network.project)).toBeNull();
  });

  test('a look is begun once for its moment, and by nobody while one goes on', async () => {
    const { drifts } = await closing(make());
    const row = { ...bare('network'), askedAt: 5, putOff: { because: 'a', since: 1, until: 2 } };
    await drifts.put(row);
    const [one, other] = [newRunId(), newRunId()];
    expect(await drifts.begin(row, 100, { look: one, since: 101 })).toBe(true);
    const begun = { ...row, tickAt: 100, underWay: { look: one, since: 101 }, askedAt: null, putOff: null };
    expect(await drifts.get(row.project)).toEqual(begun);
    // By what was read before, and by what is there now.
    expect(await drifts.begin(row, 100, { look: other, since: 101 })).toBe(false);
    expect(await drifts.begin(begun, 200, { look: other, since: 201 })).toBe(false);
    await drifts.put({ ...begun, underWay: null });
    expect(await drifts.begin(row, 100, { look: other, since: 101 })).toBe(false);
    expect(await drifts.begin(begun, 200, { look: other, since: 201 })).toBe(true);
    expect(await drifts.begin({ ...bare('other') }, 1, { look: other, since: 1 })).toBe(false);
  });

  test('a look can be asked for and put off without a word about what was found', async () => {
    const { drifts } = await closing(make());
    const row = full('network');
    await drifts.put(row);
    expect(await drifts.ask(row.project, 7_000)).toBe(true);
    expect(await drifts.get(row.project)).toEqual({ ...row, askedAt: 7_000, putOff: null });
    expect(await drifts.ask(project('other').key, 7_000)).toBe(false);
    const putOff = { because: '#4 is being applied', since: 7_100, until: 7_200 };
    await drifts.putOff(row.project, putOff);
    await drifts.noteDue(row.project, 8_000);
    await drifts.mendTick(row.project, 6_000);
    expect(await drifts.get(row.project)).toEqual({
      ...row,
      askedAt: 7_000,
      putOff,
      dueAt: 8_000,
      tickAt: 6_000,
    });
  });
});
