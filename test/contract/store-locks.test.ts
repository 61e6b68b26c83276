import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { delivery, keyOf, pullKey, repo, run } from '../store/samples.ts';

const closing = closingAfterEach();

describe.each(storeAdapters)('%s', (_name, make) => {
  const fresh = () => closing(make());

  describe('locks', () => {
    test('the first holds it, the next is told who does', async () => {
      const { locks } = await fresh();
      const key = keyOf('network');
      const held = { project: key, ...pullKey(1), since: 10, releaseAtEnd: false };
      expect(await locks.get(key)).toBeNull();
      expect(await locks.acquire(key, pullKey(1), 10)).toEqual(held);
      expect(await locks.acquire(key, pullKey(2), 20)).toEqual(held);
      expect(await locks.acquire(key, pullKey(1), 30)).toEqual(held);
      expect(await locks.get(key)).toEqual(held);
    });

    test('is released by its holder only', async () => {
      const { locks } = await fresh();
      const key = keyOf('network');
      await locks.acquire(key, pullKey(1), 10);
      await locks.releaseAtEnd(key, pullKey(2));
      expect((await locks.get(key))?.releaseAtEnd).toBe(false);
      expect(await locks.release(key, pullKey(2))).toBe(false);
      expect(await locks.release(key, { ...pullKey(1), repositoryId: repo.id + 1 })).toBe(false);
      await locks.releaseAtEnd(key, pullKey(1));
      expect((await locks.get(key))?.releaseAtEnd).toBe(true);
      expect(await locks.release(key, pullKey(1))).toBe(true);
      expect(await locks.release(key, pullKey(1))).toBe(false);
      expect((await locks.acquire(key, pullKey(2), 20)).releaseAtEnd).toBe(false);
    });

    test('property: at any time a lock has one holder, the first who asked since it was free', async () => {
      const step = fc.record({
        act: fc.constantFrom('acquire' as const, 'release' as const),
        name: fc.constantFrom('a', 'b'),
        pull: fc.integer({ min: 1, max: 3 }),
      });
      const { locks } = await fresh();
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
          const holders = new Map<string, number>();
          for (const { act, name, pull } of steps) {
            const holder = holders.get(name);
            if (act === 'acquire') {
              if (holder === undefined) holders.set(name, pull);
              expect((await locks.acquire(keyOf(name), pullKey(pull), 1)).pullNumber).toBe(holder ?? pull);
            } else {
              expect(await locks.release(keyOf(name), pullKey(pull))).toBe(holder === pull);
              if (holder === pull) holders.delete(name);
            }
          }
          const all = await locks.all();
          expect(new Map(all.map((lock) => [lock.project, lock.pullNumber]))).toEqual(
            new Map([...holders].map(([name, pull]) => [keyOf(name), pull])),
          );
          for (const lock of all) {
            expect(await locks.ofPull(pullKey(lock.pullNumber))).toContainEqual(lock);
            await locks.release(lock.project, pullKey(lock.pullNumber));
          }
        }),
        { numRuns: 60 },
      );
    });

    test('those in line keep their places', async () => {
      const { locks } = await fresh();
      const key = keyOf('network');
      await locks.wait(key, pullKey(3), 20);
      await locks.wait(key, pullKey(2), 20);
      await locks.wait(key, pullKey(1), 10);
      await locks.wait(key, pullKey(3), 5);
      await locks.wait(keyOf('cluster'), pullKey(3), 1);
      const line = async () => (await locks.waiters(key)).map((waiter) => waiter.pullNumber);
      expect(await line()).toEqual([1, 3, 2]);
      expect(await locks.waitsOf(pullKey(3))).toEqual([
        { project: keyOf('cluster'), ...pullKey(3), since: 1 },
        { project: key, ...pullKey(3), since: 20 },
      ]);
      await locks.leave(key, pullKey(3));
      await locks.leave(key, pullKey(3));
      expect(await line()).toEqual([1, 2]);
      expect(await locks.waitsOf(pullKey(3))).toHaveLength(1);
    });
  });

  describe('transactions', () => {
    test('all or nothing', async () => {
      const store = await fresh();
      const one = run();
      await expect(
        store.transact(async (tables) => {
          await tables.runs.add(one);
          await tables.locks.acquire(keyOf('network'), pullKey(), 5);
          await tables.deliveries.record(delivery('one'));
          expect(await tables.runs.get(one.id)).toEqual(one);
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      expect(await store.runs.get(one.id)).toBeNull();
      expect(await store.locks.all()).toEqual([]);
      expect(await store.deliveries.pending(5)).toEqual([]);
      const kept = await store.transact(async (tables) => {
        await tables.runs.add(one);
        expect(await tables.deliveries.record(delivery('one'))).toBe('new');
        return 'kept';
      });
      expect(kept).toBe('kept');
      expect(await store.runs.get(one.id)).toEqual(one);
    });

    test('whoever is outside waits and sees nothing half done', async () => {
      const store = await fresh();
      const gate = Promise.withResolvers<void>();
      const inside = store.transact(async (tables) => {
        await tables.locks.acquire(keyOf('a'), pullKey(), 5);
        await gate.promise;
        await tables.locks.acquire(keyOf('b'), pullKey(), 5);
      });
      const outside = store.locks.all();
      const recorded = store.deliveries.record(delivery('one'));
      gate.resolve();
      await inside;
      expect(await outside).toHaveLength(2);
      expect(await recorded).toBe('new');
    });

    test('inside, the store itself is refused rather than waited for; afterwards, the tables are', async () => {
      const store = await fresh();
      const kept = await store.transact(async (tables) => {
        await expect(store.locks.all()).rejects.toThrow('inside a transaction');
        await expect(store.deliveries.record(delivery('x'))).rejects.toThrow('inside a transaction');
        await expect(store.transact(async () => {})).rejects.toThrow('inside a transaction');
        return tables;
      });
      await expect(kept.locks.all()).rejects.toThrow();
      expect(await store.deliveries.pending(5)).toEqual([]);
    });
  });
});
