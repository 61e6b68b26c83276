import type { Clock } from '../../clock/port.ts';
import type { Log } from '../../observe/log.ts';
import type { Scope, Tokens } from './tokens.ts';

/** A token in use. */
export interface Lease {
  readonly token: string;
  /** It is needed no more. Calling it twice changes nothing. */
  readonly done: () => void;
}

export interface Leases {
  take(scope: Scope): Promise<Lease>;
  /** Takes every token back that is nobody's any more, or of somebody who did not say so. */
  close(): Promise<void>;
}

interface Holding {
  users: number;
  readonly tokens: Set<string>;
  /** Fires when somebody needs one again. */
  wanted: AbortController;
}

/** A push brings several fetches, and an apply of many projects one for each: they share a token. */
const lingerMs = 30_000;
/** For all of them, when the server ends. What is left then ends by itself within the hour. */
const closeLimitMs = 2_000;

/**
 * Tokens that are revoked when nobody has needed them for half a minute. In the background: nobody waits for it, and one that
 * cannot be revoked is a line in the log.
 */
export const createLeases = (options: {
  readonly tokens: Tokens;
  readonly revoke: (token: string) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}): Leases => {
  const { tokens, revoke, clock, log } = options;
  const held = new Map<string, { readonly scope: Scope; readonly holding: Holding }>();
  const revoking = new Set<Promise<void>>();

  const end = (key: string): void => {
    const found = held.get(key);
    if (found === undefined) return;
    held.delete(key);
    const { scope, holding } = found;
    holding.wanted.abort();
    for (const token of holding.tokens) {
      tokens.forget(scope, token);
      const revoked = revoke(token)
        .catch((error: unknown) =>
          log.warn('a token could not be revoked; it ends within the hour', {
            repositoryId: scope.repositoryId,
            error,
          }),
        )
        .finally(() => revoking.delete(revoked));
      revoking.add(revoked);
    }
  };

  const linger = async (key: string, holding: Holding): Promise<void> => {
    const wanted = new AbortController();
    holding.wanted = wanted;
    await clock.sleep(lingerMs, wanted.signal);
    if (!wanted.signal.aborted) end(key);
  };

  return {
    take: async (scope) => {
      const key = `${scope.installationId}:${scope.repositoryId}:${scope.access}`;
      const { holding } = held.get(key) ?? {
        holding: { users: 0, tokens: new Set<string>(), wanted: new AbortController() },
      };
      held.set(key, { scope, holding });
      // Before the token is had: it must not be revoked on its way here.
      holding.users += 1;
      holding.wanted.abort();
      let isDone = false;
      const done = (): void => {
        if (isDone) return;
        isDone = true;
        holding.users -= 1;
        if (holding.users === 0) void linger(key, holding);
      };
      try {
        const token = await tokens.get(scope);
        holding.tokens.add(token);
        return { token, done };
      } catch (error) {
        done();
        throw error;
      }
    },
    close: async () => {
      for (const key of [...held.keys()]) end(key);
      const over = new AbortController();
      await Promise.race([Promise.all(revoking), clock.sleep(closeLimitMs, over.signal)]);
      over.abort();
    },
  };
};
