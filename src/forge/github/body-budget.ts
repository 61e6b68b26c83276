/**
 * How many bytes of request bodies are held at a time. The signature of a webhook is over its whole body, so that bodies of
 * strangers have to be held too, and whoever fills the room must not keep genuine ones out.
 */
export interface BodyLimits {
  /** A body of more bytes than this is a large one. Large and small ones take no room from each other. */
  readonly smallBytes: number;
  /** Bytes of all small bodies together, and of all large ones. */
  readonly small: number;
  readonly large: number;
}

/** Nearly every webhook is a small one: about 20 kB. Of the largest that GitHub sends (25 MB) there is room for three. */
export const usualBodyLimits: BodyLimits = {
  smallBytes: 65_536,
  small: 16 * 1_048_576,
  large: 80 * 1_048_576,
};

/** One body on its way in. */
export interface BodyShare {
  /**
   * Asks to hold `bytes` in all, of a body of which `received` bytes have come. Others may be dropped for it.
   *
   * @returns false where this body is the one that has to go; then nothing of it is counted any more
   */
  grow(bytes: number, received: number): boolean;
  /** All of it is here: it is looked at now, and not dropped any more. */
  complete(): void;
  /** Nothing of it is held any more. A second time changes nothing. */
  leave(): void;
}

export interface BodyBudget {
  /**
   * @param client tells senders apart
   * @param drop called at most once, when the body has to go for another one
   */
  open(client: string, drop: () => void): BodyShare;
  /** Bytes held now. */
  held(): { readonly small: number; readonly large: number };
}

interface Body {
  readonly client: string;
  readonly drop: () => void;
  /** Monotonic milliseconds. */
  readonly since: number;
  bytes: number;
  received: number;
  isComplete: boolean;
}

/** Bytes in a second below which a sender counts as slow, once a second has gone by. GitHub takes 10 s for the largest, 2.5 MB/s. */
const slowRate = 32_768;
const graceMs = 1_000;

/**
 * Where there is no room, a body that is not complete is dropped: the slowest of those that come in slowly; where none does, one of the
 * sender that has most of them, the one that began first.
 *
 * @param now monotonic milliseconds
 */
export const createBodyBudget = (now: () => number, limits: BodyLimits = usualBodyLimits): BodyBudget => {
  const bodies = new Set<Body>();
  const isLarge = (bytes: number): boolean => bytes > limits.smallBytes;
  const heldBy = (large: boolean): number =>
    [...bodies].reduce((sum, { bytes }) => (isLarge(bytes) === large ? sum + bytes : sum), 0);

  const rateOf = ({ received, since }: Body): number => (received * 1_000) / Math.max(1, now() - since);
  const isSlow = (body: Body): boolean => now() - body.since >= graceMs && rateOf(body) < slowRate;

  const leastOf = (some: readonly Body[]): Body | undefined => {
    const slow = some.filter(isSlow).toSorted((one, other) => rateOf(one) - rateOf(other));
    if (slow[0] !== undefined) return slow[0];
    const byClient = [...Map.groupBy(some, ({ client }) => client).values()];
    const most = Math.max(...byClient.map(({ length }) => length));
    return byClient
      .filter(({ length }) => length === most)
      .flat()
      .toSorted((one, other) => one.since - other.since)[0];
  };

  return {
    open: (client, drop) => {
      const own: Body = { client, drop, since: now(), bytes: 0, received: 0, isComplete: false };
      bodies.add(own);
      return {
        grow: (bytes, received) => {
          own.received = received;
          own.bytes = bytes;
          const large = isLarge(bytes);
          const limit = large ? limits.large : limits.small;
          while (heldBy(large) > limit) {
            const open = [...bodies].filter((one) => !one.isComplete && isLarge(one.bytes) === large);
            const least = leastOf(open) ?? own;
            bodies.delete(least);
            if (least === own) return false;
            least.drop();
          }
          return true;
        },
        complete: () => {
          own.isComplete = true;
        },
        leave: () => {
          bodies.delete(own);
        },
      };
    },
    held: () => ({ small: heldBy(false), large: heldBy(true) }),
  };
};
