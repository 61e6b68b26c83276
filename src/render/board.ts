import type { DangerCatalogue } from '../domain/danger/catalogue.ts';
import type { Problem } from '../domain/problem.ts';
import { notesOf } from './board-notes.ts';
import { byteLength, byteLimit, type Piece, shorten, tail } from './budget.ts';
import { type DangerLimits, dangerGroups, gatherDangers } from './danger.ts';
import { clipName, type Detail, fold, grouped, hasFold, hasSince, isTooLong, type Rows } from './fold.ts';
import { heldSections } from './held.ts';
import { knownSoFar } from './look.ts';
import {
  code,
  fence,
  join,
  lines,
  link,
  type Markdown,
  marked,
  md,
  nothing,
  phrase,
  text,
  visibleLines,
} from './markdown.ts';
import { noticesOf } from './notices.ts';
import { rollbackGroups } from './rollback.ts';
import { type Cells, skippedList, table, wideCells } from './table.ts';
import type { Templates, Value } from './templates.ts';
import { unreadWords } from './unread.ts';
import type { BoardRow, BoardView } from './view.ts';
import { andWarnings } from './warnings.ts';
import { count, countsDone, countsToDo, howMany, isAhead, standing, standings, total } from './words.ts';

/** How many names are given before the rest is counted, and how long they may be. */
interface Lists {
  readonly rows: number;
  readonly cells: Cells;
  readonly dangers: DangerLimits;
  /** Findings of strangers' code. */
  readonly held: number;
  readonly skipped: number;
  /** Characters of a problem's sentence, and of its advice. */
  readonly words: number;
  /** Lines and bytes of a problem's details. */
  readonly details: { readonly lines: number; readonly bytes: number };
  /** What other programs may read. */
  readonly facts: boolean;
}

const everything: Lists = {
  rows: 150,
  cells: wideCells,
  dangers: { named: 100, why: true, counted: 20 },
  held: 50,
  skipped: 20,
  words: 1000,
  details: { lines: 60, bytes: 6_000 },
  facts: true,
};
const narrow = { name: 40, next: 60 };
const tight = { named: 100, why: false, counted: 3, written: 210 };

/**
 * From what anybody wants to see to what fits whatever comes. Folds go before any of it; then other lists and long cells, why
 * something is dangerous, rows, and last names of what is dangerous.
 */
const ladder: readonly [Lists, ...Lists[]] = [
  everything,
  { ...everything, cells: { name: 60, next: 80 }, skipped: 10 },
  { ...everything, cells: narrow, skipped: 5, held: 20, dangers: { ...everything.dangers, why: false } },
  { ...everything, cells: narrow, skipped: 5, held: 20, dangers: { ...tight, counted: 20 }, rows: 60 },
  {
    ...everything,
    cells: narrow,
    skipped: 0,
    held: 10,
    words: 500,
    details: { lines: 20, bytes: 2_000 },
    dangers: { ...tight, counted: 10 },
    rows: 20,
    facts: false,
  },
  {
    rows: 10,
    cells: narrow,
    dangers: tight,
    held: 2,
    skipped: 0,
    words: 120,
    details: { lines: 5, bytes: 500 },
    facts: false,
  },
  {
    rows: 3,
    cells: narrow,
    dangers: { ...tight, named: 1, counted: 0 },
    held: 1,
    skipped: 0,
    words: 100,
    details: { lines: 1, bytes: 100 },
    facts: false,
  },
];
/** Room for the line that says what is left out, at its longest: fifteen names of forty characters, as entities. */
const noteRoom = 4_500;

/** Values for `problem.hbs`. */
export const problemValues = (
  problem: Problem,
  words = 1000,
  most = everything.details,
): { readonly [name: string]: Value } => ({
  sentence: lines(problem.sentence, words),
  advice: problem.advice === '' ? null : lines(problem.advice, words),
  details:
    problem.details === undefined || problem.details.trim() === ''
      ? null
      : fence(tail(visibleLines(problem.details), most.lines, most.bytes), 'text'),
});

const breakdown = (rows: readonly BoardRow[]): string =>
  `${count(rows.length, 'project')}: ${standings(rows)}`;

/** What the plans that are not applied yet would do. */
const ahead = (rows: readonly BoardRow[]): string =>
  countsToDo(total(rows.flatMap((row) => (isAhead(row) && row.counts !== null ? [row.counts] : []))));

const behind = (rows: readonly BoardRow[]): string =>
  countsDone(
    total(rows.flatMap((row) => (row.state === 'applied' && row.counts !== null ? [row.counts] : []))),
  );

interface Head {
  readonly heading: string;
  readonly lead: readonly string[];
}

/** The sentence on top and the totals below it. */
export const head = (view: HeadView): Head => {
  const { heading, lead } = headOf(view);
  return { heading, lead: [...removals(view), ...lead] };
};

type HeadView = Pick<BoardView, 'rows' | 'problem' | 'pullState' | 'skipped' | 'notes'>;

const mostRemovals = 5;

/** What the pull request takes away is said first: nobody would look for it. */
const removals = ({ skipped }: HeadView): readonly string[] => {
  const removed = skipped.filter((project) => project.removed === true);
  const told = removed.slice(0, mostRemovals).map(({ name, reason }) => `\`${name}\` ${reason}.`);
  return removed.length > mostRemovals
    ? [...told, `${count(removed.length - mostRemovals, 'more project')} like these.`]
    : told;
};

const headOf = (view: HeadView): Head => {
  const { rows } = view;
  const removed = view.skipped.filter((project) => project.removed === true).length;
  const ended = view.pullState === 'open' ? '' : view.pullState === 'merged' ? 'Merged. ' : 'Closed. ';
  if (rows.length === 0 && view.problem === null && removed > 0)
    return {
      heading: `${ended}Removes ${count(removed, 'project')}`,
      lead: [],
    };
  const unread = unreadWords(view);
  if (rows.length === 0 && view.problem === null && unread !== null)
    return { heading: `${ended}No project is affected, and ${unread}`, lead: [] };
  if (rows.length === 0)
    return view.problem === null
      ? {
          heading: `${ended}No project is affected`,
          lead: ['This pull request changes no project, so there is nothing to plan and nothing to apply.'],
        }
      : { heading: `${ended}Nothing was planned`, lead: [] };
  const toDo = ahead(rows);
  const done = behind(rows);
  const unknown = countsToDo(
    total(rows.flatMap((row) => (row.state === 'unresolved' && row.counts !== null ? [row.counts] : []))),
  );
  const totals = [
    unknown === '' ? null : `Not known whether done: ${unknown}.`,
    toDo === '' ? null : `To apply: ${toDo}.`,
    done === '' ? null : `Applied: ${done}.`,
  ].filter((part) => part !== null);
  const lead = [...totals, `${breakdown(rows)}.`];
  const some = (many: number): string =>
    rows.length === many ? count(many, 'project') : `${many} of ${count(rows.length, 'project')}`;
  const unresolved = howMany(rows, 'unresolved');
  if (unresolved > 0) return { heading: `${ended}Outcome unknown: ${some(unresolved)}`, lead };
  const failed = howMany(rows, 'plan failed', 'apply failed');
  if (failed > 0) return { heading: `${ended}Failed: ${some(failed)}`, lead };
  const refused = howMany(rows, 'refused');
  if (refused > 0) return { heading: `${ended}Refused: ${some(refused)}`, lead };
  const planning = howMany(rows, 'planning');
  if (planning > 0) return { heading: `${ended}Planning ${some(planning)}`, lead };
  const applying = howMany(rows, 'applying');
  if (applying > 0) return { heading: `${ended}Applying ${some(applying)}`, lead };
  const held = howMany(rows, 'waits for trust');
  if (held > 0) return { heading: `${ended}Waits for trust: ${some(held)}`, lead };
  if (toDo !== '')
    return {
      heading: `${ended}Plan: ${toDo}${andWarnings(rows)}`,
      lead: done === '' ? [`${breakdown(rows)}.`] : [`Applied: ${done}.`, `${breakdown(rows)}.`],
    };
  if (howMany(rows, 'to apply') > 0) return { heading: `${ended}Plan: only outputs change`, lead };
  if (howMany(rows, 'not planned') > 0 && ended !== '')
    return { heading: `${ended}Not applied: ${some(howMany(rows, 'not planned'))}`, lead };
  if (howMany(rows, 'in line', 'not planned', 'staged') > 0)
    return {
      heading: `${ended}Not planned yet: ${some(howMany(rows, 'in line', 'not planned', 'staged'))}`,
      lead,
    };
  if (howMany(rows, 'applied') > 0)
    return {
      heading: `${ended}Applied${done === '' ? '' : `: ${done}`}`,
      lead: [`${breakdown(rows)}.`],
    };
  if (howMany(rows, 'contained') > 0)
    return { heading: `${ended}Applied with a newer commit`, lead: [`${breakdown(rows)}.`] };
  return { heading: `${ended}No changes${andWarnings(rows)}`, lead: [`${breakdown(rows)}.`] };
};

/** What was found, where somebody has looked, or what to do until then. */
const adviceOf = (row: BoardRow, problem: Problem, words: number): Markdown => {
  const known = knownSoFar(row.recovery?.look ?? null);
  if (row.recovery?.look === undefined || row.recovery.look === null) return phrase(problem.advice, words);
  return known === null
    ? md`What is known, and what can be done, stands below.`
    : md`${text(known)}; what is not, and what can be done, stands below.`;
};

const alarms = (rows: readonly BoardRow[], words: number): readonly Markdown[] => {
  const unresolved = rows.filter((row) => standing(row) === 'unresolved');
  const said = unresolved.slice(0, 5).map((row) => {
    const known =
      row.problem === null
        ? md`It was started and left no word of how it ended. Look at the world before anything else is done.`
        : md`${phrase(row.problem.sentence, words)} ${adviceOf(row, row.problem, words)}`;
    return md`**The outcome of the ${text(row.doing ?? 'apply')} of ${code(clipName(row.name))} is not known.** ${known}`;
  });
  if (unresolved.length > 5) said.push(md`The same holds for ${unresolved.length - 5} more projects.`);
  return said;
};

const names = (rows: readonly BoardRow[]): Markdown => {
  const shown = rows.slice(0, 5).map((row) => code(row.name, 40));
  if (rows.length > shown.length) shown.push(md`${rows.length - shown.length} more`);
  return join(shown, ', ');
};

const leftOutNote = (
  folded: readonly { readonly rows: Rows; readonly step: number }[],
  { runsUrl = null }: BoardView,
): Markdown | null => {
  const at = (step: number) => folded.filter((one) => one.step === step).flatMap(({ rows }) => rows);
  const parts: Markdown[] = [];
  const brief = at(1).filter(hasSince);
  if (brief.length > 0) parts.push(md`what changed in ${names(brief)} since other plans`);
  if (at(2).length > 0) parts.push(md`attributes of ${names(at(2))}`);
  if (at(3).length > 0) parts.push(md`most of ${names(at(3))}`);
  if (at(4).length > 0) parts.push(md`all details of ${names(at(4))}`);
  if (parts.length === 0) return null;
  return md`${join(parts, '; ')}${runsUrl === null ? nothing : md` (${link(md`all runs`, runsUrl)})`}`;
};

const trustNote = ({ trustedBy }: BoardView): Markdown =>
  trustedBy === null ? nothing : md`, trusted by ${code(trustedBy, 60)}`;

const earlierUpTo = 3;

/** One line of history: what was said of these commits stood here. */
const earlierNote = ({ earlier = [] }: BoardView): Markdown => {
  if (earlier.length === 0) return nothing;
  const shown = earlier.slice(0, earlierUpTo).map((sha) => code(sha.slice(0, 12)));
  const more = earlier.length - shown.length;
  return md` · before it ${join(shown, ', ')}${more > 0 ? md` and ${more} more` : nothing}`;
};

/** What a fold says at each step, and nothing at last; see `leftOutNote`. */
const variantsOf = (templates: Templates, rows: Rows): Piece['variants'] => {
  const isLong = isTooLong(rows);
  const tell = (detail: Detail): string | null =>
    isLong && detail !== 'part' ? null : `${fold(templates, rows, detail)}\n`;
  const all = tell('all');
  // Without such approvals it is the same, and may be long.
  const plan = rows.some(hasSince) ? tell('plan') : all;
  return [all, plan, tell('names'), tell('part'), ''];
};

/**
 * The one comment of a pull request, at most 60,000 UTF-8 bytes. What does not fit goes in steps: what changed since
 * approvals, then attributes, then most of the largest folds, then those folds, then as the ladder says; each step says what it
 * left out, with a number and a link. A hundred dangers stay named.
 */
export const board = (
  templates: Templates,
  view: BoardView,
  catalogue: DangerCatalogue,
  limit: number = byteLimit,
): string => {
  const { heading, lead } = head(view);
  const dangers = gatherDangers(view, catalogue);
  const pieces = grouped(view.rows.filter(hasFold)).map((rows) => ({
    rows,
    variants: variantsOf(templates, rows),
  }));
  const frame = (lists: Lists, folds: readonly Markdown[], leftOut: Markdown | null): string =>
    marked(
      view.marker,
      templates.board({
        heading: text(heading),
        lead:
          lead.length === 0
            ? null
            : join(
                lead.map((line) => phrase(line)),
                '<br>',
              ),
        problem: view.problem === null ? null : problemValues(view.problem, lists.words, lists.details),
        notices: noticesOf(view).map((notice) => problemValues(notice, lists.words, lists.details)),
        table:
          view.rows.length === 0
            ? null
            : table(view.rows, lists.rows, { cells: lists.cells, runsUrl: view.runsUrl ?? null }),
        alarms: alarms(view.rows, lists.words),
        held: heldSections(view.rows, view.headSha, lists.held),
        danger: [
          ...rollbackGroups(view, catalogue, lists.dangers.counted),
          ...dangerGroups(dangers, lists.dangers),
        ].map(({ title, items }) => ({ title, items })),
        folds,
        notTaken: notesOf(view),
        skipped: skippedList(view.skipped, lists.skipped, mostRemovals),
        leftOut,
        footer: md`Commit ${code(view.headSha.slice(0, 12))} into ${code(view.baseRef, 250)}${trustNote(view)}${earlierNote(view)} · ${code('/help')} lists the commands`,
      }),
      lists.facts ? (view.facts ?? null) : null,
    );
  let last = '';
  for (const lists of ladder) {
    const room = limit - byteLength(frame(lists, [], nothing));
    const whole = shorten(pieces, room);
    const { chosen, fits } = whole.chosen.every((step) => step === 0)
      ? whole
      : shorten(pieces, room - noteRoom);
    const folded = pieces.map(({ rows, variants }, index) => {
      const step = chosen[index] ?? 0;
      return { rows, step, body: (variants[step] ?? '').trimEnd() as Markdown };
    });
    const bodies = folded.map(({ body }) => body).filter((body) => body !== '');
    last = frame(lists, bodies, leftOutNote(folded, view));
    if (fits && byteLength(last) <= limit) return last;
  }
  return last;
};
