import { createHash } from 'node:crypto';

const longestText = 300;

export const digestOfText = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 16);

const longestEarlyText = 4_000;

/** An expression, where it is short enough to be looked at. `isEarly`: it may be evaluated. */
export const shortText = (text: string, isEarly: boolean): string | null => {
  if (isEarly) return text.length <= longestEarlyText ? text : null;
  return text.length <= longestText && !text.includes('\n') ? text : null;
};
