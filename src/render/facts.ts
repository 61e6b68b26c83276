import type { PlanSummary } from '../domain/plan-summary.ts';
import { code, join, type Markdown, md, phrase, text } from './markdown.ts';
import { toolNotes } from './tool-words.ts';
import { warningList } from './warnings.ts';
import { count } from './words.ts';

const namesUpTo = 5;

/** "`a`, `b` and 3 more" of `all`, of which the summary may hold the first only. */
const names = (listed: readonly { readonly address: string }[], all: number): Markdown => {
  const shown = listed.slice(0, namesUpTo);
  const named = join(
    shown.map(({ address }) => code(address, 200)),
    ', ',
  );
  return all > shown.length
    ? md`${named} and ${text((all - shown.length).toLocaleString('en'))} more`
    : named;
};

const deferredNote = ({ counts, deferred }: PlanSummary): Markdown | null =>
  counts.deferred === 0
    ? null
    : md`${text(count(counts.deferred, 'change waits', 'changes wait'))} for another plan, after this one was applied: ${names(deferred, counts.deferred)}.`;

const invocationNote = ({ counts, invocations }: PlanSummary): Markdown | null =>
  counts.invoke === 0
    ? null
    : md`Applying also invokes ${text(count(counts.invoke, 'action'))} of the provider: ${names(invocations, counts.invoke)}.`;

const checkNote = ({ checkCounts, checks, warnings }: PlanSummary): Markdown | null => {
  const many = checkCounts.fail + checkCounts.error;
  if (many === 0) return null;
  const failing = checks.filter(({ status }) => status === 'fail' || status === 'error');
  const message = failing[0]?.problems[0] ?? '';
  // The tool may have warned of it, and the list of that has its place as well.
  const isTold = warnings?.some(({ detail }) => detail.includes(message)) === true;
  const first = message === '' || isTold ? md`` : md`. The first says: ${phrase(message, 200)}`;
  return md`${text(count(many, 'check does', 'checks do'))} not hold: ${names(failing, many)}${first}`;
};

const driftNote = ({ driftCounts, drift }: PlanSummary): Markdown | null =>
  driftCounts.relevant === 0
    ? null
    : md`Not from this pull request: ${text(count(driftCounts.relevant, 'resource was', 'resources were'))} changed outside of the tool, and the plan follows from that too: ${names(drift, driftCounts.relevant)}.`;

/** What a tool looks for by name and does not find is missing in its plan without a word. */
const awayNote = ({ hasChanges, filesAway = 0 }: PlanSummary): Markdown | null =>
  filesAway === 0 || !hasChanges
    ? null
    : md`Planned without ${text(count(filesAway, 'file'))} of the repository, which the operator does not let it read (${code('reads')}).`;

/** What has to be known of a plan beside its changes, a line each; of most plans there is nothing. */
export const factNotes = (summary: PlanSummary): readonly Markdown[] =>
  [
    ...toolNotes(summary),
    warningList(summary),
    deferredNote(summary),
    invocationNote(summary),
    checkNote(summary),
    driftNote(summary),
    awayNote(summary),
  ].filter((note) => note !== null);
