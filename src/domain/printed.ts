/** What a step printed for us to read. It may be larger than memory: it is kept packed, and comes in pieces as often as it is asked for. */
export interface Printed {
  chunks(): AsyncIterable<Uint8Array>;
}

/** Of bytes that are there already. */
export const printedOf = (bytes: Uint8Array): Printed => ({
  chunks: async function* () {
    if (bytes.length > 0) yield bytes;
  },
});

export const nothingPrinted: Printed = printedOf(new Uint8Array());

/** A state larger than this is no state that anybody keeps. In bytes. */
const mostAtOnce = 512 * 1024 * 1024;

/** All of it at once, for what is small by nature. Throws a RangeError beyond 512 MB. */
export const wholeOf = async (printed: Printed): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of printed.chunks()) {
    size += chunk.length;
    if (size > mostAtOnce) throw new RangeError('what the tool printed is larger than 512 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};
