/*
 * Cuts JSON text into parts while it comes in, so that a text of any size is read in little memory: plans of large projects have
 * hundreds of megabytes, most of which is passed over or looked at part by part. What is passed over is not checked beyond its
 * quotes and brackets; who takes a part parses it.
 */

/** Keys from the outside in; `*` for each element of a list. */
export type CutPath = readonly string[];

/**
 * `part`: it is handed on as a whole. `object`, `list`: its members are asked about one by one; what is something else
 * is handed on as a whole. `pass`: nobody wants it.
 */
export type Choice = 'part' | 'object' | 'list' | 'pass';

export interface Cut {
  /** Asked for the whole text (an empty path), for each key of an object, and once for all elements of a list. */
  readonly choose: (path: CutPath) => Choice;
  /** The text of one value; it may be a view of what was pushed. */
  readonly part: (path: CutPath, text: Buffer) => void;
  /** Bytes of the largest part that is put together from several pieces. Default 256 MB. */
  readonly longest?: number;
}

export interface Cutter {
  /** Throws a SyntaxError, a RangeError for what is too deep or a part that is too long, and whatever `part` throws. */
  push(chunk: Uint8Array): void;
  /** Throws a SyntaxError where the text is not over. */
  end(): void;
}

interface Frame {
  readonly close: number;
  readonly path: CutPath;
  /** Of a list, its elements. */
  readonly elements: { readonly path: CutPath; readonly choice: Choice } | null;
}

/** What may come next: `first` is a value or key, or the end of what holds it; `next` a comma or that end. */
type Expected = 'value' | 'first' | 'key' | 'colon' | 'next' | 'nothing';

interface Value {
  readonly shape: 'holder' | 'text' | 'plain';
  readonly path: CutPath;
  readonly use: 'key' | 'part' | 'pass';
}

/** Each level that is gone into keeps its path: five hundred modules in one another. */
const deepest = 1000;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openList = 0x5b;
const closeList = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const endsPlain = (byte: number): boolean =>
  byte === comma || byte === closeList || byte === closeObject || isSpace(byte);

/** By how much a byte outside of texts goes in or out; `quoted`: a text begins. */
const quoted = 2;
const levels = new Int8Array(256);
levels[quote] = quoted;
levels[openList] = 1;
levels[openObject] = 1;
levels[closeList] = -1;
levels[closeObject] = -1;

export const createCutter = ({ choose, part, longest = 256 * 1024 * 1024 }: Cut): Cutter => {
  const frames: Frame[] = [];
  let expected: Expected = 'value';
  /** Of the value that comes next. */
  let next: { readonly path: CutPath; readonly choice: Choice } = { path: [], choice: choose([]) };
  /** A value that is under way, and how far. */
  let value: Value | null = null;
  let depth = 0;
  let inText = false;
  let escaped = false;
  /** Where it begins in this chunk, and what came of it before. */
  let from = 0;
  let before: Buffer[] = [];
  let heldBytes = 0;

  const wrong = (): never => {
    throw new SyntaxError('no JSON');
  };

  const takeText = (chunk: Buffer, end: number): Buffer => {
    const here = chunk.subarray(from, end);
    if (before.length === 0) return here;
    const whole = Buffer.concat([...before, here]);
    before = [];
    heldBytes = 0;
    return whole;
  };

  const over = (): void => {
    const frame = frames.at(-1);
    if (frame === undefined) expected = 'nothing';
    else {
      expected = 'next';
      if (frame.elements !== null) next = frame.elements;
    }
  };

  const keyOf = (text: Buffer): string => {
    const key: unknown = JSON.parse(text.toString('utf8'));
    return typeof key === 'string' ? key : wrong();
  };

  const finish = (chunk: Buffer, end: number): number => {
    const { use, path } = value ?? wrong();
    const text = use === 'pass' ? null : takeText(chunk, end);
    value = null;
    if (use === 'key') {
      const own = [...path, text === null ? wrong() : keyOf(text)];
      next = { path: own, choice: choose(own) };
      expected = 'colon';
      return end;
    }
    if (text !== null) part(path, text);
    over();
    return end;
  };

  /** Goes on with the value that is under way; where it ends, or the chunk does. */
  const through = (chunk: Buffer, start: number, { shape }: Value): number => {
    const end = chunk.length;
    let at = start;
    if (shape === 'plain') {
      while (at < end && !endsPlain(chunk[at] ?? 0)) at += 1;
      return at === end ? at : finish(chunk, at);
    }
    // This is the loop that every byte goes through: most by one look at a table, or, in a text, until it is over.
    let level = depth;
    let text = inText;
    let skip = escaped;
    while (at < end) {
      if (text) {
        if (skip) at += 1;
        skip = false;
        while (at < end && chunk[at] !== quote) at += chunk[at] === backslash ? 2 : 1;
        if (at >= end) {
          // A backslash was the last: what it is before comes next.
          skip = at > end;
          break;
        }
        text = false;
        at += 1;
        if (level === 0) return finish(chunk, at);
      } else {
        const change = levels[chunk[at] ?? 0] ?? 0;
        at += 1;
        if (change === quoted) text = true;
        else if (change !== 0) {
          level += change;
          if (level === 0) return finish(chunk, at);
        }
      }
    }
    depth = level;
    inText = text;
    escaped = skip;
    return end;
  };

  const begin = (at: number, byte: number, path: CutPath, use: Value['use']): number => {
    const shape = byte === quote ? 'text' : byte === openObject || byte === openList ? 'holder' : 'plain';
    value = { shape, path, use };
    from = at;
    depth = shape === 'holder' ? 1 : 0;
    inText = shape === 'text';
    escaped = false;
    return shape === 'plain' ? at : at + 1;
  };

  const goInto = (frame: Frame): void => {
    if (frames.length === deepest) throw new RangeError('too deep');
    frames.push(frame);
    expected = 'first';
  };

  const hold = (piece: Buffer): void => {
    heldBytes += piece.length;
    if (heldBytes > longest) throw new RangeError('a part is too long');
    before.push(piece);
  };

  const beginValue = (at: number, byte: number): number => {
    const { path, choice } = next;
    if (choice === 'object' && byte === openObject) {
      goInto({ close: closeObject, path, elements: null });
      return at + 1;
    }
    if (choice === 'list' && byte === openList) {
      const own = [...path, '*'];
      const elements = { path: own, choice: choose(own) };
      goInto({ close: closeList, path, elements });
      next = elements;
      return at + 1;
    }
    if (endsPlain(byte) || byte === colon) wrong();
    return begin(at, byte, path, choice === 'pass' ? 'pass' : 'part');
  };

  const beginKey = (at: number, byte: number): number =>
    byte === quote ? begin(at, byte, frames.at(-1)?.path ?? [], 'key') : wrong();

  const close = (at: number): number => {
    frames.pop();
    over();
    return at + 1;
  };

  /** One byte between values. */
  const between = (at: number, byte: number): number => {
    if (isSpace(byte)) return at + 1;
    const frame = frames.at(-1);
    switch (expected) {
      case 'value':
        return beginValue(at, byte);
      case 'key':
        return beginKey(at, byte);
      case 'first':
        if (byte === frame?.close) return close(at);
        return frame?.elements === null ? beginKey(at, byte) : beginValue(at, byte);
      case 'colon':
        expected = 'value';
        return byte === colon ? at + 1 : wrong();
      case 'next':
        if (byte === frame?.close) return close(at);
        expected = frame?.elements === null ? 'key' : 'value';
        return byte === comma ? at + 1 : wrong();
      default:
        return wrong();
    }
  };

  return {
    push: (bytes) => {
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      from = 0;
      let at = 0;
      while (at < chunk.length) at = value === null ? between(at, chunk[at] ?? 0) : through(chunk, at, value);
      if (value !== null && value.use !== 'pass') hold(chunk.subarray(from));
    },
    end: () => {
      if (expected !== 'nothing' || value !== null) wrong();
    },
  };
};
