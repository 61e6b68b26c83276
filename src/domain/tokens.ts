/** Between words: space, tab, and the no-break space that phones and chat programs put in. */
const isBlank = (char: string): boolean => char === ' ' || char === '\t' || char === '\u00a0';
const isQuote = (char: string): boolean => char === '"' || char === "'";

export type Tokens =
  | { readonly tokens: readonly string[] }
  | { readonly unreadable: string; readonly open: boolean };

/** Can a quote open here? At the start of a token, or behind the first `=` of one that starts with a dash. */
const mayOpen = (token: string): boolean => token === '' || /^-[^=]*=$/.test(token);

/** The first word of a line and what follows it; `token` is null where there is none. */
type First =
  | { readonly token: string | null; readonly rest: string }
  | { readonly unreadable: string; readonly open: boolean };

/**
 * The first word of a line. `'..'` and `".."` keep blanks together; they open only at the start of a word
 * or of its value (`-p='a b'`) and end it, so that the quotes of `module.x["k"]` need no quoting. No
 * escapes, no variables. `open` tells that a quote was not closed on the line.
 */
export const firstToken = (line: string): First => {
  let token: string | null = null;
  for (let index = 0; index < line.length; index++) {
    const char = line.charAt(index);
    if (isBlank(char)) {
      if (token !== null) return { token, rest: line.slice(index) };
      continue;
    }
    const begun: string = token ?? '';
    if (!isQuote(char) || !mayOpen(begun)) {
      token = begun + char;
      continue;
    }
    const end = line.indexOf(char, index + 1);
    if (end === -1) return { unreadable: 'A quote is opened and not closed on the same line.', open: true };
    const next = line.charAt(end + 1);
    if (next !== '' && !isBlank(next)) {
      return { unreadable: 'Text follows a closing quote without a blank between.', open: false };
    }
    return { token: begun + line.slice(index + 1, end), rest: line.slice(end + 1) };
  }
  return { token, rest: '' };
};

/** All words of one line. */
export const tokenise = (line: string): Tokens => {
  const tokens: string[] = [];
  for (let rest = line; ; ) {
    const first = firstToken(rest);
    if ('unreadable' in first) return first;
    if (first.token === null) return { tokens };
    tokens.push(first.token);
    rest = first.rest;
  }
};

/** The text of a token, quoted where it has to be. Of a token that `tokenise` made: beside blanks it holds one kind of quotes at most. */
export const quoteToken = (token: string): string => {
  if (!/^["']|[ \t\u00a0]|^$/.test(token)) return token;
  return token.includes("'") ? `"${token}"` : `'${token}'`;
};
