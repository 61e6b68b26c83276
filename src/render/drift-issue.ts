import type { Drift } from '../domain/drift/drift.ts';
import { short } from '../domain/ids.ts';
import { tagOf } from '../domain/tags/ref.ts';
import { byteLength } from './budget.ts';
import { countEntries, diffEntries } from './diff.ts';
import { countsInWords } from './drift-words.ts';
import { clipName } from './fold.ts';
import { clip, code, fence, join, type Markdown, marked, md, phrase, text, visible } from './markdown.ts';
import { count } from './words.ts';

/** Of the difference: an issue is read, and `/plan` on it has all of it. */
const roomFor = 20_000;

export interface DriftIssueView {
  readonly drift: Drift;
  readonly environment: string | null;
  /** The pull request that is open to put it back; null: none is. */
  readonly pull: number | null;
  /** The same of one that has Git say what is there. */
  readonly adopt: number | null;
  /** Its runner can write down what is there. */
  readonly codifies: boolean;
  /** Not null: it is to be put back without a command. */
  readonly byItself: {
    /** `pr`: in a pull request that is opened by itself. */
    readonly mode: 'pr' | 'apply';
    /** Why it is not, a sentence. */
    readonly held: string | null;
    /** It came back too often, the last time then (Unix milliseconds). */
    readonly stoppedAt: number | null;
  } | null;
}

export interface DriftIssueWords {
  /** At most 256 characters. */
  readonly title: string;
  readonly body: string;
}

/** Whole changes only, as many as there is room for. */
export const differences = ({ summary }: Pick<Drift, 'summary'>): readonly Markdown[] => {
  if (summary === null) return [];
  const shown: string[] = [];
  let bytes = 0;
  for (const { text: entry } of diffEntries(summary, 'attributes')) {
    bytes += byteLength(entry) + 1;
    if (bytes > roomFor) break;
    shown.push(entry);
  }
  const left = countEntries(summary) - shown.length;
  return [
    ...(shown.length === 0 ? [] : [fence(shown.join('\n'), 'diff')]),
    ...(left === 0 ? [] : [md`And ${text(count(left, 'change'))} more, which ${code('/plan')} here shows.`]),
  ];
};

const where = ({ ref, commit }: Drift): Markdown => {
  const branch = code(clip(ref.replace(/^refs\/(?:heads|tags)\//, ''), 100));
  return commit === null ? branch : md`${branch} at ${code(short(commit))}`;
};

const titleOf = ({ drift, environment }: DriftIssueView): string => {
  const name = clip(visible(drift.name), 120);
  const label = environment === null ? '' : ` (${clip(visible(environment), 60)})`;
  return `Drift: ${name}${label} is not as it was applied`;
};

const byItselfIn = ({ byItself, pull, adopt }: DriftIssueView): readonly Markdown[] => {
  if (byItself === null) return [];
  if (byItself.mode === 'pr') {
    if (pull !== null || adopt !== null) return [];
    return byItself.held === null
      ? [md`Tidegate opens a pull request that puts it back.`]
      : [md`**Tidegate opens no pull request by itself:** ${phrase(byItself.held, 500)}`];
  }
  return byItself.held === null
    ? [md`Tidegate puts it back by itself, within the ${code('limits')} of its settings.`]
    : [md`**Tidegate does not put it back by itself:** ${phrase(byItself.held, 500)}`];
};

const howToPutBack = ({ pull, drift }: DriftIssueView): Markdown => {
  if (pull !== null)
    return md`- To put it back: #${pull} is open for it, where it can be approved and applied.`;
  // No pull request plans what follows tags.
  const otherwise =
    tagOf(drift.ref) === null
      ? md` Where they ask for approvals: ${code('/followup')} opens a pull request that can be approved.`
      : md``;
  return md`- To put it back: comment ${code('/plan')} here, then ${code('/apply')}, under the rules that hold on a pull request.${otherwise}`;
};

const howToKeep = ({ adopt, codifies, drift }: DriftIssueView): Markdown => {
  const passOver = md`pass it over with ${code('ignore')} of the project's ${code('drift')}`;
  if (adopt !== null) return md`- To keep what is there: merge #${adopt}, which has Git say it.`;
  // Nor is it written down for what follows tags.
  return codifies && tagOf(drift.ref) === null
    ? md`- To keep what is there: ${code('/adopt')} opens a pull request that has Git say it. Or ${passOver}.`
    : md`- To keep what is there: open a pull request that says so, or ${passOver}.`;
};

/** What the issue of a project says while it drifts. No times: a look that finds the same must not edit it. */
export const driftIssue = (marker: string, view: DriftIssueView): DriftIssueWords => {
  const { drift } = view;
  const name = code(clipName(drift.name, 100));
  const ignored =
    drift.ignored === 0
      ? md``
      : md` ${text(count(drift.ignored, 'change'))} ${text(drift.ignored === 1 ? 'is' : 'are')} passed over, as the settings say.`;
  const parts = [
    md`**${name} is not as ${where(drift)} says.** To put it back: ${text(countsInWords(drift.counts))}.${ignored}`,
    ...differences(drift),
    ...byItselfIn(view),
    md`Somebody, or something, changed what Tidegate had applied. Nothing was changed by looking.`,
    md`${howToPutBack(view)}\n${howToKeep(view)}`,
    md`This issue is the project's only one: it is edited when something else drifts, and closes by itself.`,
  ];
  return { title: titleOf(view), body: marked(marker, join(parts, '\n\n')) };
};

/** The same issue when there is nothing to tell any more. */
export const driftIssueOver = (marker: string, view: DriftIssueView): DriftIssueWords => {
  const { drift } = view;
  const name = code(clipName(drift.name, 100));
  const said =
    drift.status === 'pending'
      ? md`**${name} is pending:** what differs is what its branch asks for, and no drift.`
      : drift.status === 'clean'
        ? md`**${name} is as ${where(drift)} says.**`
        : md`**Nobody looks for drift of ${name} any more.**`;
  return { title: titleOf(view), body: marked(marker, said) };
};

/**
 * A comment, which notifies people: it drifts in another way than they were told, or again.
 *
 * @param anew the issue was closed
 */
export const driftAgain = (marker: string, { drift }: DriftIssueView, anew: boolean): string =>
  marked(
    marker,
    md`**It drifts ${text(anew ? 'again' : 'otherwise now')}.** To put it back: ${text(countsInWords(drift.counts))}. The text above has it all.`,
  );

/** A comment as well: nothing more is done by itself, and nobody would be told. */
export const driftStopped = (marker: string, held: string): string =>
  marked(marker, md`**Tidegate does not put it back any more.** ${phrase(held, 500)}`);
