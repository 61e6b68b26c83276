import type { Json } from './json.ts';
import { NotANumberOfJson, plainKey, plainScalar } from './scalar.ts';

/**
 * Reads a document that is written as templates write most of them: mappings and lists by indentation, plain or simply quoted
 * values on one line, literal blocks. Null for anything else, which `document.ts` reads: whatever this does read is the same
 * there, and a property says so. It is thirty times as fast, and a large chart has hundreds of thousands of lines.
 */
export const readQuickly = (text: string): Json | null => {
  if (unusual.test(text)) return null;
  try {
    return quickReader(text.split('\n')).read();
  } catch (error) {
    if (error === other || error instanceof NotANumberOfJson) return null;
    throw error;
  }
};

/** Thrown, and never seen outside: the document is not of the simple kind. */
const other = new Error('not of the simple kind');
const giveUp = (): never => {
  throw other;
};

const unusual = /[^\x20-\x7e\n]/;
const entry = /^([A-Za-z0-9_./][A-Za-z0-9_./-]*|"[^"\\]*"|'[^']*'):(?: +(.*))?$/;
const plain = /^[A-Za-z0-9_./+~-]/;
const isItem = (text: string): boolean => text === '-' || text.startsWith('- ');

interface Line {
  readonly indent: number;
  readonly text: string;
}

const quickReader = (lines: readonly string[]) => {
  let index = 0;
  let line: Line | null = null;

  /** To the next line that says something. */
  const settle = (): void => {
    for (; index < lines.length; index += 1) {
      const raw = lines[index] ?? '';
      const text = raw.trim();
      if (text === '' || text.startsWith('#')) continue;
      line = { indent: raw.length - raw.trimStart().length, text };
      return;
    }
    line = null;
  };
  const advance = (): void => {
    index += 1;
    settle();
  };

  const block = (): Json => {
    const first = line ?? giveUp();
    return isItem(first.text) ? list(first.indent) : mapping(first.indent);
  };

  const mapping = (indent: number): Json => {
    const all: Record<string, Json> = {};
    while (line !== null && line.indent === indent && !isItem(line.text)) {
      const match = entry.exec(line.text) ?? giveUp();
      const key = keyOf(match[1] ?? '');
      if (key === '__proto__' || Object.hasOwn(all, key)) giveUp();
      all[key] = standing(match[2] ?? '', indent, true);
    }
    if (line !== null && line.indent > indent) giveUp();
    return all;
  };

  const list = (indent: number): Json => {
    const all: Json[] = [];
    while (line !== null && line.indent === indent && isItem(line.text)) {
      const rest = line.text.slice(1).trimStart();
      if (isItem(rest)) giveUp();
      if (entry.test(rest)) {
        // The item is a mapping that begins on the line of its dash.
        const inner = indent + line.text.length - rest.length;
        line = { indent: inner, text: rest };
        all.push(mapping(inner));
      } else all.push(standing(rest, indent, false));
    }
    if (line !== null && line.indent > indent) giveUp();
    return all;
  };

  /** What stands behind a key or a dash, and below it. A list below a key may stand as far left as the key. */
  const standing = (rest: string, indent: number, isKey: boolean): Json => {
    if (rest === '|' || rest === '|-') return literal(indent, rest === '|');
    advance();
    if (rest !== '' && !rest.startsWith('#')) {
      if (line !== null && line.indent > indent) giveUp();
      return scalar(rest);
    }
    if (line === null) return null;
    if (line.indent > indent) return block();
    return isKey && line.indent === indent && isItem(line.text) ? list(indent) : null;
  };

  const literal = (indent: number, keepsEnd: boolean): Json => {
    const content: string[] = [];
    let margin = 0;
    for (index += 1; index < lines.length; index += 1) {
      const raw = lines[index] ?? '';
      const deep = raw.length - raw.trimStart().length;
      if (raw.trim() === '') {
        // Spaces that may belong to the text are not for here.
        if (raw !== '') giveUp();
        content.push('');
        continue;
      }
      if (margin === 0) {
        if (deep <= indent) break;
        margin = deep;
      }
      if (deep < margin) break;
      content.push(raw.slice(margin));
    }
    settle();
    if (margin === 0 || (line !== null && line.indent > indent)) giveUp();
    const text = content.join('\n').replace(/\n+$/, '');
    return keepsEnd ? `${text}\n` : text;
  };

  return {
    read: (): Json => {
      settle();
      if (line === null) return null;
      const value = block();
      return line === null ? value : giveUp();
    },
  };
};

const keyOf = (written: string): string => {
  if (/^["']/.test(written)) return written.slice(1, -1);
  return plainKey(written) ?? giveUp();
};

const scalar = (rest: string): Json => {
  if (rest === '{}') return {};
  if (rest === '[]') return [];
  const quoted = /^(?:"([^"\\]*)"|'([^']*)')$/.exec(rest);
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? '';
  if (!plain.test(rest) || rest.includes(': ') || rest.includes(' #') || rest.endsWith(':') || isItem(rest))
    return giveUp();
  return plainScalar(rest);
};
