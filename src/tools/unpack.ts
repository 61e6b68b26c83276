import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise } from 'yauzl';

/** A release is a program and a few texts beside it. */
const mostEntries = 100;

const fileTypes = 0o170000;
const regular = 0o100000;
/** Made on a system whose permissions are in the upper half of the attributes. */
const unix = 3;

const problemOf = (entry: Entry, maxBytes: number): string | null => {
  const mode = entry.externalFileAttributes >>> 16;
  const type = mode & fileTypes;
  if (entry.versionMadeBy >>> 8 === unix && type !== 0 && type !== regular)
    return 'it is no plain file in the archive';
  if (entry.uncompressedSize > maxBytes) return `unpacked it is larger than ${maxBytes} bytes`;
  return entry.isEncrypted() ? 'it is encrypted in the archive' : null;
};

/**
 * Writes one entry of a zip archive to a file that is not there yet, 0755; nothing else of it is written anywhere. Throws, with
 * words that follow a colon, for an archive without that entry, and for one in which any name would leave its folder.
 */
export const unpackProgram = async (
  archive: string,
  name: string,
  to: string,
  maxBytes: number,
): Promise<void> => {
  // Names that climb, begin at the top or hold a backslash are errors of its own.
  const zip = await openPromise(archive, {
    lazyEntries: true,
    autoClose: false,
    strictFileNames: true,
    validateEntrySizes: true,
  });
  try {
    if (zip.entryCount > mostEntries) throw new Error(`the archive has ${zip.entryCount} entries`);
    const found: Entry[] = [];
    for await (const entry of zip.eachEntry()) if (entry.fileName === name) found.push(entry);
    const [entry] = found;
    if (entry === undefined || found.length > 1)
      throw new Error(`the archive has ${found.length === 0 ? 'no' : 'more than one'} \`${name}\``);
    const problem = problemOf(entry, maxBytes);
    if (problem !== null) throw new Error(problem);
    let bytes = 0;
    const counted = new Transform({
      transform: (part: Buffer, _, done) => {
        bytes += part.length;
        if (bytes > maxBytes) done(new Error(`unpacked it is larger than ${maxBytes} bytes`));
        else done(null, part);
      },
    });
    const source = await zip.openReadStreamPromise(entry);
    await pipeline(source, counted, createWriteStream(to, { flags: 'wx', mode: 0o755, flush: true }));
  } finally {
    zip.close();
  }
};
