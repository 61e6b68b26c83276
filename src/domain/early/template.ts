import { ownValue } from '../own-value.ts';
import { type Expression, giveUp } from './expression.ts';

/** How a template says what it is made of. */
export interface TemplateSyntax {
  /** In quotes: it ends with one, has escapes with a backslash, and no line breaks. Else it is all of the text, as a string of JSON is. */
  readonly isQuoted: boolean;
  /** The expression behind `${`, up to and over its `}`; returns where it goes on. */
  readonly interpolation: (at: number) => { readonly expression: Expression; readonly at: number };
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

const unicode = /u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})/y;

/** What stands for one character, from behind the backslash on. */
const escaped = (text: string, at: number): { readonly char: string; readonly at: number } => {
  const char = ownValue(escapes, text[at] ?? '');
  if (char !== undefined) return { char, at: at + 1 };
  unicode.lastIndex = at;
  const found = unicode.exec(text);
  const code = Number.parseInt(found?.[1] ?? found?.[2] ?? '', 16);
  const isCharacter = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return found === null || !isCharacter
    ? giveUp('an escape that is not known')
    : { char: String.fromCodePoint(code), at: at + found[0].length };
};

/**
 * The template that begins at a place of a text, behind its quote if it has one.
 * https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#template-expressions
 *
 * @throws {NotEvaluated} for directives (`%{`), strip markers (`~`), and what is no template.
 */
export const readTemplate = (
  text: string,
  start: number,
  { isQuoted, interpolation }: TemplateSyntax,
): { readonly expression: Expression; readonly at: number } => {
  const parts: Expression[] = [];
  let literal = '';
  let at = start;
  const flush = () => {
    if (literal !== '') parts.push({ kind: 'value', value: literal.normalize('NFC') });
    literal = '';
  };
  const done = (end: number) => {
    flush();
    const expression: Expression =
      parts.length === 0 ? { kind: 'value', value: '' } : { kind: 'template', parts };
    return { expression, at: end };
  };
  for (;;) {
    const char = text[at];
    if (char === undefined) return isQuoted ? giveUp('a text without an end') : done(at);
    if (isQuoted && char === '"') return done(at + 1);
    if (isQuoted && char === '\n') return giveUp('a line break in a text');
    if (isQuoted && char === '\\') {
      const one = escaped(text, at + 1);
      literal += one.char;
      at = one.at;
    } else if (char !== '$' && char !== '%') {
      literal += char;
      at += 1;
      // Readers do not agree on where the escape begins in three of them.
    } else if (text.startsWith(`${char.repeat(3)}{`, at)) return giveUp('signs in a row');
    else if (text.startsWith(`${char}${char}{`, at)) {
      literal += `${char}{`;
      at += 3;
    } else if (text[at + 1] !== '{') {
      literal += char;
      at += 1;
    } else if (char === '%' || text[at + 2] === '~') return giveUp('a directive in a text');
    else {
      flush();
      const inner = interpolation(at + 2);
      parts.push(inner.expression);
      at = inner.at;
    }
  }
};
