import { StringDecoder } from 'node:string_decoder';
import { findCredentials, openKeyMark, openName } from './credentials.ts';
import type { Mask } from './masking.ts';
import { replacement, type Span, union } from './spans.ts';

/** A text in pieces on its way out, masked. What it returns is ready to be written and may be empty. */
export interface MaskStream {
  /** Bytes in UTF-8, cut anywhere, or text. Complete lines come out at once, unless a known value of several lines may have begun in them. */
  push(chunk: Uint8Array | string): string;
  /** What can be shown of a line that is not complete, for when nothing came for a while. */
  flush(): string;
  /** The rest. */
  end(): string;
}

export interface MaskStreamOptions {
  /** In characters: more of a line that is not over is worked off before it is. A credential of half of it is not waited for. */
  readonly longestLine?: number;
}

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;

/** Forward first: V8 looks for one character many times as fast that way. */
const lastLineEnd = (text: string): number => {
  const lineFeed = text.includes('\n') ? text.lastIndexOf('\n') : -1;
  // A progress bar ends its lines so.
  return text.includes('\r', lineFeed + 1) ? text.lastIndexOf('\r') : lineFeed;
};

const firstLineEnd = (text: string, from: number): number => {
  const found = text.slice(from).search(/[\r\n]/);
  return found === -1 ? text.length : from + found;
};

/**
 * All pieces that come out make `mask.text` of all that went in, however it was cut and flushed, but for this:
 * - of a credential of more than 32 kB in a line that is not over, the rest of that line is masked, and its name too. A private key is
 *   masked as far as it goes, however long;
 * - bytes that are not UTF-8 come out as U+FFFD;
 * - a value added on the way is masked in what has not come out yet.
 * It holds back at most the beginning of a known value, and 64 kB of a line that is not over.
 */
export const createMaskStream = (
  mask: Mask,
  { longestLine = 64 * 1024 }: MaskStreamOptions = {},
): MaskStream => {
  const longestOpen = longestLine / 2;
  const decoder = new StringDecoder('utf8');
  let values = mask.values();
  let cursor = values.start();
  /** Looked at and not all out. Its first `written` characters (one or none) are out, and say what stands before the next. */
  let held = '';
  let written = 0;
  /** Credentials are looked for from here on in `held`; known values from its end. */
  let matched = 0;
  /** A line that is not over, not looked at. */
  let line = '';
  /** In `held`. Of known values, and of credentials before `matched`. */
  let spans: readonly Span[] = [];
  /** What came out last is `***`, of a span that may go on. */
  let touching = false;
  let inKey = false;
  let toLineEnd = false;

  /** Masks `text` from `written` up to `cut`. */
  const emit = (text: string, cut: number): string => {
    let out = '';
    let done = written;
    let maskedTo = touching ? written : -1;
    for (const [from, to] of spans) {
      if (from >= cut) break;
      if (to <= written) continue;
      const start = Math.max(from, done);
      out += text.slice(done, start);
      if (start !== maskedTo) out += replacement;
      done = Math.min(to, cut);
      maskedTo = done;
    }
    if (cut > written) touching = maskedTo === cut;
    return out + text.slice(done, cut);
  };

  /** Adds the spans of credentials from `matched` on. Returns where one begins that more text may change, to be looked for again. */
  const matchCredentials = (text: string, closed: boolean): number => {
    const end = text.length;
    const { spans: found, matches, open: unfinished, key } = findCredentials(text, matched, inKey);
    let open = end;
    const sure: Span[] = [];
    if (toLineEnd) {
      const lineEnd = firstLineEnd(text, held.length);
      sure.push([held.length, lineEnd]);
      toLineEnd = lineEnd === end;
    }
    if (!closed) {
      const mark = openKeyMark(text, matched, key !== null);
      open = mark;
      if (!toLineEnd) {
        const first = Math.min(mark, unfinished, openName(text, matched));
        // A match that is over must not be looked for again from its middle.
        open = union(matches).find(([from, to]) => from < first && first < to)?.[0] ?? first;
      }
      if (end - open > longestOpen) {
        toLineEnd = true;
        sure.push([open, end]);
        open = mark;
      }
    }
    // Sure enough: nobody's text has a mark that long.
    const endless = end - open > longestOpen;
    if (endless) open = end;
    if (key !== null) sure.push([key, end]);
    spans = [...spans, ...sure, ...found.filter(([from]) => from < open)];
    if (open > matched) inKey = endless || (key !== null && key < open);
    return open;
  };

  const advance = (block: string, how: 'lines' | 'part' | 'rest'): string => {
    const text = held + block;
    const current = mask.values();
    const known: Span[] = [];
    if (current === values) values.search(text, held.length, cursor, known);
    else {
      values = current;
      cursor = values.start();
      values.search(text, written, cursor, known);
    }
    const open = matchCredentials(text, how !== 'part');
    spans = union([...spans, ...known]);
    let cut = how === 'rest' ? text.length : Math.min(open, text.length - values.unfinished(cursor));
    // Half a character can not be written.
    if (how !== 'rest' && cut > written && isHighSurrogate(text.charCodeAt(cut - 1))) cut -= 1;
    const out = emit(text, cut);
    // After a line's end everything is as at the beginning.
    const keep = how === 'lines' && cut === text.length ? cut : Math.max(0, cut - 1);
    held = text.slice(keep);
    written = cut - keep;
    matched = open - keep;
    spans = spans.filter(([, to]) => to > cut).map(([from, to]) => [Math.max(from, cut) - keep, to - keep]);
    return out;
  };

  const advanceLine = (how: 'part' | 'rest'): string => {
    const block = line;
    line = '';
    return advance(block, how);
  };

  const take = (text: string): string => {
    const complete = lastLineEnd(text) + 1;
    const block = line + text.slice(0, complete);
    line = complete === 0 ? block + text : text.slice(complete);
    const out = complete === 0 ? '' : advance(block, 'lines');
    return held.length - matched + line.length > longestLine ? out + advanceLine('part') : out;
  };

  return {
    push: (chunk) => take(typeof chunk === 'string' ? decoder.end() + chunk : decoder.write(chunk)),
    flush: () => (line === '' ? '' : advanceLine('part')),
    end: () => take(decoder.end()) + advanceLine('rest'),
  };
};
