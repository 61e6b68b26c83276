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
  const mine = new Set<string>();
  return {
    stored,
    put: async (bytes, binding) => {
      const digest = seal.digest(bytes);
      const name = seal.name(digest, binding);
      mine.add(name);
      stored.set(name, seal.close(bytes, digest, binding));
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
    sweep: async (kept) => {
      const names = [...stored.keys()];
      const named = new Set<string>();
      for await (const { digest, binding } of kept) named.add(seal.name(digest, binding));
      const orphans = names.filter((name) => !named.has(name) && !mine.has(name));
      for (const name of orphans) stored.delete(name);
      return orphans.length;
    },
  };
};
