/**
 * How fast one may go. Pure: times are milliseconds of one clock that never goes back, states are values.
 */

/** Lets `burst` through at once, and then as many a second as come back. */
export interface BucketRule {
  readonly burst: number;
  readonly perSecond: number;
}

export interface Bucket {
  /** Tokens there were at `at`. */
  readonly tokens: number;
  readonly at: number;
}

export const fullBucket = (rule: BucketRule, now: number): Bucket => ({ tokens: rule.burst, at: now });

const tokensAt = (rule: BucketRule, { tokens, at }: Bucket, now: number): number =>
  Math.min(rule.burst, tokens + (Math.max(0, now - at) / 1_000) * rule.perSecond);

/** When one token can be taken so that `kept` others are left; `now` or later. `kept` is below the burst. */
export const bucketReadyAt = (rule: BucketRule, bucket: Bucket, kept: number, now: number): number => {
  const missing = 1 + kept - tokensAt(rule, bucket, now);
  return missing <= 0 ? now : now + Math.ceil((missing / rule.perSecond) * 1_000);
};

export const takeToken = (rule: BucketRule, bucket: Bucket, now: number): Bucket => ({
  tokens: tokensAt(rule, bucket, now) - 1,
  at: Math.max(bucket.at, now),
});

/** At most `most` within any stretch of `spanMs`. */
export interface WindowRule {
  readonly spanMs: number;
  readonly most: number;
}

/** What was spent and when, oldest first. */
export type Spent = readonly { readonly at: number; readonly amount: number }[];

/**
 * When `amount` more may be spent so that no stretch of the window's length holds more than `share`
 * (0 to 1) of what it may hold; `now` or later. An amount that never fits goes when the window is empty.
 */
export const windowReadyAt = (
  rule: WindowRule,
  spent: Spent,
  amount: number,
  share: number,
  now: number,
): number => {
  if (amount === 0) return now;
  const room = Math.floor(rule.most * share) - amount;
  const inside = spent.filter(({ at }) => at > now - rule.spanMs);
  let sum = inside.reduce((total, one) => total + one.amount, 0);
  let ready = now;
  for (const one of inside) {
    if (sum <= room) break;
    sum -= one.amount;
    ready = one.at + rule.spanMs;
  }
  return Math.max(now, ready);
};

/** The log with this in it, without what no window of `spanMs` can see any more. */
export const spendInWindow = (rule: WindowRule, spent: Spent, amount: number, now: number): Spent => [
  ...spent.filter(({ at }) => at > now - rule.spanMs),
  ...(amount > 0 ? [{ at: now, amount }] : []),
];
