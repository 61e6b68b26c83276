/** What a tool says of who keeps it from its state. */
export interface StateLock {
  /** Null where the backend does not tell: then nobody can take it away by id. */
  readonly id: string | null;
  /** `user@host`; null where the backend tells the id alone. */
  readonly who: string | null;
  readonly operation: string | null;
  /** As the tool prints it, `2026-11-21 11:26:27.678977527 +0000 UTC`. */
  readonly created: string | null;
}

/** Unix milliseconds of Go's `time.Time` as text, which is what tools print; null for anything else. */
export const timeOf = (created: string): number | null => {
  const found =
    /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))? ?(?:Z|([+-]\d\d):?(\d\d))(?: [A-Z]{1,5})?$/.exec(
      created.trim(),
    );
  if (found === null) return null;
  const [, date, time, fraction = '', hours = '+00', minutes = '00'] = found;
  const at = Date.parse(`${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}${hours}:${minutes}`);
  return Number.isNaN(at) ? null : at;
};

/** Clocks of one machine agree; a row's times are written a moment before and after what they time. */
const slackMs = 5_000;

/**
 * Was this lock taken by our run? Only if all of it fits: an apply, on this machine, while the run was running.
 * `from` and `to` are Unix milliseconds. Unknown means no.
 */
export const isLockOf = (
  lock: StateLock,
  run: { readonly host: string; readonly from: number | null; readonly to: number | null },
): boolean => {
  const at = lock.created === null ? null : timeOf(lock.created);
  if (at === null || run.from === null || run.to === null) return false;
  if (lock.operation !== 'OperationTypeApply' || lock.who?.endsWith(`@${run.host}`) !== true) return false;
  return at >= run.from - slackMs && at <= run.to + slackMs;
};
