/**
 * Reads the output of `git cat-file --batch` as it comes. Blobs up to `limit` bytes are kept, larger
 * ones are dropped while they pass, and so are those that `total` has no room for: memory stays bounded
 * whatever a repository holds. A thousand files of five megabytes are next to nothing in a pack.
 */
export const createBatchParser = (limit: number, total: number) => {
  let kept = 0;
  const blobs = new Map<string, Buffer>();
  const missing: string[] = [];
  let header = Buffer.alloc(0);
  let body: { id: string; keep: Buffer | null; filled: number; left: number } | null = null;

  const startBody = (line: string): void => {
    // `<id> missing`, or `<id> <type> <size>` and then that many bytes and a newline.
    const [id = '', type, size] = line.split(' ');
    if (size === undefined) {
      missing.push(id);
      return;
    }
    const bytes = Number(size);
    const keep =
      type === 'blob' && bytes <= limit && kept + bytes <= total ? Buffer.allocUnsafe(bytes) : null;
    kept += keep?.length ?? 0;
    body = { id, keep, filled: 0, left: bytes + 1 };
  };

  return {
    blobs: blobs as ReadonlyMap<string, Buffer>,
    /** Ids of objects that are not there. */
    missing: missing as readonly string[],
    push: (chunk: Buffer): void => {
      let at = 0;
      while (at < chunk.length) {
        if (body === null) {
          const end = chunk.indexOf(10, at);
          if (end < 0) {
            header = Buffer.concat([header, chunk.subarray(at)]);
            return;
          }
          const line = Buffer.concat([header, chunk.subarray(at, end)]).toString('latin1');
          header = Buffer.alloc(0);
          at = end + 1;
          startBody(line);
          continue;
        }
        const part = chunk.subarray(at, at + body.left);
        if (body.keep !== null) part.copy(body.keep, body.filled);
        body.filled += part.length;
        body.left -= part.length;
        at += part.length;
        if (body.left === 0) {
          if (body.keep !== null) blobs.set(body.id, body.keep);
          body = null;
        }
      }
    },
  };
};
