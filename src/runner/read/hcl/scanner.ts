/**
 * Walks over a file of Terraform's native syntax, for the lines that things stand on: the parser tells no places. It knows as much
 * of the language as says where an expression ends. What it does not know it gives up on, and what it finds is held against
 * the parser (`agree.ts`).
 * https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
 */

const spaces = /[ \t\r]+/y;
const blank = /[ \t\r\n]+/y;
const lineComment = /(?:#|\/\/)[^\n]*/y;
const blockComment = /\/\*[\s\S]*?\*\//y;
const identifier = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const attribute = /\.([\p{ID_Start}_][\p{ID_Continue}-]*)/uy;
const number = /[0-9]+/y;
const label = /"((?:[^"\\$%\n]|\$(?!\{)|%(?!\{))*)"/y;
const quotedText = /(?:[^"\\$%\n]|\\[^\n])+/y;
const heredocStart = /<<-?([\p{ID_Start}_][\p{ID_Continue}-]*)\r?\n/uy;
const heredocLine = /[^\n]*/y;
const heredocText = /[^$%\n]+/y;

const closers: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
]);

export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood';
}

const giveUp = (): never => {
  throw new NotUnderstood('not understood');
};

export interface Scanner {
  readonly at: () => number;
  /** Over blanks, line breaks and comments. */
  readonly skip: () => void;
  readonly isEnd: () => boolean;
  /** Takes this character, if it is the next one behind blanks of the same line. */
  readonly takeChar: (char: string) => boolean;
  readonly name: () => string;
  /** A label of a block, or null. */
  readonly label: () => string | null;
  /** The expression of an argument: where it begins and ends, and what it mentions. */
  readonly expression: () => { readonly from: number; readonly to: number; readonly refs: readonly string[] };
}

export const createScanner = (text: string): Scanner => {
  let at = text.startsWith('\uFEFF') ? 1 : 0;

  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at += found[0].length;
    return found;
  };
  const comment = (): boolean => {
    if (take(lineComment) !== null || take(blockComment) !== null) return true;
    return text.startsWith('/*', at) && giveUp();
  };
  const inLine = (): void => {
    while (take(spaces) !== null || (text.startsWith('/*', at) && comment()));
  };

  /** Behind `${` or `%{`, if it begins here. What looks like one and is none is passed over. */
  const template = (refs: Set<string>, depth: number): boolean => {
    const sign = text[at];
    if ((sign !== '$' && sign !== '%') || text.startsWith(sign.repeat(3), at)) return giveUp();
    if (text.startsWith(`${sign}${sign}{`, at)) at += 3;
    else if (text[at + 1] === '{') {
      at += 2;
      code(true, refs, depth + 1);
    } else at += 1;
    return true;
  };

  const quoted = (refs: Set<string>, depth: number): void => {
    at += 1;
    for (;;) {
      if (take(quotedText) !== null) continue;
      if (text[at] === '"') {
        at += 1;
        return;
      }
      template(refs, depth);
    }
  };

  const heredoc = (refs: Set<string>, depth: number): void => {
    const marker = take(heredocStart)?.[1] ?? giveUp();
    for (;;) {
      heredocLine.lastIndex = at;
      const line = heredocLine.exec(text)?.[0] ?? '';
      if (line.trim() === marker) {
        // The line break behind it is not its own.
        at += line.trimEnd().length;
        return;
      }
      while (text[at] !== '\n') {
        if (at >= text.length) giveUp();
        if (take(heredocText) === null) template(refs, depth);
      }
      at += 1;
    }
  };

  /** Up to the line break or brace behind an expression, or behind the brace that ends a template. Returns where the last of it ends. */
  const code = (inTemplate: boolean, refs: Set<string>, depth: number): number => {
    if (depth > 60) giveUp();
    const open: string[] = [];
    let before = '';
    let end = at;
    for (;;) {
      if (take(spaces) !== null || comment()) continue;
      const char = text[at];
      if (char === undefined) return inTemplate || open.length > 0 ? giveUp() : end;
      if (char === '\n') {
        if (!inTemplate && open.length === 0) return end;
        at += 1;
        continue;
      }
      const closer = closers.get(char);
      if (char === '"') quoted(refs, depth);
      else if (text.startsWith('<<', at)) heredoc(refs, depth);
      else if (closer !== undefined) {
        open.push(closer);
        at += 1;
      } else if (char === ')' || char === ']' || char === '}') {
        const wanted = open.pop();
        if (wanted === undefined && char === '}') {
          if (inTemplate) at += 1;
          return end;
        }
        if (wanted !== char) giveUp();
        at += 1;
      } else {
        const word = take(identifier)?.[0];
        if ((word === 'var' || word === 'local') && before !== '.') {
          const of = take(attribute)?.[1];
          if (of !== undefined) refs.add(`${word}.${of}`);
        } else if (word === undefined && take(number) === null) at += 1;
      }
      before = char;
      end = at;
    }
  };

  return {
    at: () => at,
    skip: () => {
      while (take(blank) !== null || comment());
    },
    isEnd: () => at >= text.length,
    takeChar: (char) => {
      inLine();
      if (text[at] !== char) return false;
      at += 1;
      return true;
    },
    name: () => take(identifier)?.[0] ?? giveUp(),
    label: () => {
      inLine();
      return take(label)?.[1] ?? take(identifier)?.[0] ?? null;
    },
    expression: () => {
      inLine();
      const from = at;
      const refs = new Set<string>();
      const to = code(false, refs, 0);
      if (to === from) giveUp();
      return { from, to, refs: [...refs] };
    },
  };
};
