/** Bytes. A configuration's files are far below the first, and all of a repository's together seldom above the second. */
const largest = 64 * 1024;
const keptTogether = 8 * 1024 * 1024;
/** Bytes that the keeping of one takes by itself: a million empty ones are not nothing. */
const overhead = 256;

/**
 * Small blobs that were read, by mirror and id: a plan asks for the same few files several times, and each time would
 * be a process. An id says what is in a blob, so none is ever out of date. The least recently used go first.
 */
export const createSmallBlobs = () => {
  const kept = new Map<string, Buffer>();
  let total = 0;
  const nameOf = (repositoryId: number, id: string): string => `${repositoryId} ${id}`;
  const weight = (bytes: Buffer): number => bytes.length + overhead;
  const drop = (name: string): void => {
    const bytes = kept.get(name);
    if (bytes === undefined) return;
    kept.delete(name);
    total -= weight(bytes);
  };
  // What goes in and out is copied: nobody who writes into his own bytes changes what others read.
  const copyOf = (bytes: Buffer): Buffer => {
    // Not of the pool: a piece of it would hold the whole.
    const copy = Buffer.alloc(bytes.length);
    bytes.copy(copy);
    return copy;
  };

  return {
    get: (repositoryId: number, id: string): Buffer | null => {
      const name = nameOf(repositoryId, id);
      const bytes = kept.get(name);
      if (bytes === undefined) return null;
      kept.delete(name);
      kept.set(name, bytes);
      return copyOf(bytes);
    },
    keep: (repositoryId: number, id: string, bytes: Buffer): void => {
      if (bytes.length > largest) return;
      const name = nameOf(repositoryId, id);
      drop(name);
      kept.set(name, copyOf(bytes));
      total += weight(bytes);
      for (const oldest of kept.keys()) {
        if (total <= keptTogether) break;
        drop(oldest);
      }
    },
    /** For a mirror that is removed. */
    forget: (repositoryId: number): void => {
      const start = nameOf(repositoryId, '');
      for (const name of kept.keys()) if (name.startsWith(start)) drop(name);
    },
  };
};
