import type { Clock } from '../../clock/port.ts';

/** What a token may do: one repository of one installation, everything the App may or only read it; or see which there are. */
export interface Scope {
  readonly installationId: number;
  /** Null exactly for `list`. */
  readonly repositoryId: number | null;
  readonly access: 'all' | 'read-contents' | 'write-contents' | 'list';
}

export interface Minted {
  readonly token: string;
  /** Milliseconds that are left of its life, by GitHub's own clock: ours may be wrong, or moved while it lives. */
  readonly livesMs: number;
}

export interface Tokens {
  /** A token with time left to use it. */
  get(scope: Scope): Promise<string>;
  /** It was refused; the next `get` mints anew. */
  forget(scope: Scope, token: string): void;
}

interface Held {
  readonly token: string;
  /** Both by the monotonic clock. */
  readonly refreshAt: number;
  readonly endsAt: number;
}

const longestMarginMs = 5 * 60_000;

/**
 * Installation tokens, minted once for everybody who asks at the same time and minted anew before
 * they end. Not left to @octokit/auth-app: its cache looks at no expiry date, and its table of
 * requests under way is shared by every App in the process and keyed by installation alone
 * (https://github.com/octokit/auth-app.js/blob/v8.3.1/src/get-installation-authentication.ts).
 */
export const createTokens = (options: {
  readonly clock: Clock;
  readonly mint: (scope: Scope) => Promise<Minted>;
}): Tokens => {
  const { clock, mint } = options;
  const held = new Map<string, Held>();
  const underWay = new Map<string, Promise<Held>>();
  const keyOf = (scope: Scope) => `${scope.installationId}:${scope.repositoryId}:${scope.access}`;

  const fresh = async (key: string, scope: Scope): Promise<Held> => {
    const asked = clock.monotonic();
    const { token: text, livesMs } = await mint(scope);
    // Early by a share of its life, so that short-lived tokens are not minted for every call.
    const margin = Math.min(longestMarginMs, livesMs / 4);
    const token = { token: text, endsAt: asked + livesMs, refreshAt: asked + livesMs - margin };
    for (const [other, { endsAt }] of held) if (endsAt <= asked) held.delete(other);
    held.set(key, token);
    return token;
  };

  return {
    async get(scope) {
      const key = keyOf(scope);
      const known = held.get(key);
      if (known !== undefined && clock.monotonic() < known.refreshAt) return known.token;
      const waiting = underWay.get(key) ?? fresh(key, scope).finally(() => underWay.delete(key));
      underWay.set(key, waiting);
      return (await waiting).token;
    },
    forget(scope, token) {
      const key = keyOf(scope);
      if (held.get(key)?.token === token) held.delete(key);
    },
  };
};
