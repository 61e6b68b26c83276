import type { ArtifactDigest } from '../../domain/ids.ts';

/** Bytes at rest, encrypted, found again by the SHA-256 of their clear form. */
export interface Blobs {
  /** `binding` names what the bytes belong to; they can only be opened again under the same text. */
  put(bytes: Buffer, binding: string): Promise<ArtifactDigest>;
  /** Throws BlobDamaged when the stored bytes, the key, the binding or the digest do not fit. */
  get(digest: ArtifactDigest, binding: string): Promise<Buffer>;
  /** Deleting what is not there is not an error. */
  delete(digest: ArtifactDigest, binding: string): Promise<void>;
  /**
   * Removes what no row names: a process ended between storing it and its row, or between the row and its removal. What this
   * process stored is never touched, for its row may be on its way. Nothing is removed when `kept` fails. Returns how many.
   */
  sweep(kept: AsyncIterable<{ readonly digest: ArtifactDigest; readonly binding: string }>): Promise<number>;
}

export class BlobDamaged extends Error {
  override readonly name = 'BlobDamaged';
}
