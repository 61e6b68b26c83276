import { createHash } from 'node:crypto';

const longestText = 300;

export const digestOfText = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 16);

/** An expression, where it is short enough to be looked at. */
export const shortText = (text: string): string | null =>
  text.length <= longestText && !text.includes('\n') ? text : null;
