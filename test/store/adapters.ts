import { join } from 'node:path';
import { afterEach } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { createMemoryStore } from '../../src/store/memory/store.ts';
import type { Store } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { temporaryFolder } from '../support/leftovers.ts';

const { clock } = createVirtualClock();

/** Signs the heads of their audit trails. */
export const auditKey = Buffer.alloc(32, 7);

/** Every store there is: the contract suites run over each. */
export const storeAdapters: readonly (readonly [name: string, open: () => Promise<Store>])[] = [
  ['SQLite in memory', () => openSqliteStore({ path: ':memory:', clock, auditKey })],
  ['plain maps', async () => createMemoryStore({ clock, auditKey })],
  [
    'SQLite on disk',
    () => openSqliteStore({ path: join(temporaryFolder('store'), 'tidegate.db'), clock, auditKey }),
  ],
];

/** Keeps track of stores and closes them after each test. */
export const closingAfterEach = (): ((opening: Promise<Store>) => Promise<Store>) => {
  const open: Store[] = [];
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
  });
  return async (opening) => {
    const store = await opening;
    open.push(store);
    return store;
  };
};
