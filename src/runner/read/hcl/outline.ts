import {
  type Argument,
  type Block,
  evaluatedEarly,
  type FileOutline,
  noOutline,
  outlined,
} from '../../../domain/declared/outline.ts';
import { agrees } from './agree.ts';
import { digestOfText, shortText } from './expression-text.ts';
import { jsonOutline } from './json-outline.ts';
import { lineNumbers } from './line-numbers.ts';
import { createScanner, NotUnderstood } from './scanner.ts';

/** Arguments and blocks of one file; one with more is a machine's, and too large to be sent. */
const mostParts = 40_000;

type Inside = Pick<Block, 'arguments' | 'blocks'>;

const nativeOutline = (text: string): Inside => {
  const scanner = createScanner(text);
  const lineOf = lineNumbers(text);
  let parts = 0;

  const argumentOf = (name: string, start: number, isEarly: boolean): Argument => {
    const { from, to, refs } = scanner.expression();
    const written = text.slice(from, to);
    return {
      name,
      line: lineOf(start),
      endLine: lineOf(to - 1),
      digest: digestOfText(written),
      text: shortText(written, isEarly),
      refs,
    };
  };

  const blockOf = (type: string, start: number, depth: number, isEarly: boolean): Block => {
    const labels: string[] = [];
    while (!scanner.takeChar('{')) {
      const label = scanner.label();
      if (label === null) throw new NotUnderstood('a block without a body');
      labels.push(label);
    }
    const inside = body(depth + 1, isEarly);
    const end = scanner.at();
    return {
      type,
      labels,
      line: lineOf(start),
      endLine: lineOf(end - 1),
      digest: digestOfText(text.slice(start, end)),
      ...inside,
    };
  };

  const body = (depth: number, isEarly: boolean): Inside => {
    const found = { arguments: [] as Argument[], blocks: [] as Block[] };
    if (depth > 60) throw new NotUnderstood('too deep');
    for (;;) {
      scanner.skip();
      if (scanner.isEnd() ? depth === 0 : depth > 0 && scanner.takeChar('}')) return found;
      parts += 1;
      if (parts > mostParts) throw new NotUnderstood('too much in one file');
      const start = scanner.at();
      const name = scanner.name();
      if (scanner.takeChar('=')) found.arguments.push(argumentOf(name, start, isEarly));
      else found.blocks.push(blockOf(name, start, depth, depth === 0 ? evaluatedEarly.has(name) : isEarly));
    }
  };
  return body(0, true);
};

/**
 * What stands on which lines. In doubt there is an error: a wrong line is worse than none.
 *
 * @param syntax the root of the file as JSON, which says what is there
 */
export const outlineOf = (kind: 'hcl' | 'json', syntax: unknown, text: string): FileOutline => {
  // A carriage return alone is a line break for some readers and none for others.
  if (/\r(?!\n)/.test(text)) return noOutline('lone carriage returns');
  try {
    const all = kind === 'json' ? jsonOutline(text) : nativeOutline(text);
    const blocks = all.blocks.filter(({ type }) => outlined.has(type));
    if (kind === 'hcl' && !agrees(blocks, all.arguments, syntax)) return noOutline('not understood');
    return { blocks, arguments: all.arguments, error: null };
  } catch (error) {
    return noOutline(error instanceof NotUnderstood ? error.message : 'not understood');
  }
};
