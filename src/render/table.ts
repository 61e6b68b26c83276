import type { Counts } from '../domain/plan-summary.ts';
import { clipName, nextOf } from './fold.ts';
import { type Folder, foldersOf } from './folders.ts';
import { code, join, link, type Markdown, md, nothing, phrase, text } from './markdown.ts';
import type { Value } from './templates.ts';
import type { BoardRow, BoardView } from './view.ts';
import { count, countsBeside, hasChanges, numeral, standing, standings, total } from './words.ts';

type Fields = { readonly [name: string]: Value };

/** What a project is waiting for, told in the state column. */
const waits = (row: BoardRow): Markdown =>
  row.holder === null ? md`in line` : md`waits for ${link(md`#${row.holder.pullNumber}`, row.holder.url)}`;

/** Why it is not planned yet: its others have a cell of their own. */
const stageOf = ({ after = [], problem }: BoardRow): Markdown => {
  if (problem !== null) return md`✗ **stopped**`;
  const [first] = after;
  if (first === undefined) return md`in line`;
  return md`waits for ${code(clipName(first, 40))}${after.length > 1 ? md` and ${after.length - 1} more` : nothing}`;
};

/** At most one quiet mark, and only where a person has to look twice. */
const stateOf = (row: BoardRow): Markdown => {
  if (row.waitsFor === 'room') return md`waits for disk space on the server`;
  if (row.waitsFor === 'restart') return md`waits for the server, which is being restarted`;
  switch (row.state) {
    case 'queued':
      return standing(row) === 'applying' ? md`apply queued` : md`queued`;
    case 'running':
      return md`planning …`;
    case 'planned': {
      return hasChanges(row) ? md`planned` : md`no changes`;
    }
    case 'waiting':
      return waits(row);
    case 'applying':
      return row.doing === undefined ? md`applying …` : md`${text(row.doing)} …`;
    case 'applied':
      return md`✓ applied`;
    case 'contained':
      return md`✓ applied with a newer commit`;
    case 'failed':
      return standing(row) === 'plan failed' ? md`✗ **plan failed**` : md`✗ **apply failed**`;
    case 'cancelled':
      return md`cancelled`;
    case 'superseded':
      return md`out of date`;
    case 'unresolved':
      return md`⚠ **outcome unknown**`;
    case 'held':
      return md`⚠ **waits for trust**`;
    case 'refused':
      return md`✗ **refused**`;
    case 'unplanned':
      return md`not planned`;
    case 'staged':
      return stageOf(row);
    default: {
      const never: never = row.state;
      return never;
    }
  }
};

const numberOf = (counts: Counts | null, kind: 'create' | 'update' | 'replace' | 'delete'): Markdown => {
  if (counts === null) return md`–`;
  const many = text(numeral(counts[kind]));
  return counts[kind] > 0 && (kind === 'delete' || kind === 'replace') ? md`**${many}**` : many;
};

/** Characters that cells may have. */
export interface Cells {
  readonly name: number;
  readonly next: number;
}

export const wideCells: Cells = { name: 120, next: 200 };

/** Names are unique in a repository as a rule; where they are not, the folder and workspace tell rows apart. */
const nameOf = (row: BoardRow, rows: readonly BoardRow[], { name: limit }: Cells): Markdown => {
  const name = code(clipName(row.name, limit));
  if (rows.filter((other) => other.name === row.name).length < 2) return name;
  return md`${name} ${code(clipName(row.dir, limit))} ${code(clipName(row.workspace, limit))}`;
};

// Where rows have to be left out, those that somebody has to look at stay.
const urgency = [
  'unresolved',
  'apply failed',
  'plan failed',
  'refused',
  'waits for trust',
  'to apply',
  'applying',
  'in line',
  'staged',
];
const rank = (row: BoardRow): number => {
  const place = urgency.indexOf(standing(row));
  return place === -1 ? urgency.length : place;
};

const isQuiet = (row: BoardRow): boolean => standing(row) === 'nothing to do';

/** So many projects have a row each, whether or not something changes in them. */
const rowsForAll = 10;
const rowsUpTo = 150;
/** Of projects without changes, by name. */
const namedUpTo = 5;

const unchangedLine = (rows: readonly BoardRow[]): Markdown | null => {
  if (rows.length === 0) return null;
  const shown = rows.slice(0, namedUpTo).map((row) => code(clipName(row.name)));
  const more = rows.length - shown.length;
  const have = rows.length === 1 ? 'has' : 'have';
  return md`${text(`${count(rows.length, 'project')} ${have} no changes`)}: ${join(shown, ', ')}${more > 0 ? md` and ${more} more` : nothing}.`;
};

interface TableRow {
  readonly name: Markdown;
  readonly counts: Counts | null;
  readonly state: Markdown;
  readonly next: Markdown;
}

const rowOf = (row: BoardRow, rows: readonly BoardRow[], cells: Cells): TableRow => ({
  name: nameOf(row, rows, cells),
  counts: row.counts,
  state: stateOf(row),
  next: nextOf(row, cells.next),
});

const folderRow = ({ folder, rows }: Folder, cells: Cells): TableRow => {
  const known = rows.flatMap(({ counts }) => (counts === null ? [] : [counts]));
  return {
    name: md`${code(folder, cells.name * 2)} (${text(count(rows.length, 'project'))})`,
    counts: known.length === 0 ? null : total(known),
    state: text(standings(rows)),
    next: nothing,
  };
};

/** Those that somebody has to look at have a row each, then the folders that hold the others. */
const byFolder = (
  rows: readonly BoardRow[],
  limit: number,
  cells: Cells,
): { readonly shown: readonly TableRow[]; readonly left: readonly BoardRow[] } => {
  const inOrder = [...rows].sort((a, b) => rank(a) - rank(b));
  const urgent = inOrder
    .filter((row) => rank(row) < urgency.indexOf('to apply'))
    .slice(0, Math.ceil(limit / 2));
  const folders = foldersOf(inOrder.slice(urgent.length));
  const shown = folders.slice(0, limit - urgent.length);
  return {
    shown: [
      ...urgent.map((row) => rowOf(row, rows, cells)),
      ...shown.map((folder) => folderRow(folder, cells)),
    ],
    left: folders.slice(shown.length).flatMap((folder) => folder.rows),
  };
};

/**
 * Values for `table.hbs`: a row per project, those without changes in one line where there are many. Of more than `limit`
 * projects with changes, a row per folder; what is left out then is counted, by how it stands.
 *
 * @param runsUrl leads to what is left out
 */
export const table = (
  rows: readonly BoardRow[],
  limit: number,
  { cells = wideCells, runsUrl = null }: { readonly cells?: Cells; readonly runsUrl?: string | null } = {},
): Fields => {
  const isEach = rows.length <= Math.min(rowsForAll, limit);
  const loud = isEach ? rows : rows.filter((row) => !isQuiet(row));
  const most = Math.min(limit, rowsUpTo);
  const { shown, left } =
    loud.length <= most
      ? { shown: loud.map((row) => rowOf(row, rows, cells)), left: [] }
      : byFolder(loud, most, cells);
  const others = shown.map(({ counts }) => (counts === null ? '' : countsBeside(counts)));
  const hasOther = others.some((other) => other !== '');
  return {
    hasOther,
    rows: shown.map(({ counts, ...row }, index) => ({
      ...row,
      create: numberOf(counts, 'create'),
      update: numberOf(counts, 'update'),
      replace: numberOf(counts, 'replace'),
      delete: numberOf(counts, 'delete'),
      other: hasOther ? md` ${text(others[index] ?? '')} |` : nothing,
    })),
    unchanged: isEach ? null : unchangedLine(rows.filter(isQuiet)),
    more:
      left.length === 0
        ? null
        : md`${text(count(left.length, 'more project'))} not shown in this table: ${text(standings(left))}.${runsUrl === null ? nothing : md` ${link(md`All runs`, runsUrl)}`}`,
  };
};

/**
 * "12 other projects were looked at", with at most `limit` reasons.
 * @param told so many of the removed ones stand elsewhere
 */
export const skippedList = (all: BoardView['skipped'], limit: number, told = 0): Fields | null => {
  const elsewhere = new Set(all.filter(({ removed }) => removed === true).slice(0, told));
  const skipped = all.filter((one) => !elsewhere.has(one));
  if (skipped.length === 0) return null;
  const items = skipped
    .slice(0, limit)
    .map(({ name, reason }) => md`${code(clipName(name))}: ${phrase(reason, 200)}`);
  if (skipped.length > limit) items.push(md`and ${skipped.length - limit} more`);
  return {
    title: text(
      `${count(skipped.length, 'other project')} looked at and not ${skipped.some(({ removed }) => removed) ? 'planned' : 'affected'}`,
    ),
    items,
  };
};
