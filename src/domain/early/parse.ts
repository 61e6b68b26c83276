import { ownValue } from '../own-value.ts';
import { deepestNesting, type Expression, giveUp } from './expression.ts';
import { readTemplate } from './template.ts';

const inLine = /(?:[ \t\r]|\/\*[\s\S]*?\*\/)+/y;
const anywhere = /(?:[ \t\r\n]|\/\*[\s\S]*?\*\/|(?:#|\/\/)[^\n]*(?:\n|$))+/y;
const lineComment = /(?:#|\/\/)[^\n]*/y;
const identifier = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const plainNumber = /(?:0|[1-9]\d*)(?:\.\d+)?(?![\d.eE\p{ID_Continue}])/uy;
const index = /\d{1,6}(?![\d.eE])/y;
const operator = /==|!=|&&|\|\|/y;

/** Digits that a number of this language and one of ours write alike. */
const mostDigits = 15;

const words: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

/** Operators by how tightly they bind, the loosest first. */
const ranks: readonly (readonly string[])[] = [['||'], ['&&'], ['==', '!=']];

const isComparison = (text: string): text is '&&' | '||' | '==' | '!=' => ranks.flat().includes(text);

interface Reader {
  /** All of the text. @throws {NotEvaluated} */
  expression(): Expression;
  /** All of the text as a template without quotes. @throws {NotEvaluated} */
  template(): Expression;
}

const createReader = (text: string): Reader => {
  let at = 0;
  let depth = 0;
  /** Between parentheses and brackets a line break is a blank. */
  let overLines = false;

  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };
  const blanks = (): void => {
    take(overLines ? anywhere : inLine);
  };
  const takeChar = (char: string): boolean => {
    blanks();
    if (text[at] !== char) return false;
    at += 1;
    return true;
  };
  const expect = (char: string): void => {
    if (!takeChar(char)) giveUp(`no \`${char}\` where one has to be`);
  };
  const within = <T>(lines: boolean, read: () => T): T => {
    const before = overLines;
    depth += 1;
    if (depth > deepestNesting) giveUp('too deep');
    overLines = lines;
    const found = read();
    overLines = before;
    depth -= 1;
    return found;
  };

  const interpolation = (start: number) => {
    at = start;
    const expression = within(true, () => {
      const inner = choice();
      blanks();
      if (text[at] !== '}') giveUp('an interpolation without an end');
      return inner;
    });
    at += 1;
    return { expression, at };
  };

  const quoted = (): Expression => {
    const { expression, at: end } = readTemplate(text, at + 1, { isQuoted: true, interpolation });
    at = end;
    return expression;
  };

  const several = (end: string): readonly Expression[] =>
    within(true, () => {
      const items: Expression[] = [];
      while (!takeChar(end)) {
        items.push(choice());
        if (!takeChar(',')) {
          expect(end);
          break;
        }
      }
      return items;
    });

  const key = (): Expression => {
    if (text[at] === '"') return quoted();
    if (takeChar('(')) {
      const inner = within(true, choice);
      closeParenthesis();
      return inner;
    }
    const name = take(identifier) ?? giveUp('a key that is not understood');
    return name === 'for' ? giveUp('a `for` expression') : { kind: 'value', value: name };
  };

  const map = (): Expression =>
    within(false, () => {
      const entries: (readonly [Expression, Expression])[] = [];
      for (;;) {
        take(anywhere);
        if (takeChar('}')) return { kind: 'map', entries };
        const name = key();
        if (!takeChar('=')) expect(':');
        entries.push([name, choice()]);
        blanks();
        take(lineComment);
        if (!takeChar(',') && text[at] !== '\n' && text[at] !== '}') giveUp('no end of an entry');
      }
    });

  const closeParenthesis = (): void => {
    take(anywhere);
    expect(')');
  };

  const primary = (): Expression => {
    blanks();
    const char = text[at];
    if (char === '"') return quoted();
    if (char === '(') {
      at += 1;
      const inner = within(true, choice);
      closeParenthesis();
      return inner;
    }
    if (char === '[') {
      at += 1;
      return { kind: 'list', items: several(']') };
    }
    if (char === '{') {
      at += 1;
      return map();
    }
    const digits = take(plainNumber);
    if (digits !== null) {
      if (digits.replace('.', '').length > mostDigits) giveUp('a long number');
      return { kind: 'value', value: Number(digits) };
    }
    const name = take(identifier) ?? giveUp('something that is not evaluated');
    if (name === 'for') return giveUp('a `for` expression');
    if (text[at] === '(') {
      at += 1;
      return { kind: 'call', name, given: several(')') };
    }
    const word = ownValue(words, name);
    if (word !== undefined) return { kind: 'value', value: word };
    if (text[at] !== '.') return giveUp('a name alone');
    at += 1;
    return { kind: 'reference', of: name, name: take(identifier) ?? giveUp('a name without its end') };
  };

  const postfix = (): Expression => {
    let from = primary();
    for (;;) {
      if (text[at] === '.') {
        at += 1;
        const value =
          take(identifier) ?? Number(take(index) ?? giveUp('an attribute that is not understood'));
        from = { kind: 'index', from, key: { kind: 'value', value } };
      } else if (text[at] === '[') {
        at += 1;
        const inner = within(true, choice);
        take(anywhere);
        expect(']');
        from = { kind: 'index', from, key: inner };
      } else return from;
    }
  };

  const unary = (): Expression => {
    blanks();
    if (text[at] === '!' && text[at + 1] !== '=') {
      at += 1;
      return { kind: 'not', of: within(overLines, unary) };
    }
    if (text[at] !== '-') return postfix();
    at += 1;
    const of = primary();
    return of.kind === 'value' && typeof of.value === 'number' && of.value !== 0
      ? { kind: 'value', value: -of.value }
      : giveUp('arithmetic');
  };

  const binary = (rank: number): Expression => {
    const own = ranks[rank];
    if (own === undefined) return unary();
    let left = binary(rank + 1);
    for (;;) {
      blanks();
      const before = at;
      const found = take(operator);
      if (found === null || !own.includes(found) || !isComparison(found)) {
        at = before;
        return left;
      }
      left = { kind: 'both', operator: found, left, right: binary(rank + 1) };
    }
  };

  const choice = (): Expression => {
    const when = binary(0);
    if (!takeChar('?')) return when;
    return within(overLines, () => {
      const yes = choice();
      expect(':');
      return { kind: 'choice', when, yes, no: choice() };
    });
  };

  return {
    expression: () => {
      const found = choice();
      take(anywhere);
      return at === text.length ? found : giveUp('more than is evaluated');
    },
    template: () => readTemplate(text, 0, { isQuoted: false, interpolation }).expression,
  };
};

/**
 * An expression of native syntax.
 *
 * @throws {NotEvaluated} where it is none, or has something in it that is not evaluated: arithmetic, `for`, splats, directives,
 *   heredocs.
 */
export const parseExpression = (text: string): Expression => createReader(text).expression();

/**
 * A value of JSON syntax, in which every text is a template.
 * https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping
 *
 * @param isConstant texts are just texts, as in files of variables and in defaults
 * @throws {NotEvaluated}
 */
export const parseJsonExpression = (text: string, isConstant: boolean): Expression => {
  const read = (value: unknown, depth: number): Expression => {
    if (depth > deepestNesting) giveUp('too deep');
    if (typeof value === 'string')
      return isConstant ? { kind: 'value', value: value.normalize('NFC') } : createReader(value).template();
    if (typeof value === 'number')
      return /^-?\d+(?:\.\d+)?$/.test(String(value)) && String(value).length <= mostDigits
        ? { kind: 'value', value }
        : giveUp('a number that is not plain');
    if (typeof value === 'boolean' || value === null) return { kind: 'value', value };
    if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => read(item, depth + 1)) };
    if (typeof value !== 'object' || value === undefined) return giveUp('no value');
    const entries = Object.entries(value).map(
      ([name, inner]) => [read(name, depth + 1), read(inner, depth + 1)] as const,
    );
    return { kind: 'map', entries };
  };
  // What reads JSON here would round it.
  if (/[\d.]{16,}/.test(text)) giveUp('a long number');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return giveUp('no JSON');
  }
  return read(value, 0);
};
