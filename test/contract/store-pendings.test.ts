import { describe, expect, test } from 'vitest';
import { sha } from '../../src/domain/ids.ts';
import type { Pending } from '../../src/domain/pending.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { ada, keyOf, repo } from '../store/samples.ts';

const closing = closingAfterEach();

const commit = (digit: string) => sha(digit.repeat(40));
const pending = (name: string, digit: string, more: Partial<Pending> = {}): Pending => ({
  repo,
  project: keyOf(name),
  name,
  branch: 'main',
  commit: commit(digit),
  before: commit('0'),
  commits: 2,
  forced: false,
  by: ada,
  at: 1_000,
  ended: null,
  ...more,
});

describe.each(storeAdapters)('%s', (_name, make) => {
  test('what a push left undone is there once by commit and project, is told while it is open, and ends once', async () => {
    const { pendings } = await closing(make());
    const network = pending('network', 'a');
    const app = pending('app', 'a', { by: null, forced: true });
    const later = pending('network', 'b');
    const elsewhere = pending('network', 'a', { repo: { ...repo, id: 5 }, project: keyOf('other') });
    for (const one of [network, app, later, elsewhere]) expect(await pendings.add(one)).toBe('new');
    expect(await pendings.add({ ...network, commits: 7, branch: 'another' })).toBe('known');
    expect(await pendings.ofCommit(repo.id, network.commit)).toEqual([network, app]);
    expect(await pendings.open(repo.id)).toEqual([network, app, later]);
    expect(await pendings.open(null)).toEqual([network, app, later, elsewhere]);
    expect(await pendings.openOf([keyOf('network')])).toEqual([network, later]);
    expect(await pendings.openOf([])).toEqual([]);

    const end = (ending: 'applied' | 'gone') =>
      pendings.end(repo.id, network.commit, network.project, ending, 2_000);
    expect(await end('applied')).toBe(true);
    expect(await end('gone')).toBe(false);
    expect(await pendings.end(repo.id, commit('f'), network.project, 'gone', 2_000)).toBe(false);
    expect(await pendings.add(network)).toBe('known');
    expect(await pendings.ofCommit(repo.id, network.commit)).toEqual([{ ...network, ended: 'applied' }, app]);
    expect(await pendings.open(repo.id)).toEqual([app, later]);
    expect(await pendings.openOf([keyOf('network'), keyOf('app')])).toEqual([app, later]);

    // Pushed again, after it was gone.
    await pendings.end(repo.id, app.commit, app.project, 'gone', 2_000);
    const again = { ...app, by: ada, at: 3_000, commits: 1 };
    expect(await pendings.add(again)).toBe('new');
    expect(await pendings.add(app)).toBe('known');
    expect(await pendings.openOf([keyOf('app')])).toEqual([again]);
  });
});
