import { once } from 'node:events';
import { Readable } from 'node:stream';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { nothingPrinted, type Printed } from '../../domain/printed.ts';

/** Packs bytes as they come in: a plan as JSON repeats itself, and takes a fiftieth of its size. */
export interface Packer {
  /** Resolves when it has been packed and what came of it was handed on: more may come then. */
  push(chunk: Uint8Array): Promise<void>;
  /** Bytes handed on so far. */
  size(): number;
  end(): Promise<void>;
}

export const createPacker = (handOn: (packed: Buffer) => Promise<void>): Packer => {
  const stream = createZstdCompress();
  let size = 0;
  let handing: Promise<void> = Promise.resolve();
  stream.on('data', (packed: Buffer) => {
    size += packed.length;
    handing = handing.then(() => handOn(packed));
  });
  const ended = once(stream, 'end');
  return {
    push: (chunk) => new Promise((resolve) => stream.write(chunk, () => resolve(handing))),
    size: () => size,
    end: async () => {
      stream.end();
      await ended;
      await handing;
    },
  };
};

/** As large as a block of what was packed may be: each piece costs a turn of the event loop. https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.2.4 */
const chunkSize = 128 * 1024;

/** What a packer handed on, in its order. */
export const unpacked = (packed: readonly Uint8Array[]): Printed =>
  packed.length === 0
    ? nothingPrinted
    : { chunks: () => Readable.from(packed).pipe(createZstdDecompress({ chunkSize })) };
