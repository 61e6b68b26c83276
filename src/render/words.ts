import type { Counts } from '../domain/plan-summary.ts';
import type { BoardRow } from './view.ts';

const grouped = new Intl.NumberFormat('en');
/** `1,234`. */
export const numeral = (many: number): string => (many < 1000 ? String(many) : grouped.format(many));

export const count = (many: number, one: string, more = `${one}s`): string =>
  `${numeral(many)} ${many === 1 ? one : more}`;

/** "a", "a and b", "a, b and c". */
export const listed = (parts: readonly string[], last = 'and'): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} ${last} ${parts.at(-1)}`;

const noCounts: Counts = {
  create: 0,
  update: 0,
  replace: 0,
  delete: 0,
  import: 0,
  move: 0,
  forget: 0,
  read: 0,
  invoke: 0,
  deferred: 0,
};

export const total = (all: readonly Counts[]): Counts =>
  all.reduce(
    (sum, one) => ({
      create: sum.create + one.create,
      update: sum.update + one.update,
      replace: sum.replace + one.replace,
      delete: sum.delete + one.delete,
      import: sum.import + one.import,
      move: sum.move + one.move,
      forget: sum.forget + one.forget,
      read: sum.read + one.read,
      invoke: sum.invoke + one.invoke,
      deferred: sum.deferred + one.deferred,
    }),
    noCounts,
  );

const order = ['create', 'update', 'replace', 'delete', 'import', 'move', 'forget', 'invoke'] as const;
const toDo = ['add', 'change', 'replace', 'destroy', 'import', 'move', 'forget', 'invoke'];
const done = ['added', 'changed', 'replaced', 'destroyed', 'imported', 'moved', 'forgotten', 'invoked'];

const inWords = (counts: Counts, words: readonly string[], before: string): string =>
  order
    .flatMap((kind, index) =>
      counts[kind] === 0 ? [] : [`${numeral(counts[kind])} ${before}${words[index]}`],
    )
    .join(', ');

/** "3 to add, 1 to destroy"; empty where all are zero. */
export const countsToDo = (counts: Counts): string => inWords(counts, toDo, 'to ');
/** "3 added, 1 destroyed". */
export const countsDone = (counts: Counts): string => inWords(counts, done, '');
/** What has no column of its own in the table. */
export const countsBeside = (counts: Counts): string =>
  countsToDo({
    ...noCounts,
    import: counts.import,
    move: counts.move,
    forget: counts.forget,
    invoke: counts.invoke,
  });

/** Would an apply of this row's plan do anything? False where there is no plan. */
export const hasChanges = (row: Pick<BoardRow, 'summary' | 'counts'>): boolean =>
  row.summary?.hasChanges ?? (row.counts !== null && countsToDo(row.counts) !== '');

export const changesOf = (row: BoardRow): string => {
  if (row.counts === null) return '';
  const words = row.state === 'applied' ? countsDone(row.counts) : countsToDo(row.counts);
  if (words !== '') return words;
  if (!hasChanges(row)) return 'no changes';
  return row.counts.deferred > 0 && row.summary?.outputs.length === 0
    ? 'only changes that wait for another plan'
    : 'only outputs change';
};

/**
 * Where a row stands in the story; a failed or cancelled row that has counts had a plan, so it is the apply that failed.
 */
export type Standing =
  | 'planning'
  | 'in line'
  | 'not planned'
  | 'staged'
  | 'plan failed'
  | 'refused'
  | 'waits for trust'
  | 'nothing to do'
  | 'to apply'
  | 'applying'
  | 'applied'
  | 'contained'
  | 'apply failed'
  | 'unresolved';

export const standing = (row: BoardRow): Standing => {
  switch (row.state) {
    case 'running':
      return 'planning';
    case 'queued':
      return row.counts === null ? 'planning' : 'applying';
    case 'waiting':
      return 'in line';
    case 'unplanned':
    case 'superseded':
      return 'not planned';
    case 'staged':
      return 'staged';
    case 'cancelled':
      return row.counts === null ? 'not planned' : 'to apply';
    case 'held':
      return 'waits for trust';
    case 'refused':
      return 'refused';
    case 'planned':
      return hasChanges(row) ? 'to apply' : 'nothing to do';
    case 'applying':
      return 'applying';
    case 'applied':
      return 'applied';
    case 'contained':
      return 'contained';
    case 'failed':
      return row.counts === null ? 'plan failed' : 'apply failed';
    case 'unresolved':
      return 'unresolved';
    default: {
      const never: never = row.state;
      return never;
    }
  }
};

/** Is what the row's plan would do still ahead? */
export const isAhead = (row: BoardRow): boolean =>
  row.counts !== null && (standing(row) === 'to apply' || standing(row) === 'applying');

const standingWords: readonly (readonly [Standing, string])[] = [
  ['unresolved', 'with an unknown outcome'],
  ['plan failed', 'failed to plan'],
  ['refused', 'refused'],
  ['waits for trust', 'waiting for trust'],
  ['apply failed', 'failed to apply'],
  ['planning', 'being planned'],
  ['applying', 'being applied'],
  ['in line', 'waiting in line'],
  ['not planned', 'not planned'],
  ['staged', 'planned after others'],
  ['to apply', 'to apply'],
  ['applied', 'applied'],
  ['contained', 'applied with a newer commit'],
  ['nothing to do', 'without changes'],
];

export const howMany = (rows: readonly BoardRow[], ...which: readonly Standing[]): number =>
  rows.filter((row) => which.includes(standing(row))).length;

/** "1 failed to plan, 2 to apply". */
export const standings = (rows: readonly BoardRow[]): string =>
  standingWords
    .map(([which, words]) => ({ many: howMany(rows, which), words }))
    .filter(({ many }) => many > 0)
    .map(({ many, words }) => `${many.toLocaleString('en')} ${words}`)
    .join(', ');
