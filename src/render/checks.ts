import { type DangerCatalogue, emptyCatalogue } from '../domain/danger/catalogue.ts';
import type { Problem } from '../domain/problem.ts';
import { annotationsOf } from './annotations.ts';
import { head, problemValues } from './board.ts';
import { byteLength, byteLimit } from './budget.ts';
import { details, fold, hasFold } from './fold.ts';
import { findingList, heldSections } from './held.ts';
import { join, type Markdown, md, phrase, text } from './markdown.ts';
import { isUnasked, noticesOf } from './notices.ts';
import { glassNote } from './post-mortem.ts';
import { table } from './table.ts';
import type { Templates } from './templates.ts';
import { unreadWords } from './unread.ts';
import type { BoardRow, BoardView, CheckView } from './view.ts';
import { andWarnings, firstOfWarnings } from './warnings.ts';
import { changesOf, count, countsDone, countsToDo, listed, type Standing, standing, total } from './words.ts';

type Verdict = Pick<CheckView, 'title' | 'status' | 'conclusion'>;

const titleLimit = 200;
/** It goes on by itself. */
const open = (title: string): Verdict => ({ status: 'in_progress', conclusion: null, title });
const over = (conclusion: 'success' | 'failure' | 'cancelled', title: string): Verdict => ({
  status: 'completed',
  conclusion,
  title,
});
/** Somebody has to do something first. Required, it blocks a merge; unlike a pending check, it does not look like work. */
const asks = (title: string): Verdict => ({ status: 'completed', conclusion: 'action_required', title });

// Titles are plain text on GitHub: no Markdown in them, only a limit.
const plain = (title: string): string =>
  (title.length <= titleLimit ? title : `${title.slice(0, titleLimit - 1)}…`).toWellFormed();

const named = (rows: readonly BoardRow[]): string => {
  const shown = rows.slice(0, 3).map(({ name }) => name.slice(0, 60));
  if (rows.length > 3) shown.push(`${rows.length - 3} more`);
  return shown.join(', ');
};

const at = (rows: readonly BoardRow[], ...which: readonly Standing[]): readonly BoardRow[] =>
  rows.filter((row) => which.includes(standing(row)));

const titleOf = ({ sentence }: Problem): string => sentence.replaceAll('`', '');

/** Why nothing was run, and what somebody has to do about it. `neutral` and `skipped` would let a merge pass. */
const stopped = ({ problem }: BoardView): Verdict | null =>
  problem === null ? null : asks(titleOf(problem));

/** Green says that all was looked at: what was not is said with it, or stands in its way. */
const planVerdict = (view: BoardView): Verdict => {
  const verdict = planned(view);
  const words = unreadWords(view);
  if (verdict.conclusion !== 'success' || words === null) return verdict;
  switch (view.notes?.unread?.answer) {
    case 'fail':
      return over('failure', words);
    case 'ask':
      return asks(`${words}, and there is no project: the comment says what ends this`);
    default:
      return over('success', `${verdict.title}; ${words}`);
  }
};

const planned = (view: BoardView): Verdict => {
  const { rows } = view;
  const stop = stopped(view);
  if (stop !== null) return stop;
  if (rows.length === 0) return over('success', 'No project is affected');
  const of = (some: readonly BoardRow[]): string =>
    some.length === rows.length
      ? count(rows.length, 'project')
      : `${some.length} of ${count(rows.length, 'project')}`;
  const failed = at(rows, 'plan failed');
  if (failed.length > 0) return over('failure', `${of(failed)} failed to plan: ${named(failed)}`);
  const refused = at(rows, 'refused');
  if (refused.length > 0) return over('failure', `Refused, nothing of it was run: ${named(refused)}`);
  const planning = at(rows, 'planning');
  if (planning.some((row) => row.waitsFor === 'restart'))
    return open(`The server is being restarted; ${of(planning)} will be planned by itself`);
  if (planning.length > 0) return open(`Planning ${of(planning)}`);
  const held = at(rows, 'waits for trust');
  if (held.length > 0) return asks(waitsForTrust(view, held));
  const unasked = rows.filter(isUnasked);
  if (unasked.length > 0) return asks(waitsForPlan(unasked));
  const not = at(rows, 'not planned');
  if (not.length > 0)
    return asks(
      view.pullState === 'open'
        ? `${of(not)} not planned, waiting for /plan: ${named(not)}`
        : notApplied(view, not),
    );
  const inLine = at(rows, 'in line');
  if (inLine.length > 0)
    return open(`${of(inLine)} waiting in line for another pull request: ${named(inLine)}`);
  const staged = at(rows, 'staged');
  const before = staged.filter(({ afterMerge }) => afterMerge !== 'ready');
  if (before.length > 0) return open(`${of(before)} planned after others: ${stages(before)}`);
  const contained = at(rows, 'contained');
  if (contained.length === rows.length) return over('success', within(contained));
  const shown = rows.filter((row) => !contained.includes(row) && !staged.includes(row));
  if (staged.length > 0)
    return over(
      'success',
      `${count(shown.length, 'project')} planned: ${toDoOf(shown)}${andWarnings(shown)}; after the merge: ${named(staged)}`,
    );
  return over('success', `${count(shown.length, 'project')} planned: ${toDoOf(shown)}${andWarnings(shown)}`);
};

/** What a newer commit brought with it: nothing of it is left to do. */
const within = (rows: readonly BoardRow[]): string => {
  const newest = new Map(
    rows.flatMap(({ within: one }) => (one === undefined ? [] : [[one.commit, one] as const])),
  );
  const of = [...newest.values()].map(
    ({ commit, pullNumber }) => `${commit.slice(0, 12)}, applied by #${pullNumber}`,
  );
  return `Contained in ${of.length === 0 ? 'a newer commit that was applied' : of.join(', and in ')}: ${named(rows)}`;
};

/** "app when network is applied". */
const stages = (rows: readonly BoardRow[]): string => {
  const names = new Set(rows.map(({ name }) => name));
  const others = [...new Set(rows.flatMap(({ after = [] }) => after))].filter((name) => !names.has(name));
  if (others.length === 0) return named(rows);
  const more = others.length > 3 ? ` and ${others.length - 3} more` : '';
  const are = others.length === 1 ? 'is' : 'are';
  return `${named(rows)}, when ${listed(others.slice(0, 3).map((name) => name.slice(0, 60)))}${more} ${are} applied`;
};

/** Nobody can ask for it any more. */
const notApplied = ({ pullState }: BoardView, rows: readonly BoardRow[]): string =>
  `${pullState === 'merged' ? 'Merged' : 'Closed'} without being applied: ${named(rows)}`;

/** Never empty, as counts are where only outputs change. */
const toDoOf = (rows: readonly BoardRow[]): string => {
  const changes = toDo(rows);
  return changes === '' ? changesOfAll(rows) : changes;
};

const changesOfAll = (rows: readonly BoardRow[]): string =>
  rows.some((row) => changesOf(row) === 'only outputs change') ? 'only outputs change' : 'no changes';

const waitsForPlan = (rows: readonly BoardRow[]): string =>
  `The author is a bot: waits for a person's /plan of ${named(rows)}`;

const waitsForTrust = ({ headSha }: BoardView, rows: readonly BoardRow[]): string =>
  `Waits for /trust ${headSha.slice(0, 12)}: ${named(rows)}`;

/** Somebody's turn, the server's turn or neither: what is left to apply never lets a merge pass as a required check. */
const applyVerdict = (view: BoardView): Verdict => {
  const { rows } = view;
  const stop = stopped(view);
  if (stop !== null) return stop;
  if (rows.length === 0) return over('success', 'Nothing to apply');
  const unresolved = at(rows, 'unresolved');
  if (unresolved.length > 0)
    return over('failure', `Outcome unknown: ${named(unresolved)}${heldUp(rows, unresolved)}`);
  const failed = at(rows, 'apply failed');
  if (failed.length > 0) return over('failure', `Failed to apply: ${named(failed)}${heldUp(rows, failed)}`);
  const unplanned = at(rows, 'plan failed');
  if (unplanned.length > 0)
    return over(
      'failure',
      `Cannot be applied, the plan failed: ${named(unplanned)}${heldUp(rows, unplanned)}`,
    );
  const refused = at(rows, 'refused');
  if (refused.length > 0)
    return over('failure', `Cannot be applied, it is refused: ${named(refused)}${heldUp(rows, refused)}`);
  const applying = at(rows, 'applying');
  if (applying.length > 0) return open(`Applying ${named(applying)}`);
  const left = at(rows, 'to apply', 'waits for trust', 'in line', 'planning', 'not planned', 'staged');
  if (left.length > 0 && view.noApply != null) return over('failure', titleOf(view.noApply));
  const planning = at(rows, 'planning');
  if (planning.length > 0) return open(`Waiting for the plan of ${named(planning)}`);
  const ready = at(rows, 'to apply').filter(({ afterMerge }) => afterMerge === 'ready');
  const waiting = at(rows, 'to apply').filter((row) => !ready.includes(row));
  const now = withoutOthers(waiting);
  if (now.length > 0) return asks(waitsFor(now));
  const held = at(rows, 'waits for trust');
  if (held.length > 0) return asks(waitsForTrust(view, held));
  const not = at(rows, 'not planned');
  if (not.length > 0)
    return asks(view.pullState === 'open' ? `Waits for /plan of ${named(not)}` : notApplied(view, not));
  const inLine = at(rows, 'in line');
  if (inLine.length > 0) return open(`Waiting in line for another pull request: ${named(inLine)}`);
  if (waiting.length > 0) return asks(waitsFor(waiting));
  const staged = at(rows, 'staged').filter(({ afterMerge }) => afterMerge !== 'ready');
  if (staged.length > 0) return open(`Not planned yet: ${stages(staged)}`);
  if (ready.length > 0) return over('success', `Applies after the merge: ${toDoOf(ready)}`);
  const applied = at(rows, 'applied');
  const contained = at(rows, 'contained');
  if (applied.length === 0 && contained.length > 0) return over('success', within(contained));
  if (applied.length === 0) return over('success', 'Nothing to apply: no changes');
  const done = countsDone(total(applied.flatMap(({ counts }) => (counts === null ? [] : [counts]))));
  return over(
    'success',
    `${count(applied.length, 'project')} applied${done === '' ? '' : `: ${done}`}${leftOf(applied)}`,
  );
};

/** "; 2 changes left" */
const leftOf = (rows: readonly BoardRow[]): string => {
  const many = rows.reduce((sum, { left }) => sum + (left?.remaining.length ?? 0), 0);
  return many === 0 ? '' : `; ${count(many, 'change')} left`;
};

const toDo = (rows: readonly BoardRow[]): string =>
  countsToDo(total(rows.flatMap(({ counts }) => (counts === null ? [] : [counts]))));

/** What is not applied, because what it depends on is not: named where that is in trouble. */
const heldUp = (rows: readonly BoardRow[], trouble: readonly BoardRow[]): string => {
  const names = new Set(trouble.map(({ name }) => name));
  const behind: BoardRow[] = [];
  for (let more = true; more; ) {
    const next = at(rows, 'to apply', 'staged').filter(
      (row) => !behind.includes(row) && (row.after ?? []).some((name) => names.has(name)),
    );
    for (const row of next) names.add(row.name);
    behind.push(...next);
    more = next.length > 0;
  }
  return behind.length === 0 ? '' : `; not applied because of that: ${named(behind)}`;
};

/** Without those that wait for a project which cannot be applied now: what that one waits for comes first. */
const withoutOthers = (waiting: readonly BoardRow[]): readonly BoardRow[] => {
  const kept = waiting.filter(({ after = [] }) =>
    after.every((name) => waiting.some((other) => other.name === name)),
  );
  return kept.length === waiting.length ? kept : withoutOthers(kept);
};

const waitsFor = (waiting: readonly BoardRow[]): string => {
  const changes = toDo(waiting);
  return `Waits for ${wants(waiting)}${changes === '' ? '' : ` (${changes})`}`;
};

/** Of one project in its own words, of several in short: the comment has the words of each. */
const wants = (rows: readonly BoardRow[]): string => {
  const [first] = rows;
  if (first !== undefined && rows.length === 1 && first.next !== '') return first.next.replaceAll('`', '');
  const asked = rows.some(({ unmet }) => unmet === true) ? 'what the rules ask for, then ' : '';
  const begins = rows.filter(({ byItself }) => byItself === true);
  const itself = begins.length === 0 ? null : `the apply of ${named(begins)}, which begins by itself`;
  const commanded = rows.filter((row) => row.afterMerge === undefined && !begins.includes(row));
  if (commanded.length === 0) return `${asked}${itself ?? 'the merge'}`;
  // One command applies them in the order of their dependencies.
  const before = commanded.every(({ after = [] }) => after.length > 0) && itself !== null;
  return `${asked}${before ? `${itself}, then ` : ''}/apply of ${named(commanded)}`;
};

const stagesOf = ({ after = [] }: BoardRow): string =>
  listed(after.length > 3 ? [...after.slice(0, 3), `${after.length - 3} more`] : after);

const rowVerdict = (row: BoardRow): Verdict => {
  const changes = changesOf(row);
  switch (standing(row)) {
    case 'planning':
      if (row.waitsFor === 'restart') return open('The server is being restarted');
      return open(row.state === 'queued' ? 'Queued' : 'Planning');
    case 'in line':
      return open(row.holder === null ? 'Waiting in line' : `Waiting in line for #${row.holder.pullNumber}`);
    case 'not planned':
      if (isUnasked(row)) return asks("Waits for a person's /plan: the author is a bot");
      return row.state === 'cancelled'
        ? over('cancelled', 'Cancelled')
        : asks('Not planned: waits for /plan');
    case 'staged':
      return row.problem === null
        ? open(`Planned after ${(row.after ?? []).length === 0 ? 'others' : stagesOf(row)}`)
        : asks(titleOf(row.problem));
    case 'plan failed':
      return over('failure', 'The plan failed');
    case 'refused':
      return over('failure', 'Refused: nothing of it was run');
    case 'waits for trust':
      return asks(
        `Waits for trust: ${row.preview == null ? 'nothing of it was run' : 'only previewed, offline'}`,
      );
    case 'nothing to do':
      return over('success', `No changes${andWarnings([row])}`);
    case 'to apply':
      return over('success', `Planned: ${changes}${andWarnings([row])}`);
    case 'applying':
      return open(`Applying: ${changes}`);
    case 'applied':
      return over('success', `Applied: ${changes}`);
    case 'contained':
      return over('success', within([row]));
    case 'apply failed':
      return over('failure', 'The apply failed');
    case 'unresolved':
      return over('failure', `The outcome of the ${row.doing ?? 'apply'} is not known`);
  }
};

/** Summary and text of `tidegate/plan` and `tidegate/apply`: the table; details are in the comment. */
const overview = (
  templates: Templates,
  view: BoardView,
  more: readonly Markdown[] = [],
): { readonly summary: string; readonly text: null } => {
  const { heading, lead } = head(view);
  const words = md`**${text(heading)}.** ${phrase(lead.join(' '), 2000)}`;
  const problem = [...(view.problem === null ? [] : [view.problem]), ...noticesOf(view)].map((one) =>
    templates.problem(problemValues(one)),
  );
  for (const limit of [200, 50, 5]) {
    const held = heldSections(view.rows, view.headSha, Math.min(limit, 20));
    const rows =
      view.rows.length === 0
        ? []
        : [templates.table(table(view.rows, limit, { runsUrl: view.runsUrl ?? null }))];
    const last = md`The comment on the pull request has the details.`;
    const summary = join([words, ...problem, ...held, ...rows, ...more, last], '\n\n');
    if (byteLength(summary) <= byteLimit) return { summary, text: null };
  }
  return { summary: words, text: null };
};

export const planCheck = (
  templates: Templates,
  view: BoardView,
  catalogue: DangerCatalogue = emptyCatalogue,
): CheckView => {
  const verdict = planVerdict(view);
  const check = { ...verdict, title: plain(verdict.title) };
  // GitHub only ever adds to them: they come with the result.
  if (verdict.status !== 'completed') return { ...check, ...overview(templates, view) };
  const { annotations, more } = annotationsOf(view, catalogue);
  const left =
    more === 0 ? [] : [md`${text(count(more, 'more line'))} of the files could be marked like the first 50.`];
  const warning = firstOfWarnings(view.rows);
  const told = warning === null ? left : [warning, ...left];
  return { ...check, ...overview(templates, view, told), annotations };
};

export const applyCheck = (templates: Templates, view: BoardView): CheckView => {
  const verdict = applyVerdict(view);
  const past = glassNote(view);
  const more = past === null ? [] : [past];
  return { ...verdict, title: plain(verdict.title), ...overview(templates, view, more) };
};

/** The check of one project, with room for more of its plan than the comment has. */
export const projectCheck = (templates: Templates, row: BoardRow): CheckView => {
  const verdict = rowVerdict(row);
  const next = row.next === '' ? md`` : md` Next: ${phrase(row.next, 300)}`;
  const summary = md`${text(verdict.title)}.${next}`;
  return {
    ...verdict,
    title: plain(verdict.title),
    summary,
    text: longestBoth(templates, row),
  };
};

const longestBoth = (templates: Templates, row: BoardRow): Markdown | null => {
  const list = longestList(row);
  if (list === null) return longestFold(templates, row);
  for (const detail of hasFold(row) ? details : []) {
    const both = join([list, fold(templates, [row], detail)], '\n\n');
    if (byteLength(both) <= byteLimit) return both;
  }
  return list;
};

const longestList = ({ held }: BoardRow): Markdown | null => {
  if (held === undefined || held === null) return null;
  const lists = [50, 20, 5, 1].map((limit) => findingList(held, limit));
  return lists.find((list) => byteLength(list) <= byteLimit) ?? null;
};

const longestFold = (templates: Templates, row: BoardRow): Markdown | null => {
  if (!hasFold(row)) return null;
  for (const detail of details) {
    const body = fold(templates, [row], detail);
    if (byteLength(body) <= byteLimit) return body;
  }
  return null;
};
