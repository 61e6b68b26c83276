/** A body in pieces, while it comes in. */
export interface Pieces {
  /** Bytes that have come. */
  size(): number;
  /** Bytes of memory that all takes with a piece of so many bytes more. */
  heldWith(bytes: number): number;
  add(piece: Buffer): void;
  /** All of it in one. */
  whole(): Buffer;
}

/** A piece of at least this is kept as it came. Smaller ones are put together: each by itself would take more than it holds. */
const largePiece = 16_384;
const leastBlock = 1_024;

/** Room is made for what came, never for what was only announced. */
export const createPieces = (): Pieces => {
  const done: Buffer[] = [];
  let size = 0;
  let held = 0;
  /** Small pieces, and how many bytes of it they fill. */
  let block = Buffer.alloc(0);
  let filled = 0;

  const fits = (bytes: number): boolean => filled + bytes <= block.length;
  const costOf = (bytes: number): number =>
    fits(bytes)
      ? 0
      : bytes >= largePiece
        ? bytes
        : Math.max(bytes, Math.min(largePiece, Math.max(leastBlock, 2 * size)));
  const finishBlock = (): void => {
    if (filled > 0) done.push(block.subarray(0, filled));
    block = Buffer.alloc(0);
    filled = 0;
  };

  return {
    size: () => size,
    heldWith: (bytes) => held + costOf(bytes),
    add: (piece) => {
      const cost = costOf(piece.length);
      held += cost;
      size += piece.length;
      if (!fits(piece.length)) finishBlock();
      if (cost > 0 && piece.length >= largePiece) {
        done.push(piece);
        return;
      }
      if (cost > 0) block = Buffer.allocUnsafeSlow(cost);
      piece.copy(block, filled);
      filled += piece.length;
    },
    whole: () => {
      finishBlock();
      const [first] = done;
      return done.length === 1 && first !== undefined ? first : Buffer.concat(done, size);
    },
  };
};
