import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { planDigest } from '../../src/domain/ids.ts';
import { noHistory } from '../../src/domain/rules/board-history.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { commit, sampleProject } from '../support/samples.ts';

const { clock } = createVirtualClock();
const key = { repositoryId: 1, pullNumber: 2 };

test('a history comes back as it was, and one of an older version knows no commits', async () => {
  const path = join(temporaryFolder('histories'), 'tidegate.db');
  const shown = { digest: planDigest('a'.repeat(64)), commit: commit('b'), at: 2_000, sentAt: 1_000 };
  const history = { ...noHistory, shown: { [sampleProject('network').key]: [shown] } };
  const store = await openSqliteStore({ path, clock });
  await store.boardHistories.put(key, history);
  expect(await store.boardHistories.get(key)).toEqual(history);
  await store.close();
  const { commit: _, ...old } = shown;
  const rows = new DatabaseSync(path);
  rows
    .prepare('update board_histories set history_json = ?')
    .run(JSON.stringify({ ...history, shown: { [sampleProject('network').key]: [old] } }));
  rows.close();
  const again = await openSqliteStore({ path, clock });
  expect(await again.boardHistories.get(key)).toEqual({
    ...history,
    shown: { [sampleProject('network').key]: [{ ...old, commit: null }] },
  });
  await again.close();
});
