/** `skip`: could not be looked at, because something before it failed. */
export type FindingStatus = 'ok' | 'warn' | 'fail' | 'skip';

/** What one check came to. `advice` says what to do next, and is there whenever something should be done. */
export interface Finding {
  readonly check: string;
  readonly status: FindingStatus;
  readonly found: string;
  readonly advice: string | null;
}

export const ok = (check: string, found: string): Finding => ({ check, status: 'ok', found, advice: null });

export const skip = (check: string, found: string): Finding => ({
  check,
  status: 'skip',
  found,
  advice: null,
});

export const warn = (check: string, found: string, advice: string): Finding => ({
  check,
  status: 'warn',
  found,
  advice,
});

export const fail = (check: string, found: string, advice: string): Finding => ({
  check,
  status: 'fail',
  found,
  advice,
});

/** `one, two and 3 more`. */
export const some = (names: readonly string[], most = 5): string => {
  const shown = names.slice(0, most).map((name) => `\`${name}\``);
  const more = names.length - shown.length;
  return more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more} more`;
};

/** Permission bits as `chmod` takes them. */
export const octal = (mode: number): string => mode.toString(8).padStart(3, '0');
