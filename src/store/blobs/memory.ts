import type { Blobs } from './port.ts';
import { createSeal, missing } from './seal.ts';

export interface MemoryBlobs extends Blobs {
  /** Sealed bytes by stored name, for whoever wants to damage or count them. */
  readonly stored: Map<string, Buffer>;
}

/** Blobs that are gone with the process, sealed as they would be on disk. `key` has 32 bytes. */
export const createMemoryBlobs = ({
  key,
  stored = new Map(),
}: {
  readonly key: Buffer;
  readonly stored?: Map<string, Buffer>;
}): MemoryBlobs => {
  const seal = createSeal(key);
  return {
    stored,
    put: async (bytes, binding) => {
      const digest = seal.digest(bytes);
      stored.set(seal.name(digest, binding), seal.close(bytes, digest, binding));
      return digest;
    },
    get: async (digest, binding) => {
      const sealed = stored.get(seal.name(digest, binding));
      if (sealed === undefined) throw missing(digest);
      return seal.open(sealed, digest, binding);
    },
    delete: async (digest, binding) => {
      stored.delete(seal.name(digest, binding));
    },
  };
};
