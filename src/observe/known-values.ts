import { addSpan, type Span } from './spans.ts';
import { createTrie } from './trie.ts';

/** Every value is at least this long: the jumps below look at the first six characters of each. */
export const shortest = 6;
/** Of a longer value only this much is in the trie, so that a secret file of a megabyte costs no more memory than a token. */
const head = 32;
const jumpBits = 15;
const longestJump = shortest - 2;

interface LongValue {
  readonly value: string;
  /** For each length of a beginning of `value`, that of the longest other beginning it ends with. Made when first needed. */
  borders: Int32Array | null;
}

/** Where a search stands between two pieces of one text. */
export interface Cursor {
  node: number;
  /** Long values whose beginning stands at the end of the text, and how much of it. */
  long: Map<LongValue, number>;
}

/** Strings to be found all at once, in one pass over a text, however many they are. */
export interface KnownValues {
  start(): Cursor;
  /** Adds the spans of all values that end in `text` after `from`. With a cursor that went over the text before `from`. */
  search(text: string, from: number, cursor: Cursor, spans: Span[]): void;
  /** How many characters at the end of the text searched last may be the beginning of a value. */
  unfinished(cursor: Cursor): number;
}

const bordersOf = (long: LongValue): Int32Array => {
  if (long.borders !== null) return long.borders;
  const { value } = long;
  const borders = new Int32Array(value.length + 1);
  let border = 0;
  for (let at = 1; at < value.length; at += 1) {
    while (border > 0 && value.charCodeAt(border) !== value.charCodeAt(at)) border = borders[border] ?? 0;
    if (value.charCodeAt(border) === value.charCodeAt(at)) border += 1;
    borders[at + 1] = border;
  }
  long.borders = borders;
  return borders;
};

/** Knuth, Morris and Pratt, from where `matched` characters of the value stand before `from`, as long as its head is there. */
const follow = (
  long: LongValue,
  matched: number,
  text: string,
  from: number,
  spans: Span[],
): readonly [at: number, matched: number] => {
  const { value } = long;
  const borders = bordersOf(long);
  let length = matched;
  let at = from;
  while (at < text.length && length >= head) {
    const code = text.charCodeAt(at);
    while (length > 0 && value.charCodeAt(length) !== code) length = borders[length] ?? 0;
    if (value.charCodeAt(length) === code) length += 1;
    at += 1;
    if (length === value.length) {
      addSpan(spans, at - length, at);
      length = borders[length] ?? 0;
    }
  }
  return [at, length];
};

const jumpSlot = (first: number, second: number, third: number): number =>
  ((first << 10) ^ (second << 5) ^ third) & ((1 << jumpBits) - 1);

/** By three characters: how far ahead the next value could begin, when these are the fourth to sixth of a place (Wu and Manber). */
const jumpsOf = (values: readonly string[]): Uint8Array => {
  const jumps = new Uint8Array(1 << jumpBits).fill(longestJump);
  for (const value of values) {
    for (let at = 0; at < longestJump; at += 1) {
      const slot = jumpSlot(value.charCodeAt(at), value.charCodeAt(at + 1), value.charCodeAt(at + 2));
      jumps[slot] = Math.min(jumps[slot] ?? 0, longestJump - 1 - at);
    }
  }
  return jumps;
};

/**
 * An automaton after Aho and Corasick, over UTF-16 code units, that is only entered where a value may begin: most of a text is
 * jumped over, four characters at a time. Time grows with the text alone, whatever text and values are.
 */
export const compileValues = (values: readonly string[]): KnownValues => {
  const { depth, ends, fail, inner, step, leaves } = createTrie(values, head);
  const longAt = new Map<number, LongValue[]>();
  values.forEach((value, index) => {
    if (value.length <= head) return;
    const leaf = leaves[index] ?? 0;
    longAt.set(leaf, [...(longAt.get(leaf) ?? []), { value, borders: null }]);
  });
  const jumps = jumpsOf(values);

  const search = (text: string, from: number, cursor: Cursor, spans: Span[]): void => {
    if (values.length === 0) return;
    const end = text.length;
    // A long value that was followed up to here need not be followed again from a head before.
    const followed = new Map<LongValue, number>();
    const open = new Map<LongValue, number>();
    const go = (long: LongValue, matched: number, start: number): void => {
      const [at, length] = follow(long, matched, text, start, spans);
      followed.set(long, at);
      if (length >= head) open.set(long, length);
    };
    for (const [long, matched] of cursor.long) go(long, matched, from);
    let node = cursor.node;
    let at = from;
    let start = from - (depth[node] ?? 0);
    while (at < end) {
      if (node === 0) {
        while (at + shortest <= end) {
          const slot = jumpSlot(text.charCodeAt(at + 3), text.charCodeAt(at + 4), text.charCodeAt(at + 5));
          const jump = jumps[slot] ?? 0;
          if (jump === 0) break;
          at += jump;
        }
        start = at;
        if (at >= end) break;
      }
      const code = text.charCodeAt(at);
      let next = step(node, code);
      while (next === 0 && node !== 0) {
        node = fail[node] ?? 0;
        next = step(node, code);
      }
      node = next;
      at += 1;
      if (node === 0) continue;
      const length = ends[node] ?? 0;
      if (length > 0) addSpan(spans, at - length, at);
      const deep = depth[node] ?? 0;
      if (deep === head) {
        for (const long of longAt.get(node) ?? []) if ((followed.get(long) ?? 0) < at) go(long, head, at);
      } else if (deep < 3 && at - deep > start) {
        // So shallow that jumping is faster. Always further on than where the walk began.
        at -= deep;
        node = 0;
      }
    }
    cursor.node = node;
    cursor.long = open;
  };

  return {
    start: () => ({ node: 0, long: new Map() }),
    search,
    unfinished: (cursor) => {
      let node = cursor.node;
      while (node !== 0 && inner[node] === 0) node = fail[node] ?? 0;
      return Math.max(depth[node] ?? 0, ...cursor.long.values());
    },
  };
};
