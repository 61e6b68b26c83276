import type { Command, Verb } from './command.ts';
import { everything, verbs } from './command.ts';
import { readArguments } from './command-arguments.ts';
import { editDistance, nearest } from './nearest.ts';
import type { Problem } from './problem.ts';
import { printable, quoted } from './quote.ts';
import { tokenise } from './tokens.ts';
import type { ToolArguments } from './tool-arguments.ts';

/** What a comment asks for. `text` is its line, for people: invisible characters are spelt out. */
export type Interpretation =
  | { readonly kind: 'command'; readonly command: Command; readonly text: string }
  | { readonly kind: 'mistake'; readonly problem: Problem; readonly text: string }
  /** Not ours: never answered. */
  | { readonly kind: 'none' };

export interface GrammarRules {
  /** Words of the operator that start a command, besides `/` and `tidegate`. */
  readonly prefixes: readonly string[];
  readonly toolArguments: ToolArguments;
}

const none: Interpretation = { kind: 'none' };
const longestLine = 4096;
const blank = /^[ \t\u00a0]*$/;
// CommonMark: four columns of indentation make a code block, and a tab is as good as four.
const indentedAsCode = /^(?: {4}| {0,3}\t)/;

/** The first line with text, without its margins, and whether nothing but blank lines stands around it. */
const firstLine = (body: string): { readonly line: string; readonly alone: boolean } | null => {
  const lines = body.split(/\r\n|\r|\n/);
  const first = lines.findIndex((line) => !blank.test(line));
  const line = lines[first] ?? '';
  if (line === '' || indentedAsCode.test(line)) return null;
  const alone = lines.every((other, index) => index <= first || blank.test(other));
  return { line: line.replace(/^[ \t\u00a0]+|[ \t\u00a0]+$/g, ''), alone };
};

const splitWord = (text: string): { readonly word: string; readonly rest: string } => {
  const word = /^[^ \t\u00a0]*/.exec(text)?.[0] ?? '';
  return { word, rest: text.slice(word.length).replace(/^[ \t\u00a0]+/, '') };
};

/** Phones write the first letter of a sentence large; that and nothing else is forgiven. */
const decapitalised = (word: string): string => word.slice(0, 1).toLowerCase() + word.slice(1);

const isVerb = (word: string): word is Verb => verbs.some((verb) => verb === word);

const noSuchCommand = (start: string, word: string, meant: string | null): Problem => ({
  code: 'command-invalid',
  sentence: `There is no command ${quoted(`${start}${word}`)}.`,
  advice: `${meant === null ? '' : `Did you mean ${quoted(`${start}${meant}`)}? `}${quoted(`${start}help`)} lists the commands.`,
});

const tooLong = (length: number): Problem => ({
  code: 'command-invalid',
  sentence: `This command has ${length.toLocaleString('en')} characters; at most ${longestLine.toLocaleString('en')} are read.`,
  advice: 'Choose with globs, labels or environments, or say it in several comments. Nothing was done.',
});

interface Opening {
  /** `/`, or the word before the verb with its blank. */
  readonly start: string;
  /** The verb as typed, first letter small; empty where only the prefix was written. */
  readonly word: string;
  readonly rest: string;
}

const opening = (line: string, prefixes: readonly string[]): Opening | null => {
  const { word, rest } = splitWord(line);
  if (word.startsWith('/')) return { start: '/', word: decapitalised(word.slice(1)), rest };
  const prefix = ['tidegate', ...prefixes].find((known) => known === word || known === decapitalised(word));
  if (prefix === undefined) return null;
  const verb = splitWord(rest);
  return { start: `${prefix} `, word: decapitalised(verb.word), rest: verb.rest };
};

/**
 * Reads a comment's body. A command is its first line and nothing else: not quoted, not fenced, not
 * indented as code. Never throws. A mistake is answered only where the writer plainly meant us:
 * behind `tidegate` or an operator's prefix, behind one of our commands, or one edit away from one.
 * Every token of a command is checked against a type; none of it was near a shell.
 */
export const interpretComment = (body: string, rules: GrammarRules): Interpretation => {
  const found = firstLine(body);
  if (found === null) return none;
  const opened = opening(found.line, rules.prefixes);
  if (opened === null) return none;
  const { start, word, rest } = opened;
  if (found.line.length > longestLine)
    return isVerb(word.toLowerCase())
      ? {
          kind: 'mistake',
          problem: tooLong(found.line.length),
          text: `${printable(found.line.slice(0, 100))}…`,
        }
      : none;
  const text = printable(found.line);
  if (!found.alone) {
    // A quote that is open at the end of the line was meant to go on: a line break in a selector.
    const read = isVerb(word) ? tokenise(rest) : { tokens: [] };
    if (!('unreadable' in read && read.open)) return none;
  }
  if (word === '' && start !== '/') {
    return { kind: 'command', command: { verb: 'help', selector: everything, extra: [] }, text };
  }
  if (!isVerb(word)) {
    if (start !== '/') {
      return { kind: 'mistake', problem: noSuchCommand(start, word, nearest(word, verbs)), text };
    }
    const small = word.toLowerCase();
    const meant =
      word.length > 12
        ? undefined
        : verbs.find((verb) => verb === small || (word.length <= 8 && editDistance(verb, word) === 1));
    if (meant === undefined) return none;
    return { kind: 'mistake', problem: noSuchCommand(start, word, meant), text };
  }
  // Other bots have an `/approve` of their own: alone, or with one word.
  if (word === 'approve' && start === '/' && !/^\S+\s+\S/u.test(rest)) return none;
  // Whatever else somebody's `/state` is about, it is not ours.
  if (word === 'state' && start === '/' && !/(?:^|[ \t\u00a0])rm(?:[ \t\u00a0]|$)/.test(rest)) return none;
  const read = readArguments(word, rest, rules.toolArguments);
  if ('problem' in read) return { kind: 'mistake', problem: read.problem, text };
  return { kind: 'command', command: read.value, text };
};
