import type { PlanSummary, ToolWarning } from '../domain/plan-summary.ts';
import { clip, code, join, type Markdown, md, phrase, text, visible } from './markdown.ts';
import type { BoardRow } from './view.ts';
import { count } from './words.ts';

/** So many are told; the others are counted. */
const toldUpTo = 10;
const detailUpTo = 400;

const countWarnings = ({ warnings = [], moreWarnings = 0 }: PlanSummary): number =>
  warnings.reduce((sum, { more }) => sum + 1 + more, moreWarnings);

const placeOf = ({ file, line }: ToolWarning): string | null =>
  file === null ? null : line === null ? file : `${file}:${line}`;

const told = (warning: ToolWarning): Markdown => {
  const place = placeOf(warning);
  // What people can do about it stands in what follows, and in the log.
  const [first = ''] = warning.detail.split('\n');
  const like = warning.more === 0 ? md`` : md` (and ${text(warning.more.toLocaleString('en'))} more like it)`;
  const words = first === '' ? md`` : md`: ${phrase(first, detailUpTo)}`;
  return md`**${text(clip(visible(warning.summary), 200))}**${place === null ? md`` : md` at ${code(place, 200)}`}${words}${like}`;
};

/** What the tool warned of, as a list; null: of nothing. */
export const warningList = (summary: PlanSummary): Markdown | null => {
  const all = countWarnings(summary);
  if (all === 0) return null;
  const { warnings = [] } = summary;
  const shown = warnings.slice(0, toldUpTo);
  const rest = all - shown.reduce((sum, { more }) => sum + 1 + more, 0);
  const items = shown.map((warning) => md`- ${told(warning)}`);
  if (rest > 0) items.push(md`- and ${text(rest.toLocaleString('en'))} more, in the log of the run`);
  return md`${text(count(all, 'warning'))}:\n\n${join(items, '\n')}`;
};

/** "Value for undeclared variable (main.tf:3)", for where there is room for one. */
const firstWarning = (summary: PlanSummary): string | null => {
  const [first] = summary.warnings ?? [];
  if (first === undefined) return null;
  const place = placeOf(first);
  return `${visible(first.summary)}${place === null ? '' : ` (${visible(place)})`}`;
};

/** The same for a page, where there is room for all of it. */
export const plainWarnings = ({ warnings = [], moreWarnings = 0 }: PlanSummary): readonly string[] => [
  ...warnings.map((warning) => {
    const place = placeOf(warning);
    const like = warning.more === 0 ? '' : ` (and ${warning.more.toLocaleString('en')} more like it)`;
    return visible(
      `Warning: ${warning.summary}${place === null ? '' : ` at ${place}`}${warning.detail === '' ? '' : `: ${warning.detail}`}${like}`,
    );
  }),
  ...(moreWarnings === 0 ? [] : [`And ${count(moreWarnings, 'more warning')}, in the log.`]),
];

/** Plans that people may still do something about: of one that was applied it is the past. */
const warned = (rows: readonly BoardRow[]): readonly BoardRow[] =>
  rows.filter((row) => row.state !== 'applied' && row.summary !== null && countWarnings(row.summary) > 0);

/** "; 2 warnings" behind what plans would do; empty: there are none. */
export const andWarnings = (rows: readonly BoardRow[]): string => {
  const all = warned(rows).reduce(
    (sum, { summary }) => sum + (summary === null ? 0 : countWarnings(summary)),
    0,
  );
  return all === 0 ? '' : `; ${count(all, 'warning')}`;
};

/** The first warning of all of them, with the project that it is of; null: there is none. */
export const firstOfWarnings = (rows: readonly BoardRow[]): Markdown | null => {
  const [row] = warned(rows);
  const first = row === undefined || row.summary === null ? null : firstWarning(row.summary);
  return row === undefined || first === null
    ? null
    : md`The first warning, of ${code(row.name, 100)}: ${phrase(first, 300)}`;
};
