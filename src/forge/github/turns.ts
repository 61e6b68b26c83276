import { setImmediate } from 'node:timers';

/** Whose turn it is to be read from. */
export interface Turns {
  /**
   * Calls `go` when it is the client's turn.
   *
   * @returns takes it out of the line
   */
  wait(client: string, go: () => void): () => void;
}

/**
 * Lets only so many of those that wait go on between two looks at what else has come in, and those of each client in turn. Node
 * accepts one connection between two reads of all others (https://github.com/libuv/libuv/pull/3696): with a few hundred senders that
 * are read from at full speed, a new one would wait for seconds.
 *
 * @param each how many go on at a time
 */
export const createTurns = (each: number): Turns => {
  const lines = new Map<string, Set<() => void>>();
  let isDue = false;

  const leave = (client: string, go: () => void): void => {
    const line = lines.get(client);
    line?.delete(go);
    if (line?.size === 0) lines.delete(client);
  };

  const next = (): void => {
    isDue = false;
    for (let count = 0; count < each; count += 1) {
      const [first] = lines;
      if (first === undefined) return;
      const [client, line] = first;
      // To the end of the clients.
      lines.delete(client);
      lines.set(client, line);
      const [go] = line;
      if (go === undefined) continue;
      leave(client, go);
      go();
    }
    if (lines.size > 0) schedule();
  };

  const schedule = (): void => {
    if (isDue) return;
    isDue = true;
    setImmediate(next);
  };

  return {
    wait: (client, go) => {
      const line = lines.get(client) ?? new Set();
      lines.set(client, line.add(go));
      schedule();
      return () => leave(client, go);
    },
  };
};
