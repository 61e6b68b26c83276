import { createSystemClock } from '../../src/clock/system.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { delivery } from './samples.ts';

/** Records deliveries in many lanes for ever, and prints the id of each one that was acknowledged. */
const store = await openSqliteStore({ path: process.argv[2] ?? '', clock: createSystemClock() });

const lane = async (name: number): Promise<void> => {
  for (let count = 0; ; count += 1) {
    const id = `${process.pid}-${name}-${count}`;
    await store.deliveries.record(delivery(id));
    process.stdout.write(`${id}\n`);
  }
};

await Promise.all(Array.from({ length: 16 }, (_, name) => lane(name)));
