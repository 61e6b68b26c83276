import { describe, expect, test } from 'vitest';
import { batchId, sha, treeId } from '../../src/domain/ids.ts';
import type { Preview } from '../../src/domain/preview.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { keyOf, pullKey, summary } from '../store/samples.ts';

const closing = closingAfterEach();

const [web, api, jobs] = [keyOf('web'), keyOf('api'), keyOf('jobs')];
const look = (
  id: string,
  more: { readonly head?: string; readonly tree?: string; readonly pull?: number } = {},
) => ({
  ...pullKey(more.pull),
  id: batchId(`batch-${id}`),
  headSha: sha((more.head ?? 'a').repeat(40)),
  tree: treeId((more.tree ?? 'b').repeat(40)),
});
const waiting = (project: Preview['project'], batch: string, pull?: number): Preview => ({
  ...pullKey(pull),
  project,
  batchId: batchId(`batch-${batch}`),
  state: 'waiting',
  summary: null,
  problem: null,
  output: null,
});

describe.each(storeAdapters)('%s', (_name, make) => {
  test('a preview waits until it is noted, once, and for the look that it belongs to', async () => {
    const { previews } = await closing(make());
    await previews.settle(look('one'), { make: [web, api], keep: [] });
    await previews.settle(look('other', { pull: 13 }), { make: [web], keep: [] });
    expect(await previews.ofPull(pullKey())).toEqual([waiting(api, 'one'), waiting(web, 'one')]);
    expect(await previews.waiting(pullKey(13))).toEqual([waiting(web, 'other', 13)]);
    expect(await previews.waiting(null)).toHaveLength(3);
    const made: Preview = { ...waiting(web, 'one'), state: 'made', summary };
    const problem = { code: 'tool-failed', sentence: 'It failed.', advice: '', details: 'why' } as const;
    const failed: Preview = { ...waiting(api, 'one'), state: 'failed', problem, output: 'words' };
    expect(await previews.note({ ...made, batchId: batchId('batch-older') })).toBe(false);
    expect(await previews.note({ ...made, project: jobs })).toBe(false);
    expect(await previews.note(made)).toBe(true);
    expect(await previews.note({ ...made, summary: null })).toBe(false);
    expect(await previews.note(failed)).toBe(true);
    expect(await previews.ofPull(pullKey())).toEqual([failed, made]);
    expect(await previews.waiting(null)).toEqual([waiting(web, 'other', 13)]);
  });

  test('with a new look what is asked for waits anew, what is of the same tree may stay, and nothing else does', async () => {
    const { previews } = await closing(make());
    await previews.settle(look('one'), { make: [web, api, jobs], keep: [] });
    const made = (project: Preview['project'], batch = 'one'): Preview => ({
      ...waiting(project, batch),
      state: 'made',
      summary,
    });
    for (const project of [web, api, jobs]) await previews.note(made(project));
    await previews.settle(look('two'), { make: [web], keep: [web, api] });
    expect(await previews.ofPull(pullKey())).toEqual([made(api), waiting(web, 'two')]);
    expect(await previews.note(made(web))).toBe(false);
    for (const moved of [{ tree: 'c' }, { head: 'd' }]) {
      await previews.settle(look('three', moved), { make: [], keep: [web, api] });
      expect(await previews.ofPull(pullKey())).toEqual([]);
      await previews.settle(look('four'), { make: [web], keep: [] });
    }
    await previews.settle({ ...look('five'), tree: null }, { make: [web], keep: [web] });
    expect(await previews.ofPull(pullKey())).toEqual([]);
  });

  test('of a pull request that is over none is left, and those of others are', async () => {
    const { previews } = await closing(make());
    await previews.settle(look('one'), { make: [web], keep: [] });
    await previews.settle(look('other', { pull: 13 }), { make: [web], keep: [] });
    await previews.end(pullKey());
    expect(await previews.waiting(null)).toEqual([waiting(web, 'other', 13)]);
  });
});
