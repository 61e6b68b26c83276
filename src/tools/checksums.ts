const line = /^([0-9a-f]{64}) [ *](\S{1,200})$/;

/** SHA-256 (hex) of a file, by a text like that of `sha256sum`; null where it is not in it, or with two values. */
export const checksumOf = (text: string, name: string): string | null => {
  const found = new Set<string>();
  for (const one of text.split('\n')) {
    const [, digest, file] = line.exec(one.trimEnd()) ?? [];
    if (digest !== undefined && file === name) found.add(digest);
  }
  const [digest] = found;
  return found.size === 1 && digest !== undefined ? digest : null;
};
