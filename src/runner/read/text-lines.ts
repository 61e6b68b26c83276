import { structuredPatch } from 'diff';
import type { InnerDifference, TextLine } from '../../domain/plan-summary.ts';

const beside = 2;
const linesUpTo = 40;
const lineLength = 200;
/** Texts that differ in more lines than this are two texts, not one that was edited. It bounds the work as well: n lines, n edits. */
const editsUpTo = 400;
const charactersUpTo = 200_000;

const clipped = (line: string): string => {
  const flat = line.replace(/\r$/, '');
  return flat.length <= lineLength ? flat : `${flat.slice(0, lineLength).toWellFormed()}…`;
};

/**
 * What differs between two texts, line by line; null where they have one line each, or too little in common for that to help.
 */
export const lineDifference = (before: string, after: string): InnerDifference | null => {
  if (!before.trimEnd().includes('\n') && !after.trimEnd().includes('\n')) return null;
  if (before.length + after.length > charactersUpTo) return null;
  const patch = structuredPatch('', '', before, after, undefined, undefined, {
    context: beside,
    maxEditLength: editsUpTo,
  });
  if (patch === undefined) return null;
  const all = patch.hunks.flatMap((hunk, index): readonly TextLine[] => [
    ...(index === 0 ? [] : [{ sign: '@' as const, text: '' }]),
    ...hunk.lines.flatMap((line): readonly TextLine[] => {
      const sign = line[0];
      // What is left is its remark that a file does not end with a line end.
      return sign === '+' || sign === '-' || sign === ' ' ? [{ sign, text: clipped(line.slice(1)) }] : [];
    }),
  ]);
  const isDiffering = ({ sign }: { readonly sign: string }) => sign === '+' || sign === '-';
  return {
    kind: 'lines',
    lines: all.slice(0, linesUpTo),
    more: all.slice(linesUpTo).filter(isDiffering).length,
  };
};
