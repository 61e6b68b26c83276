import { fstatSync, ftruncateSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Clock } from '../../../clock/port.ts';
import type { MaskStream } from '../../../observe/mask-stream.ts';

export interface Tail {
  /** Monotonic time at which new output was last seen. */
  lastOutput(): number;
  /**
   * Brings what is there by now into the log, with a last line of ours, and lets go. False when the log could not be
   * written whole: then what the tool wrote must be kept.
   */
  finish(note: string | null): Promise<boolean>;
}

export interface TailOptions {
  /** What the tool writes to, opened by it with O_APPEND; there already. */
  readonly files: readonly string[];
  /** What people see; must not be there yet. */
  readonly log: string;
  readonly maskStream: () => MaskStream;
  readonly clock: Clock;
  /** Largest log, in bytes. */
  readonly logBytes: number;
}

const pollMs = 100;
const restMs = 20;
/** While a tool writes what has to be cut off again. */
const floodPollMs = 5;
/** A line that is not over is shown after so long. */
const showMs = 1000;
const chunkBytes = 64 * 1024;
/** Before a cut, at a tool that goes on writing. */
const mostLooks = 8;
/** Kept of the end of each file once the log is full, in memory. */
const tailBytes = 1024 * 1024;

interface Source {
  readonly handle: FileHandle;
  readonly stream: MaskStream;
  /** Read and in the log up to here. */
  position: number;
  size: number;
  /** Bytes that were cut off, of which `end` are the last. */
  dropped: number;
  end: Buffer;
  /** Nothing beyond is read: set at the end, for what a tool left behind may write for ever. */
  until: number;
}

const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

const lastOf = (bytes: Buffer): Buffer => bytes.subarray(Math.max(0, bytes.length - tailBytes));

const fromLine = (bytes: Buffer): Buffer => bytes.subarray(bytes.indexOf(0x0a) + 1);

/**
 * Brings what a tool writes into the log, masked, while it runs. The log takes the first `logBytes` (less the ends): what lies
 * beyond is cut off in the tool's own file now and then, which O_APPEND makes safe, so that a flood does not fill the disk.
 * The tool's last words stay.
 */
export const createTail = async (options: TailOptions): Promise<Tail> => {
  const { clock } = options;
  const log = await open(options.log, 'ax', 0o600);
  const sources: Source[] = [];
  for (const file of options.files)
    sources.push({
      handle: await open(file, 'r+'),
      stream: options.maskStream(),
      position: 0,
      size: 0,
      dropped: 0,
      end: Buffer.alloc(0),
      until: Number.POSITIVE_INFINITY,
    });
  const chunk = Buffer.allocUnsafe(chunkBytes);
  const slack = Math.min(16 * 1024 * 1024, options.logBytes / 4);
  let left = Math.max(chunkBytes, options.logBytes - sources.length * tailBytes);
  let last = clock.monotonic();
  let whole = true;
  let flooded = false;

  const write = async (text: string): Promise<void> => {
    if (text === '') return;
    // A full disk must not end the host: the tool's own words are still in its files.
    if (whole) await log.appendFile(text).catch(() => (whole = false));
  };

  /**
   * Nothing may be awaited in here: what the tool writes between the last look and the cut is lost and not counted. So it looks
   * again until nothing was added, or too much is. On a busy machine the cut itself waits for the tool's writes, and much is
   * lost in one: the words that count come when a flood is over.
   */
  const cut = (source: Source, headEnd: number): void => {
    const { fd } = source.handle;
    let seen = headEnd;
    for (let look = 0; look < mostLooks; look += 1) {
      const { size } = fstatSync(fd);
      if (size <= seen) break;
      const from = Math.max(seen, size - tailBytes);
      const bytes = Buffer.allocUnsafe(size - from);
      const count = readSync(fd, bytes, 0, bytes.length, from);
      source.end = lastOf(Buffer.concat([source.end, bytes.subarray(0, count)]));
      seen = from + count;
    }
    source.dropped += fstatSync(fd).size - headEnd;
    ftruncateSync(fd, headEnd);
    source.size = Math.min(source.size, headEnd);
    flooded = true;
  };

  const measure = async (source: Source): Promise<void> => {
    const { size } = await source.handle.stat();
    if (size !== source.size) last = clock.monotonic();
    source.size = size;
  };

  /** One bite of one file. Was there any? */
  const bite = async (source: Source): Promise<boolean> => {
    const headEnd = source.position + left;
    if (fstatSync(source.handle.fd).size > headEnd + slack) cut(source, headEnd);
    const length = Math.min(chunkBytes, left, source.size - source.position, source.until - source.position);
    if (length <= 0) return false;
    const { bytesRead } = await source.handle.read(chunk, 0, length, source.position);
    if (bytesRead === 0) return false;
    source.position += bytesRead;
    left -= bytesRead;
    await write(source.stream.push(chunk.subarray(0, bytesRead)));
    return true;
  };
  const round = async (): Promise<boolean> => {
    let any = false;
    // The last one first: what had been written to another one before its last line was written is then seen with it.
    for (const source of sources.toReversed()) await measure(source);
    for (const source of sources) while (await bite(source)) any = true;
    return any;
  };

  const over = new AbortController();
  const follow = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const start = clock.monotonic();
      if (await round()) {
        // Half of the time at most: on a small machine the tool needs it more than who looks on. At its end all comes at once.
        await clock.sleep(Math.max(restMs, clock.monotonic() - start), over.signal);
        continue;
      }
      // A line that is not over, such as a question, is shown when nothing more comes of it.
      if (clock.monotonic() - last > showMs) for (const { stream } of sources) await write(stream.flush());
      await clock.sleep(flooded ? floodPollMs : pollMs, over.signal);
      flooded = false;
    }
  };
  const following = follow().catch(() => {
    whole = false;
  });

  /** What did not fit into the log any more: all of it if it is little, else its end. */
  const closing = async (source: Source): Promise<void> => {
    const rest = Math.min(source.size, source.until) - source.position;
    const bytes = Buffer.alloc(Math.min(rest, tailBytes));
    const from = source.position + rest - bytes.length;
    const { bytesRead } = await source.handle.read(bytes, 0, bytes.length, from);
    const end = bytes.subarray(0, bytesRead);
    if (source.dropped === 0 && rest <= tailBytes)
      return write(source.stream.push(end) + source.stream.end());
    await write(source.stream.end());
    const shown = fromLine(lastOf(Buffer.concat([source.end, end])));
    const leftOut = rest + source.dropped - shown.length;
    const stream = options.maskStream();
    const least = source.dropped === 0 ? '' : 'at least ';
    await write(`\n… ${least}${grouped(leftOut)} bytes left out …\n${stream.push(shown)}${stream.end()}`);
  };

  const finish = async (note: string | null): Promise<boolean> => {
    over.abort();
    try {
      await following;
      for (const source of sources) source.until = (await source.handle.stat()).size;
      while (await round());
      for (const source of sources) await closing(source);
      if (note !== null) await write(`${note}\n`);
    } catch {
      whole = false;
    }
    for (const { handle } of [...sources, { handle: log }]) await handle.close().catch(() => {});
    return whole;
  };
  return { lastOutput: () => last, finish };
};
