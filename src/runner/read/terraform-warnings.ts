import { stripVTControlCharacters } from 'node:util';
import type { ToolWarning } from '../../domain/plan-summary.ts';

/** A box that Terraform and OpenTofu draw around each of what they have to say, and nothing else. */
const box = /^╷\n((?:│.*\n)+)╵/gm;
const heading = /^Warning: (.+)$/;
const place = /^ {2}on (.+) line (\d+)(?:, in .+)?:$/;
/** The line of code that is meant, what its parts come to, and what resource it is of. */
const ofThePlace = /^ {2,}(?:\d+:|[├│]|with |on )/;
const similar = /^\(and (\d+) more similar warnings? elsewhere\)$/;

const warningIn = (lines: readonly string[]): ToolWarning | null => {
  const [first = '', ...rest] = lines;
  const summary = heading.exec(first)?.[1];
  if (summary === undefined) return null;
  const at = rest.map((line) => place.exec(line)).find((found) => found !== null);
  const more = rest.map((line) => similar.exec(line)).find((found) => found !== null);
  const words = rest.filter((line) => !ofThePlace.test(line) && !similar.test(line));
  return {
    summary: summary.trim(),
    // A paragraph is cut into lines where the terminal would end.
    detail: words
      .join('\n')
      .trim()
      .split(/\n{2,}/)
      .map((paragraph) => paragraph.replaceAll('\n', ' '))
      .join('\n'),
    file: at?.[1] ?? null,
    line: at?.[2] === undefined ? null : Number(at[2]),
    more: more?.[1] === undefined ? 0 : Number(more[1]),
  };
};

/**
 * The warnings among what Terraform or OpenTofu printed for people, each once, in the order in which they were printed. `-json` would
 * give them as data, and take the log away that people read.
 * https://github.com/hashicorp/terraform/blob/main/internal/command/format/diagnostic.go
 */
export const readTerraformWarnings = (printed: string): readonly ToolWarning[] => {
  const text = stripVTControlCharacters(printed).replaceAll('\r\n', '\n');
  const found = new Map<string, ToolWarning>();
  for (const [, body = ''] of text.matchAll(box)) {
    const lines = body
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(1).replace(/^ /, '').trimEnd());
    const warning = warningIn(lines);
    if (warning !== null) found.set(JSON.stringify({ ...warning, more: 0 }), warning);
  }
  return [...found.values()];
};
