import { createHmac } from 'node:crypto';
import type { AuditLink } from './audit-chain.ts';

/** The newest row of the audit trail. */
export interface AuditHead extends AuditLink {
  /** Null where this installation does not answer for it: it has no key, or found a head that it had not signed. */
  readonly signature: string | null;
}

/** What proves that a head was left by this installation. */
export interface AuditSeal {
  /** HMAC-SHA-256 (hex); null without a key. */
  sign(link: AuditLink): string | null;
  /** Is that its signature? Without a key nothing is. */
  holds(head: AuditHead): boolean;
}

/** @param key for this purpose alone, 32 bytes; null where nothing is signed */
export const createAuditSeal = (key: Buffer | null): AuditSeal => {
  const sign = ({ seq, hash }: AuditLink): string | null =>
    key === null
      ? null
      : createHmac('sha256', key).update(`tidegate audit head 1 ${seq}.${hash}`).digest('hex');
  return {
    sign,
    holds: ({ signature, ...link }) => signature !== null && signature === sign(link),
  };
};

/** As checks carry it: `<seq>.<hash>.<signature>`, without the last where there is none. */
export const headText = ({ seq, hash, signature }: AuditHead): string =>
  [seq, hash, ...(signature === null ? [] : [signature])].join('.');

/** A head that somebody kept; only the hash is always known. */
export interface KeptHead {
  readonly seq: number | null;
  readonly hash: string;
  readonly signature: string | null;
}

const kept =
  /^(?:Audit head:\s*)?`?(?:(?:(?<seq>\d{1,15})\.)?(?<hash>[0-9a-f]{64})(?:\.(?<signature>[0-9a-f]{64}))?)`?$/;

/** Reads the line of a check, what is behind its colon, or a hash alone. Null: it is none of these. */
export const parseHead = (text: string): KeptHead | null => {
  const { seq, hash, signature } = kept.exec(text.trim())?.groups ?? {};
  if (hash === undefined) return null;
  return { seq: seq === undefined ? null : Number(seq), hash, signature: signature ?? null };
};
