import type { Mask } from '../../../observe/masking.ts';

export interface MaskStream {
  /** What of the text is sure by now, masked. */
  push(text: string): string;
  /** The rest. */
  end(): string;
}

/** Held back at most while a line has no end, in characters. */
const reach = 64 * 1024;

/** Masks whole lines. */
export const createLineMask = (mask: Mask): MaskStream => {
  let held = '';
  const take = (): string => {
    const text = mask.text(held);
    held = '';
    return text;
  };
  return {
    push: (text) => {
      const end = text.lastIndexOf('\n') + 1;
      held += text.slice(0, end);
      const ready = end === 0 && held.length + text.length <= reach ? '' : take();
      held += text.slice(end);
      return ready;
    },
    end: take,
  };
};
