import { createHash } from 'node:crypto';

/** What a thing says now, ready to be sent. */
export interface Draft {
  /** Equal for equal words: what GitHub has already is not sent again. */
  readonly digest: string;
  /** Of its longest text. */
  readonly bytes: number;
  /** Returns the id under which the thing is known on the forge. */
  readonly send: (externalId: number | null) => Promise<number | null>;
}

export const bytesOf = (text: string): number => Buffer.byteLength(text, 'utf8');

export const digestOf = (...words: readonly (string | null)[]): string =>
  createHash('sha256').update(JSON.stringify(words)).digest('base64url');
