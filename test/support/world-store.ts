import type { Clock } from '../../src/clock/port.ts';
import { createMemoryStore } from '../../src/store/memory/store.ts';
import type { WhenFull } from '../../src/store/patient.ts';
import type { Store } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';

/** Both meet one contract suite; half of what a story takes is SQL being put together where it is the one in SQLite. */
export const openWorldStore = async (isReal: boolean, clock: Clock, whenFull: WhenFull): Promise<Store> =>
  isReal ? openSqliteStore({ path: ':memory:', clock, whenFull }) : createMemoryStore({ clock });
