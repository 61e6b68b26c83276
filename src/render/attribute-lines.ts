import type { AttributeChange, InnerDifference, ResourceChange } from '../domain/plan-summary.ts';
import { hiddenChange, noteOn, type Sources, sourceNote } from './hidden-values.ts';
import { clip, visible } from './markdown.ts';
import { count } from './words.ts';

const attributeLimit = 40;
const valueLimit = 160;
/** Two values of this many characters in all stand in one line. */
const besideUpTo = 100;
/** Longer names stand out of the column, instead of moving it away from all others. */
const columnUpTo = 32;
const later = '(known after apply)';

export const shownValue = (text: string | null): string =>
  text === null ? '(none)' : clip(visible(text), valueLimit);

/** Two long values are cut where they begin to differ: the same beginning twice would hide the change. */
const cutBoth = (before: string, after: string): readonly [string, string] => {
  const [a, b] = [visible(before), visible(after)];
  if (a.length <= valueLimit && b.length <= valueLimit) return [a, b];
  let same = 0;
  while (same < Math.min(a.length, b.length) && a[same] === b[same]) same += 1;
  const from = Math.max(0, same - 20);
  const cut = (all: string) => `${from === 0 ? '' : '…'}${clip(all.slice(from).toWellFormed(), valueLimit)}`;
  return [cut(a), cut(b)];
};

/** Of an output: both in one line. */
export const bothValues = (before: string, after: string): string =>
  hiddenChange(before, after) ?? cutBoth(before, after).join(' → ');

const indent = '     ';
const deeper = `${indent}    `;

interface Line {
  readonly sign: string;
  readonly path: string;
  /** Absent: the name is a heading for the lines below. */
  readonly value?: string;
  readonly below?: readonly string[];
  readonly note: string;
}

/** One on top of the other where they are too long to stand side by side. */
const changed = (change: AttributeChange, before: string, after: string, note: string): readonly Line[] => {
  const path = visible(change.path);
  const sign = change.forcesReplacement ? '!' : '~';
  const hidden = hiddenChange(before, after);
  if (hidden !== null) return [{ sign, path, value: hidden, note }];
  const [from, to] = cutBoth(before, after);
  if (from.length + to.length <= besideUpTo) return [{ sign, path, value: `${from} → ${to}`, note }];
  return [
    { sign: '-', path, value: from, note },
    { sign: '+', path, value: to, note: '' },
  ];
};

const innerLines = (inner: InnerDifference): readonly string[] => {
  if (inner.kind === 'lines') {
    const told = inner.lines.map(({ sign, text }) =>
      // Not `visible` alone: it takes the indent away, which is what differs in some texts.
      sign === '@'
        ? ` ${deeper}…`
        : `${sign}${deeper}${(/^[ \t]*/.exec(text)?.[0] ?? '').replaceAll('\t', '    ')}${visible(text)}`.trimEnd(),
    );
    return inner.more === 0
      ? told
      : [...told, ` ${deeper}… ${count(inner.more, 'more line differs', 'more lines differ')}`];
  }
  return inColumns(
    inner.changes.flatMap((one) => linesOf(one, '')),
    deeper,
  );
};

const linesOf = (change: AttributeChange, note: string): readonly Line[] => {
  const { before, after, inner } = change;
  const path = visible(change.path);
  const sign = change.forcesReplacement ? '!' : null;
  if (inner?.kind === 'json' && inner.changes.length === 0)
    return [{ sign: sign ?? '~', path, value: '(the same JSON, written in another way)', note }];
  if (inner !== undefined)
    return [
      {
        sign: sign ?? '~',
        path: inner.kind === 'json' ? `${path} (JSON)` : path,
        below: innerLines(inner),
        note,
      },
    ];
  if (before !== null && after !== null) return changed(change, before, after, note);
  if (before === null && after === null) return [{ sign: ' ', path, below: [], note }];
  const only = before === null ? '+' : '-';
  return [
    { sign: sign ?? only, path, value: before === null ? shownValue(after) : `${shownValue(before)}`, note },
  ];
};

const inColumns = (lines: readonly Line[], before: string): readonly string[] => {
  const widths = lines.flatMap(({ path, value }) =>
    value === undefined || path.length > columnUpTo ? [] : [path.length],
  );
  const width = Math.max(0, ...widths);
  return lines.flatMap(({ sign, path, value, below = [], note }) => [
    value === undefined
      ? `${sign}${before}${path}${below.length > 0 ? ':' : ''}${note}`
      : `${sign}${before}${path.padEnd(width)} = ${value}${note}`,
    ...below,
  ]);
};

/** The lines below a resource: those that force its replacement first, then in the order of the plan. */
export const attributeLines = (change: ResourceChange, sources: Sources): readonly string[] => {
  // What a new resource will only know later is a list of names, not a line each.
  const isNew = change.action === 'create' || change.action === 'replace';
  const unknown = change.attributes.filter(
    ({ after, forcesReplacement }) => isNew && after === later && !forcesReplacement,
  );
  const rest = change.attributes.filter((attribute) => !unknown.includes(attribute));
  const forcing = rest.filter(({ forcesReplacement }) => forcesReplacement);
  const shown = [...forcing, ...rest.filter(({ forcesReplacement }) => !forcesReplacement)].slice(
    0,
    attributeLimit,
  );
  const said = [
    ...inColumns(
      shown.flatMap((one) =>
        linesOf(
          one,
          noteOn([
            one.forcesReplacement ? 'forces replacement' : null,
            sourceNote(`${change.address}.${one.path}`, one, sources),
          ]),
        ),
      ),
      indent,
    ),
  ];
  if (rest.length > shown.length)
    said.push(` ${indent}… ${count(rest.length - shown.length, 'more attribute')}`);
  if (unknown.length > 0)
    said.push(
      `${change.action === 'create' ? '+' : ' '}${indent}known after apply: ${clip(unknown.map(({ path }) => visible(path)).join(', '), 300)}`,
    );
  if (change.unchanged > 0) said.push(` ${indent}# ${count(change.unchanged, 'unchanged attribute')}`);
  return said;
};
