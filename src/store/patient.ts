import { saysDiskFull } from '../domain/disk-full.ts';

/** Asked when a write was refused for want of room, with nothing of it done: try it again? Resolves when it is time to. */
export type WhenFull = () => Promise<boolean>;

/** Does a piece of work again for as long as the disk is full and `whenFull` says so. What is refused must have done nothing. */
export const whileFull = async <T>(work: () => Promise<T>, whenFull: WhenFull): Promise<T> => {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!saysDiskFull(error) || !(await whenFull())) throw error;
    }
  }
};

/** The same methods, each waiting for room. Every method is one statement or one transaction, so a refused one did nothing. */
export const patient = <T extends object>(tables: T, whenFull: WhenFull): T =>
  new Proxy(tables, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      return typeof method === 'function'
        ? (...args: unknown[]) =>
            whileFull(async (): Promise<unknown> => Reflect.apply(method, target, args), whenFull)
        : method;
    },
  });
