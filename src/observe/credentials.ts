import { gitHubMark, gitHubPrefixes, privateKeyMarks } from '../domain/secret-value/shapes.ts';
import { addSpan, type Span } from './spans.ts';

/** A match, or what may become one. */
interface Candidate {
  readonly start: number;
  /** The part of it to be masked; null while it is no match. */
  readonly span: Span | null;
  /** More text could make it a match, or a longer one. */
  readonly open: boolean;
}

const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const doubleQuote = 34;
const singleQuote = 39;
const dash = 45;
const dot = 46;
const colon = 58;
const underscore = 95;
const backslash = 92;

const isAlphanumeric = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
const isWord = (code: number): boolean => isAlphanumeric(code) || code === underscore;
const isToken = (code: number): boolean => isWord(code) || code === dash;
const isBlank = (code: number): boolean => code === space || code === tab;
const isQuote = (code: number): boolean => code === doubleQuote || code === singleQuote;
const isLineEnd = (code: number): boolean => code === lineFeed || code === carriageReturn;
/** What `.` does not match: an escape before one of these is no escape. */
const isTerminator = (code: number): boolean => isLineEnd(code) || code === 0x2028 || code === 0x2029;

/** The first place from `at` on where the character is another; NaN, past the end, is always another. */
const skip = (text: string, at: number, is: (code: number) => boolean): number => {
  let next = at;
  while (next < text.length && is(text.charCodeAt(next))) next += 1;
  return next;
};

/**
 * GitHub's tokens, of any length: installation tokens are a JWT after `ghs_` since 2026. With anything before them (`\n`, a
 * colour code) where they are long enough that nobody's word could be it.
 */
const tokenAt = (text: string, from: number, prefix: number): Candidate => {
  const start = from + prefix;
  let to = skip(text, start, isToken);
  const length = to - start;
  const found = length >= 16 || (length > 0 && !(from > 0 && isAlphanumeric(text.charCodeAt(from - 1))));
  if (!found) return { start: from, span: null, open: to === text.length };
  while (text.charCodeAt(to) === dot && isToken(text.charCodeAt(to + 1))) to = skip(text, to + 1, isToken);
  const open = to === text.length || (to === text.length - 1 && text.charCodeAt(to) === dot);
  return { start: from, span: [from, to], open };
};

const none: Candidate = { start: 0, span: null, open: false };

const endOfHeader = (text: string, from: number): number => {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isLineEnd(code)) return at;
    if (code !== backslash) continue;
    const next = text.charCodeAt(at + 1);
    // `\n` and `\r`, as in a quoted line.
    if (next === 110 || next === 114) return at;
  }
  return text.length;
};

/** A header line, after its name: all of it up to its end, be that a line break or an escaped one. */
const headerAt = (text: string, name: number, afterName: number): Candidate => {
  const end = text.length;
  const mark = skip(text, afterName, isBlank);
  if (mark === end) return { start: name, span: null, open: true };
  if (text.charCodeAt(mark) !== colon) return none;
  const value = skip(text, mark + 1, isBlank);
  const to = endOfHeader(text, value);
  const open = to === end;
  // Blanks alone are a value, but for the first.
  if (to === value && value - mark < 2) return { start: name, span: null, open };
  return { start: name, span: [to === value ? value - 1 : value, to], open };
};

const endOfProperty = (text: string, from: number, quote: string): number => {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (isLineEnd(code) || text.startsWith(quote, at)) return at;
    const escapes = code === backslash && at + 1 < text.length && !isTerminator(text.charCodeAt(at + 1));
    at += escapes ? 2 : 1;
  }
  return at;
};

/**
 * The same as a JSON or JavaScript property, after its name. Only with a scheme before it: `"authorization": "NONE"` is a
 * common setting.
 */
const propertyAt = (text: string, name: number, afterName: number): Candidate => {
  const end = text.length;
  const undecided: Candidate = { start: name, span: null, open: true };
  const quoted = (at: number): number => at + (text.charCodeAt(at) === backslash ? 1 : 0);
  const closing = quoted(afterName);
  if (closing >= end) return undecided;
  if (!isQuote(text.charCodeAt(closing))) return none;
  const mark = skip(text, closing + 1, isBlank);
  if (mark === end) return undecided;
  if (text.charCodeAt(mark) !== colon) return none;
  const opening = skip(text, mark + 1, isBlank);
  const scheme = quoted(opening) + 1;
  if (scheme > end) return undecided;
  if (!isQuote(text.charCodeAt(scheme - 1))) return none;
  if (scheme === end) return undecided;
  const first = text.charCodeAt(scheme) | 32;
  if (first < 97 || first > 122) return none;
  const blanks = skip(text, scheme, isToken);
  const value = skip(text, blanks, isBlank);
  if (value === blanks) return value === end ? undecided : none;
  const to = endOfProperty(text, value, text.slice(opening, scheme));
  const open = to === end;
  if (to === value && value - blanks < 2) return open ? undecided : none;
  return { start: name, span: [scheme, to], open };
};

const beginMark = new RegExp(privateKeyMarks.begin, 'g');
const endMark = new RegExp(privateKeyMarks.end, 'g');
const tokenMark = new RegExp(gitHubMark, 'g');
const nameMark = /authorization/gi;

/** Where the pattern (with flag g) begins and ends at or after `from`. */
const find = (pattern: RegExp, text: string, from: number): Span | null => {
  pattern.lastIndex = from;
  const match = pattern.exec(text);
  return match === null ? null : [match.index, pattern.lastIndex];
};

/** Private keys, begin mark to end mark. Returns where one begins whose end mark is not there. */
const findKeys = (text: string, from: number, inKey: boolean, spans: Span[]): number | null => {
  let at = from;
  let start = inKey ? from : null;
  for (;;) {
    if (start === null) {
      const begin = find(beginMark, text, at);
      if (begin === null) return null;
      [start, at] = begin;
    }
    const end = find(endMark, text, at);
    if (end === null) return start;
    at = end[1];
    spans.push([start, at]);
    start = null;
  }
};

const findTokens = (text: string, from: number, take: (candidate: Candidate) => number | null): void => {
  for (let mark = find(tokenMark, text, from); mark !== null; ) {
    const [start, end] = mark;
    mark = find(tokenMark, text, take(tokenAt(text, start, end - start)) ?? start + 1);
  }
};

/** Each of the two kinds goes on after its own last match only. */
const findHeaders = (text: string, from: number, take: (candidate: Candidate) => number | null): void => {
  let header = from;
  let property = from;
  for (let name = find(nameMark, text, from); name !== null; name = find(nameMark, text, name[1])) {
    const [start, end] = name;
    if (start > 0 && isWord(text.charCodeAt(start - 1))) continue;
    if (start >= header) header = take(headerAt(text, start, end)) ?? header;
    if (start >= property) property = take(propertyAt(text, start, end)) ?? property;
  }
};

export interface Credentials {
  /** The parts to be masked. */
  readonly spans: readonly Span[];
  /** All of each match, of which a span may be a part. */
  readonly matches: readonly Span[];
  /** Where the first match begins that is not over, or not yet sure, at the end of the text; its length without one. Keys apart. */
  readonly open: number;
  /** Where a private key begins that has no end mark: it goes to the end of the text, and is in neither list. */
  readonly key: number | null;
}

/**
 * Everything in `text` from `from` on that looks like a credential. `inKey`: a private key began before `from`. Time grows with
 * the text alone.
 */
export const findCredentials = (text: string, from: number, inKey: boolean): Credentials => {
  const spans: Span[] = [];
  const matches: Span[] = [];
  let open = text.length;
  const take = ({ start, span, open: unfinished }: Candidate): number | null => {
    if (unfinished) open = Math.min(open, start);
    if (span === null) return null;
    addSpan(spans, span[0], span[1]);
    addSpan(matches, start, span[1]);
    return span[1];
  };
  findTokens(text, from, take);
  findHeaders(text, from, take);
  const keys: Span[] = [];
  const key = findKeys(text, from, inKey, keys);
  return { spans: [...spans, ...keys], matches: [...matches, ...keys], open, key };
};

/** The longest end of `text` after `from` that one of the words begins with; its start, or the text's length. */
const openWord = (text: string, from: number, words: readonly string[]): number => {
  const longest = Math.max(...words.map((word) => word.length)) - 1;
  for (let at = Math.max(from, text.length - longest); at < text.length; at += 1) {
    const tail = text.slice(at);
    if (words.some((word) => word.length > tail.length && word.startsWith(tail))) return at;
  }
  return text.length;
};

/** Where a private key's mark begins that `text` ends in the middle of; the text's length without one. */
export const openKeyMark = (text: string, from: number, inKey: boolean): number => {
  const word = inKey ? '-----END ' : '-----BEGIN ';
  const last = text.includes(word, from) ? text.lastIndexOf(word) : -1;
  if (last >= from && /^[A-Z0-9 ]*-{0,4}$/.test(text.slice(last + word.length))) return last;
  return openWord(text, from, [word]);
};

/** Where the first letters of a token's or a header's name stand at the very end of `text`; its length without. */
export const openName = (text: string, from: number): number => {
  const token = openWord(text, from, gitHubPrefixes);
  const tail = Math.max(from, text.length - 'authorization'.length);
  // Letter by letter: some characters are longer in lower case.
  const folded = text.slice(tail).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return Math.min(token, tail + openWord(folded, 0, ['authorization']));
};
