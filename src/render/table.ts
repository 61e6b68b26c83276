import type { Counts } from '../domain/plan-summary.ts';
import { clipName, nextOf } from './fold.ts';
import { code, link, type Markdown, md, phrase, text } from './markdown.ts';
import type { Value } from './templates.ts';
import type { BoardRow, BoardView } from './view.ts';
import { count, countsBeside, hasChanges, standing } from './words.ts';

type Fields = { readonly [name: string]: Value };

/** What a project is waiting for, told in the state column. */
const waits = (row: BoardRow): Markdown =>
  row.holder === null ? md`in line` : md`waits for ${link(md`#${row.holder.pullNumber}`, row.holder.url)}`;

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
      if (!hasChanges(row)) return md`no changes`;
      const beside = row.counts === null ? '' : countsBeside(row.counts);
      return beside === '' ? md`planned` : md`planned, ${text(beside)}`;
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
    default: {
      const never: never = row.state;
      return never;
    }
  }
};

const numberOf = (counts: Counts | null, kind: 'create' | 'update' | 'replace' | 'delete'): Markdown => {
  if (counts === null) return md`–`;
  const many = text(counts[kind].toLocaleString('en'));
  return counts[kind] > 0 && (kind === 'delete' || kind === 'replace') ? md`**${many}**` : many;
};

/** Names are unique in a repository as a rule; where they are not, the folder and workspace tell rows apart. */
const nameOf = (row: BoardRow, rows: readonly BoardRow[]): Markdown => {
  const name = code(clipName(row.name));
  if (rows.filter((other) => other.name === row.name).length < 2) return name;
  return md`${name} ${code(clipName(row.dir))} ${code(clipName(row.workspace))}`;
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
];
const rank = (row: BoardRow): number => {
  const place = urgency.indexOf(standing(row));
  return place === -1 ? urgency.length : place;
};

/** Values for `table.hbs`: a row per project, at most `limit`, the most urgent ones if not all. */
export const table = (rows: readonly BoardRow[], limit: number): Fields => {
  const kept = new Set([...rows].sort((a, b) => rank(a) - rank(b)).slice(0, limit));
  const shown = rows.filter((row) => kept.has(row));
  return {
    rows: shown.map((row) => ({
      name: nameOf(row, shown),
      create: numberOf(row.counts, 'create'),
      update: numberOf(row.counts, 'update'),
      replace: numberOf(row.counts, 'replace'),
      delete: numberOf(row.counts, 'delete'),
      state: stateOf(row),
      next: nextOf(row),
    })),
    more:
      shown.length === rows.length
        ? null
        : md`${text(count(rows.length - shown.length, 'more project'))} not shown in this table, none of them more urgent than these.`,
  };
};

/** "12 other projects were looked at", with at most `limit` reasons. */
export const skippedList = (skipped: BoardView['skipped'], limit: number): Fields | null => {
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
