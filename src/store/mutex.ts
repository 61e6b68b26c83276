export interface Mutex {
  /** Resolves when it is the caller's turn, first come first served. Call the result once to let the next one in. */
  take(): Promise<() => void>;
}

export const createMutex = (): Mutex => {
  let last: Promise<void> = Promise.resolve();
  return {
    take: async () => {
      const before = last;
      const { promise, resolve } = Promise.withResolvers<void>();
      last = promise;
      await before;
      return resolve;
    },
  };
};
