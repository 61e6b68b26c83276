import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 bits, URL-safe. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** How long it takes says nothing of where they differ, nor of how long the right one is. */
export const isSame = (given: string, right: string): boolean =>
  timingSafeEqual(Buffer.from(digestOf(given)), Buffer.from(digestOf(right)));

/** The value of the first cookie of that name in a `Cookie` header; null where there is none. */
export const cookieOf = (header: string, name: string): string | null => {
  for (const part of header.split(';')) {
    const at = part.indexOf('=');
    if (at !== -1 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
};

export interface CookieWish {
  readonly name: string;
  readonly value: string;
  /** Where it is sent to. */
  readonly path: string;
  readonly site: 'Strict' | 'Lax';
  readonly secure: boolean;
  /** Seconds; 0 takes it away. Absent: until the browser ends. */
  readonly lasts?: number;
}

/** A `Set-Cookie` header; no script reads it. */
export const cookie = ({ name, value, path, site, secure, lasts }: CookieWish): string =>
  [
    `${name}=${value}`,
    `Path=${path}`,
    'HttpOnly',
    `SameSite=${site}`,
    ...(secure ? ['Secure'] : []),
    ...(lasts === undefined ? [] : [`Max-Age=${lasts}`]),
  ].join('; ');
