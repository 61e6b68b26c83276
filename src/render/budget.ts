/**
 * UTF-8 bytes that one comment or one text of a check may have. GitHub's limit is 65,536 characters, and 65,535
 * bytes for a check; the rest is for what it adds itself.
 */
export const byteLimit = 60_000;

export const byteLength = (text: string): number => Buffer.byteLength(text, 'utf8');

/**
 * The same thing told at different lengths, longest first. The last one is the least that must be said. Null: surely longer than
 * whatever is available, and not written.
 */
export interface Piece {
  readonly variants: readonly [string | null, ...(string | null)[]];
}

/** Of what was not written, in bytes: no comment has so many, and sums of it are still exact. */
const tooLong = 1e9;

export interface Fit {
  /** For each piece, which variant. */
  readonly chosen: readonly number[];
  /** False: the shortest of each is still too long. */
  readonly fits: boolean;
}

/**
 * Chooses variants so that all pieces together have at most `available` bytes. What is the largest at the moment
 * is shortened by one step, again and again, so a small piece stays whole beside a large one.
 */
export const shorten = (pieces: readonly Piece[], available: number): Fit => {
  const sizes = pieces.map(({ variants }) =>
    variants.map((variant) => (variant === null ? tooLong : byteLength(variant))),
  );
  const chosen = pieces.map(() => 0);
  const sizeOf = (index: number): number => sizes[index]?.[chosen[index] ?? 0] ?? 0;
  let total = pieces.reduce((sum, _, index) => sum + sizeOf(index), 0);
  const left = new Set(pieces.keys());
  while (total > available && left.size > 0) {
    let largest = -1;
    for (const index of left) if (largest === -1 || sizeOf(index) > sizeOf(largest)) largest = index;
    const step = (chosen[largest] ?? 0) + 1;
    if (step >= (sizes[largest]?.length ?? 0)) left.delete(largest);
    else {
      total -= sizeOf(largest);
      chosen[largest] = step;
      total += sizeOf(largest);
    }
  }
  return { chosen, fits: total <= available };
};

/**
 * The last lines of a log: at most `lines` of them and about `bytes` bytes. A first line says what is missing.
 */
export const tail = (text: string, lines: number, bytes: number): string => {
  const all = text.replace(/\s+$/, '').split('\n');
  const kept: string[] = [];
  let size = 0;
  for (let index = all.length - 1; index >= 0 && kept.length < lines; index -= 1) {
    const line = all[index] ?? '';
    const room = bytes - size;
    if (byteLength(line) + 1 > room) {
      if (kept.length === 0) kept.unshift(`… ${endOf(line, room)}`);
      break;
    }
    kept.unshift(line);
    size += byteLength(line) + 1;
  }
  const missing = all.length - kept.length;
  if (missing === 0) return kept.join('\n');
  return `… ${missing.toLocaleString('en')} earlier ${missing === 1 ? 'line' : 'lines'} left out\n${kept.join('\n')}`;
};

const endOf = (line: string, bytes: number): string => {
  let rest = line.slice(-bytes);
  while (byteLength(rest) > bytes) rest = rest.slice(Math.ceil((byteLength(rest) - bytes) / 4));
  return rest.toWellFormed();
};
