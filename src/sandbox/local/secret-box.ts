import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const cipher = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

const keyOf = (runKey: Uint8Array): Buffer =>
  Buffer.from(hkdfSync('sha256', runKey, '', 'tidegate run secrets 1', 32));

/** For a record on disk: base64 of iv, tag and ciphertext (AES-256-GCM). */
export const lockSecrets = (runKey: Uint8Array, secrets: readonly string[]): string => {
  const iv = randomBytes(ivBytes);
  const box = createCipheriv(cipher, keyOf(runKey), iv);
  const text = Buffer.concat([box.update(JSON.stringify(secrets), 'utf8'), box.final()]);
  return Buffer.concat([iv, box.getAuthTag(), text]).toString('base64');
};

/** Throws for what was not locked with this key. */
export const openSecrets = (runKey: Uint8Array, locked: string): readonly string[] => {
  const bytes = Buffer.from(locked, 'base64');
  const box = createDecipheriv(cipher, keyOf(runKey), bytes.subarray(0, ivBytes));
  box.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
  const text = Buffer.concat([box.update(bytes.subarray(ivBytes + tagBytes)), box.final()]).toString('utf8');
  const secrets: unknown = JSON.parse(text);
  return Array.isArray(secrets) ? secrets.filter((one) => typeof one === 'string') : [];
};
