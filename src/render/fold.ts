import { leftBehind, leftInWords } from './after-apply.ts';
import { byteLength, byteLimit, tail } from './budget.ts';
import { countEntries, diffEntries, isLongerThan } from './diff.ts';
import { factNotes } from './facts.ts';
import { hasFingerprints, sourcesSaid } from './hidden-values.ts';
import { recoveryParts } from './look.ts';
import {
  code,
  fence,
  htmlCode,
  join,
  link,
  type Markdown,
  md,
  nothing,
  phrase,
  lines as proseLines,
  text,
  visible,
  visibleLines,
} from './markdown.ts';
import { shownNotes, sinceNotes } from './since.ts';
import type { Templates } from './templates.ts';
import type { BoardRow } from './view.ts';
import { andWarnings } from './warnings.ts';
import { changesOf, count, countsToDo, hasChanges, standing } from './words.ts';

/** How much of a row is told below the table. `plan`: all of the plan, and of what else is known of it in brief. */
export type Detail = 'all' | 'plan' | 'names' | 'part' | 'title';
export const details: readonly Detail[] = ['all', 'plan', 'names', 'part', 'title'];

const outputLimits: Readonly<Record<Detail, { readonly lines: number; readonly bytes: number }>> = {
  all: { lines: 120, bytes: 12_000 },
  plan: { lines: 120, bytes: 12_000 },
  names: { lines: 40, bytes: 4_000 },
  part: { lines: 10, bytes: 1_000 },
  title: { lines: 0, bytes: 0 },
};
const partOfPlan = 50;
const namedInTitle = 5;
const placesUpTo = 20;

export type Rows = readonly [BoardRow, ...BoardRow[]];
const namedSince = 10;

const diffBlock = (row: BoardRow, detail: Detail): readonly Markdown[] => {
  if (row.summary === null || !hasChanges(row)) return [];
  const all = countEntries(row.summary);
  if (all === 0) return [];
  const shown: string[] = [];
  let size = 0;
  const isWhole = detail === 'all' || detail === 'plan';
  // Destroys and replaces are first in the list and named above the folds as well.
  for (const { text: entry } of diffEntries(row.summary, isWhole ? 'attributes' : 'names')) {
    // What is longer than any comment is told in another way; how much longer is no matter.
    if (size > byteLimit || (detail === 'part' && shown.length === partOfPlan)) break;
    shown.push(entry);
    size += byteLength(entry);
  }
  const notes = [
    isWhole ? null : 'attributes are left out',
    shown.length === all ? null : `${count(all - shown.length, 'more change')} left out`,
  ].filter((note) => note !== null);
  const block = fence(shown.join('\n'), 'diff');
  if (notes.length === 0) return [block];
  return [block, md`_Shortened, because a comment can only be so long: ${text(notes.join(', '))}._`];
};

/** Is what these rows' plans would do surely longer than a comment, even without attributes? */
export const isTooLong = ([row]: Rows): boolean => {
  const summary = row.summary ?? row.preview?.summary ?? null;
  return summary?.hasChanges === true && isLongerThan(summary, byteLimit);
};

const outputBlock = (raw: string, detail: Detail): Markdown => {
  const { lines, bytes } = outputLimits[detail];
  return fence(tail(visibleLines(raw), lines, bytes), 'text');
};

/** "`a`, `b`, and 3 more". */
const namesOf = (rows: readonly BoardRow[]): Markdown => {
  const shown = rows.slice(0, namedInTitle).map((row) => md`<b>${htmlCode(clipName(row.name))}</b>`);
  const more = rows.length - shown.length;
  return more > 0 ? md`${join(shown, ', ')} and ${more} more` : join(shown, ', ');
};

const title = (rows: Rows): Markdown => {
  const [row] = rows;
  const name = namesOf(rows);
  switch (standing(row)) {
    case 'plan failed':
      return md`${name}: the plan failed`;
    case 'apply failed':
      return md`${name}: the apply failed`;
    case 'unresolved':
      return md`${name}: outcome of the ${text(row.doing ?? 'apply')} unknown`;
    case 'applied':
      return md`${name}: applied, ${text([changesOf(row), leftInWords(row.left)].filter((words) => words !== '').join('; '))}`;
    default: {
      if (row.counts === null) return name;
      const each = rows.length === 1 ? md`` : md` each`;
      return md`${name}: ${text(changesOf(row))}${each}${text(andWarnings([row]))}`;
    }
  }
};

export const clipName = (name: string, limit = 120): string => {
  const line = visible(name);
  return line.length > limit ? `${[...line].slice(0, limit - 1).join('')}…` : line;
};

/** Of plans that are the same: where each is, and its own page. */
const everywhere = (rows: Rows): Markdown => {
  if (rows.length === 1) return where(rows[0]);
  const items = rows.slice(0, placesUpTo).map((row) => md`- ${code(clipName(row.name))}: ${where(row)}`);
  if (rows.length > items.length) items.push(md`- and ${rows.length - items.length} more`);
  const [{ name, summary }] = rows;
  const marks =
    summary !== null && hasFingerprints(summary)
      ? md`\n\nSecrets are marked as ${code(clipName(name))} marks them: each project has a mark of its own for the same value.`
      : md``;
  return md`The plans of these ${rows.length} projects are the same, value for value:\n\n${join(items, '\n')}${marks}`;
};

const where = (row: BoardRow): Markdown => {
  const parts: Markdown[] = [md`Folder ${code(row.dir, 300)}`];
  if (row.workspace !== 'default') parts.push(md`workspace ${code(row.workspace, 100)}`);
  if (row.summary !== null)
    parts.push(md`${text(row.runner.slice(0, 40))} ${code(row.summary.toolVersion, 50)}`);
  if (row.applied !== null) {
    const at = text(`${new Date(row.applied.at).toISOString().slice(0, 16).replace('T', ' ')} UTC`);
    parts.push(
      row.applied.login === null ? md`applied ${at}` : md`applied by ${code(row.applied.login, 60)} ${at}`,
    );
  }
  if (row.url !== undefined && row.url !== null) parts.push(link(md`run and log`, row.url));
  return join(parts, ' · ');
};

/** Of a plan that was applied it is the past. */
const notesOf = (row: BoardRow): readonly Markdown[] =>
  row.summary === null || row.state === 'applied' ? [] : factNotes(row.summary);

const isTrouble = (row: BoardRow): boolean =>
  ['plan failed', 'apply failed', 'unresolved'].includes(standing(row));

/** What holds for all of a pull request is told once, above. */
const ownProblem = ({ problem }: BoardRow): BoardRow['problem'] => (problem?.code === 'bot' ? null : problem);

const isPreviewed = ({ preview = null }: BoardRow): boolean =>
  preview !== null && preview.state !== 'waiting';

/** What nobody may take for a plan: folded, with its mark first, and never open. */
const previewFold = (templates: Templates, row: BoardRow, detail: Detail): Markdown => {
  const { summary = null, problem = null, output = null } = row.preview ?? {};
  const name = namesOf([row]);
  const folded = (title: Markdown, parts: readonly Markdown[]): Markdown =>
    templates.fold({ open: false, summary: title, where: where({ ...row, summary }), parts });
  if (summary === null) {
    const why = problem === null ? nothing : proseLines(problem.sentence, 600);
    const said = output === null || output.trim() === '' ? [] : [outputBlock(output, detail)];
    return folded(md`${name}: no preview`, [why, ...said]);
  }
  const { counts, words } = summary;
  const toDo = countsToDo(counts);
  const mark = md`**Unverified:** rendered offline, without a look at what is there, from code that nobody trusted yet. It is no plan, and nothing of it can be applied.`;
  // The mark says it, and more.
  const told = words === undefined ? summary : { ...summary, words: { ...words, verified: true } };
  return folded(md`${name}: unverified preview${toDo === '' ? nothing : md`, ${text(toDo)}`}`, [
    mark,
    ...factNotes(told),
    ...diffBlock({ ...row, summary, counts }, detail),
  ]);
};

/** Is there anything to tell about the row that the table does not? */
export const hasFold = (row: BoardRow): boolean =>
  ownProblem(row) !== null ||
  isPreviewed(row) ||
  isTrouble(row) ||
  row.left !== undefined ||
  hasChanges(row) ||
  notesOf(row).length > 0 ||
  (row.state === 'applied' && row.output !== null);

/**
 * Rows whose plans wait for their apply, would do the same, value for value, and have nothing of their own to tell: they are
 * told once. In the order of their first ones.
 */
export const grouped = (rows: readonly BoardRow[]): readonly Rows[] => {
  const groups = new Map<string, [BoardRow, ...BoardRow[]]>();
  for (const [index, row] of rows.entries()) {
    const key = sameAs(row) ?? String(index);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()];
};

/** Is there a plan that people know, and that this one is compared with? */
export const hasSince = ({ since = [], sinceShown = null }: BoardRow): boolean =>
  since.length > 0 || sinceShown !== null;

const sameAs = (row: BoardRow): string | null => {
  const { summary } = row;
  if (summary?.content === undefined || standing(row) !== 'to apply' || ownProblem(row) !== null) return null;
  if (hasSince(row) || row.output !== null) return null;
  // Beside what the plan would do: what it was made with, and what else is said of it.
  return JSON.stringify([
    summary.content,
    row.runner,
    summary.toolVersion,
    notesOf(row),
    sourcesSaid(summary),
  ]);
};

/**
 * One project, or several whose plans are the same: what its plan would do, what went wrong, what the apply said. Open where
 * something went wrong.
 */
export const fold = (templates: Templates, rows: Rows, detail: Detail): Markdown => {
  const [row] = rows;
  if (isPreviewed(row)) return previewFold(templates, row, detail);
  const trouble = isTrouble(row);
  const parts: Markdown[] = [];
  const problem = ownProblem(row);
  if (problem !== null) {
    parts.push(proseLines(problem.sentence, 600));
    // What was found says better what to do.
    if (problem.advice !== '' && (row.recovery?.look ?? null) === null)
      parts.push(proseLines(problem.advice, 600));
  }
  if (row.recovery !== undefined && row.recovery !== null)
    parts.push(...recoveryParts(row.recovery, detail === 'part' ? 5 : 20));
  if (row.left !== undefined) parts.push(...leftBehind(row.left, detail === 'all' ? 20 : 3));
  const said = trouble ? (problem?.details ?? row.output) : (problem?.details ?? null);
  if (said !== null && said.trim() !== '') parts.push(outputBlock(said, detail));
  if (row.state === 'applied' && row.output !== null && row.output.trim() !== '')
    parts.push(outputBlock(row.output, detail));
  const named = detail === 'all' ? namedSince : 0;
  parts.push(...sinceNotes(row.since ?? [], named), ...shownNotes(row.sinceShown ?? null, named));
  parts.push(...notesOf(row));
  const planned = diffBlock(row, detail);
  if (planned.length > 0 && (trouble || row.state === 'applied')) parts.push(md`What was planned:`);
  parts.push(...planned);
  return templates.fold({ open: trouble, summary: title(rows), where: everywhere(rows), parts });
};

/** The phrase of a row's last column. */
export const nextOf = ({ next, instead }: BoardRow, limit = 200): Markdown =>
  instead === undefined
    ? phrase(next, limit)
    : phrase(next === '' ? instead : `${next}; or ${instead}`, limit * 1.5);
