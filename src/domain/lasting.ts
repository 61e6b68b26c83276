const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90m`, `4h` or `2d` in milliseconds; null for anything else. */
export const lastingMs = (text: string): number | null => {
  const [, digits, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  if (digits === undefined || (unit !== 'm' && unit !== 'h' && unit !== 'd')) return null;
  return Number(digits) * units[unit];
};

/** As people type it: the largest unit that it is a whole number of. */
export const lastingText = (ms: number): string => {
  if (ms % units.d === 0) return `${ms / units.d}d`;
  return ms % units.h === 0 ? `${ms / units.h}h` : `${Math.round(ms / units.m)}m`;
};
