import { describe, expect, test } from 'vitest';
import { type Correction, noCorrection } from '../../src/domain/drift/correction.ts';
import { projectKeyFromText, runId } from '../../src/domain/ids.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';

const closing = closingAfterEach();

const repo = { id: 7, owner: 'acme', name: "O'Brien's", installationId: 3 };
const correction = (project: string, more: Partial<Correction> = {}): Correction => ({
  ...noCorrection(projectKeyFromText(`7:${project}:default:*`), repo),
  ...more,
});

describe.each(storeAdapters)('%s', (_name, make) => {
  test('what is put back of a project is kept as it is, and found when it is to be looked at again', async () => {
    const { corrections } = await closing(make());
    const network = correction('network');
    expect(await corrections.get(network.project)).toBeNull();
    await corrections.put(network);
    expect(await corrections.get(network.project)).toEqual(network);
    const told = correction('network', {
      found: { look: runId('look-0001'), fingerprint: 'abc', at: 1_000 },
      taken: runId('look-0000'),
      underWay: true,
      begun: [{ fingerprint: 'abc', at: 900 }],
      stopped: { fingerprint: 'abc', at: 950 },
      because: 'of "this"',
      wakeAt: 2_000,
    });
    await corrections.put(told);
    await corrections.put(correction('database', { wakeAt: 1_999 }));
    await corrections.put(correction('mail'));
    expect(await corrections.get(told.project)).toEqual(told);
    expect(await corrections.waking(1_998)).toEqual([]);
    expect((await corrections.waking(1_999)).map(({ project }) => project)).toEqual(['7:database:default:*']);
    expect((await corrections.waking(2_000)).map(({ project }) => project)).toEqual([
      '7:database:default:*',
      '7:network:default:*',
    ]);
  });
});
