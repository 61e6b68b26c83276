import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { type ArtifactDigest, artifactDigest } from '../../domain/ids.ts';
import { BlobDamaged } from './port.ts';

/** How clear bytes and sealed ones become each other; the same for every place they may lie in. */
export interface Seal {
  digest(bytes: Buffer): ArtifactDigest;
  /** The name to store it under: an HMAC, because a plain digest of a plan that can be guessed would confirm the guess. */
  name(digest: ArtifactDigest, binding: string): string;
  close(bytes: Buffer, digest: ArtifactDigest, binding: string): Buffer;
  /** Throws BlobDamaged. */
  open(sealed: Buffer, digest: ArtifactDigest, binding: string): Buffer;
}

/** `TGB` and the version of this layout: magic, nonce, tag, ciphertext. */
const magic = Buffer.from('TGB1', 'ascii');
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = magic.length + nonceBytes + tagBytes;

const cipher = 'aes-256-gcm';

/**
 * AES-256-GCM with a random nonce of 96 bits (NIST SP 800-38D: fine for 2^32 blobs under one key), bound to `binding` and digest
 * as additional data.
 * @param key 32 bytes; keys for contents and names are derived from it
 */
export const createSeal = (key: Buffer): Seal => {
  if (key.length !== 32) throw new TypeError('the key of the blobs must have 32 bytes');
  const derive = (label: string): Buffer =>
    Buffer.from(hkdfSync('sha256', key, '', `tidegate blob ${label} 1`, 32));
  const contentKey = derive('content');
  const nameKey = derive('name');
  // The digest has a fixed length and comes first, so no other pair gives the same bytes.
  const bound = (digest: ArtifactDigest, binding: string): Buffer =>
    Buffer.concat([magic, Buffer.from(digest, 'hex'), Buffer.from(binding, 'utf8')]);
  const digestOf = (bytes: Buffer): ArtifactDigest =>
    artifactDigest(createHash('sha256').update(bytes).digest('hex'));

  return {
    digest: digestOf,
    name: (digest, binding) => createHmac('sha256', nameKey).update(bound(digest, binding)).digest('hex'),
    close: (bytes, digest, binding) => {
      const nonce = randomBytes(nonceBytes);
      const sealing = createCipheriv(cipher, contentKey, nonce, { authTagLength: tagBytes });
      sealing.setAAD(bound(digest, binding));
      const text = [sealing.update(bytes), sealing.final()];
      return Buffer.concat([magic, nonce, sealing.getAuthTag(), ...text]);
    },
    open: (sealed, digest, binding) => {
      if (sealed.length < headBytes) throw new BlobDamaged('a stored blob was cut off');
      if (!sealed.subarray(0, magic.length).equals(magic)) throw new BlobDamaged('not a stored blob');
      const nonce = sealed.subarray(magic.length, magic.length + nonceBytes);
      const opening = createDecipheriv(cipher, contentKey, nonce, { authTagLength: tagBytes });
      opening.setAuthTag(sealed.subarray(magic.length + nonceBytes, headBytes));
      opening.setAAD(bound(digest, binding));
      let bytes: Buffer;
      try {
        bytes = Buffer.concat([opening.update(sealed.subarray(headBytes)), opening.final()]);
      } catch (error) {
        throw new BlobDamaged('a stored blob is damaged, or was stored under another key or binding', {
          cause: error,
        });
      }
      // GCM vouches for what was sealed; this, that it was sealed as what it is asked for.
      if (digestOf(bytes) !== digest) throw new BlobDamaged('a stored blob has another digest than its name');
      return bytes;
    },
  };
};

export const missing = (digest: ArtifactDigest): BlobDamaged =>
  new BlobDamaged(`no blob ${digest.slice(0, 12)} is stored under that binding and key`);
