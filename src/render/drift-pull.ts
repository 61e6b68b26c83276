import type { Drift } from '../domain/drift/drift.ts';
import type { DriftPull } from '../domain/drift/pull.ts';
import { isOurselves } from '../domain/pull.ts';
import { differences } from './drift-issue.ts';
import { countsInWords } from './drift-words.ts';
import { clipName } from './fold.ts';
import { clip, code, join, type Markdown, md, nothing, text, visible } from './markdown.ts';
import type { ReplyView } from './view.ts';
import { count } from './words.ts';

export interface DriftPullWords {
  /** At most 256 characters. */
  readonly title: string;
  readonly body: string;
}

const askedBy = ({ asker, reason }: DriftPull): Markdown => {
  if (isOurselves(asker)) return md`Tidegate opened this by itself, as the settings of the project ask for.`;
  const why = reason === '' ? nothing : md`, who says why: ${code(reason, 500)}`;
  return md`Asked for by ${code(asker.login, 60)}${why}.`;
};

type Known = Pick<Drift, 'counts' | 'summary'> | null;

/** What a pull request about drift says. Names, paths and the reason are strangers' text, and nothing in it is believed later. */
export const driftPullWords = (one: DriftPull, drift: Known): DriftPullWords =>
  one.way === 'restore' ? toRestore(one, drift) : toAdopt(one, drift);

const whoAsked = ({ asker }: DriftPull): Markdown =>
  isOurselves(asker) ? nothing : md`; who asked cannot approve it`;

const toRestore = (one: DriftPull, drift: Known): DriftPullWords => {
  const name = code(clipName(one.name, 100));
  const counts = drift === null ? '' : countsInWords(drift.counts);
  const parts = [
    md`**${name} is not as it was applied**, as #${one.issue} tells. To put it back: ${text(counts === '' ? 'what is planned here' : counts)}.`,
    ...(drift?.summary == null ? [] : differences({ summary: drift.summary })),
    askedBy(one),
    md`No file changes here. The project is planned as the branch has it, and is applied as that of any pull request, with ${code('/apply')} or by the merge, under the same rules${whoAsked(one)}. It is closed by itself when the world is as it was applied. Closed without an apply, it leaves everything as it is.`,
  ];
  return {
    title: `Put back drift of ${clip(visible(one.name), 120)} (#${one.issue})`,
    body: join(parts, '\n\n'),
  };
};

const shownFiles = 20;

const filesOf = ({ files }: DriftPull): Markdown => {
  const shown = files.slice(0, shownFiles).map((path) => code(path, 200));
  const left = files.length - shown.length;
  return left === 0 ? join(shown, ', ') : md`${join(shown, ', ')} and ${text(count(left, 'file'))} more`;
};

const toAdopt = (one: DriftPull, drift: Known): DriftPullWords => {
  const name = code(clipName(one.name, 100));
  const issue = md`#${one.issue}`;
  const parts = [
    md`**${name} is not as it was applied**, as ${issue} tells. This has Git say what is there: its tool wrote ${filesOf(one)}.`,
    ...(drift?.summary == null
      ? []
      : [
          md`What differs from the branch, as it would be put back:`,
          ...differences({ summary: drift.summary }),
        ]),
    askedBy(one),
    md`Somebody changed this behind Tidegate's back: look at whether it is meant. The plan here should have nothing to change; if it has, these files do not say all of what is there, or that was changed again since: close this and comment ${code('/adopt')} on ${issue} once more. It is reviewed and merged as any pull request, under the same rules${whoAsked(one)}. Merged, ${issue} is closed when the next look finds nothing. Closed, it leaves everything as it is.`,
  ];
  return {
    title: `Adopt drift of ${clip(visible(one.name), 120)} (#${one.issue})`,
    body: join(parts, '\n\n'),
  };
};

const agrees = (one: DriftPull): Markdown => {
  const name = code(clipName(one.name, 100));
  return one.way === 'restore'
    ? md`**${name} is as it was applied again.**`
    : md`**${name} is as Git says again.**`;
};

/** The last comment on it. */
export const driftPullOver = (one: DriftPull): Markdown =>
  one.way === 'restore'
    ? md`${agrees(one)} Nothing is left to put back, and no file changes here: Tidegate closes this.`
    : md`${agrees(one)} Nothing is left to write down: Tidegate closes this.`;

/** The same where somebody has put more on it. */
export const driftPullKept = (one: DriftPull): Markdown =>
  md`${agrees(one)} Somebody pushed to this since it was opened, so what becomes of it is for people to say.`;

/** Answer to `/followup` and to `/adopt` on a drift issue. */
export const driftPullReply = ({
  number,
  asker,
  way,
}: Extract<ReplyView, { kind: 'drift-pull' }>): Markdown =>
  way === 'restore'
    ? md`#${number} puts it back: it is planned there, can be approved there, and is applied there with ${code('/apply')} or by its merge, under the same rules. ${code(asker, 60)} counts as its author.`
    : md`#${number} has Git say what is there: it is planned there, which should have nothing to change, and is approved and merged as any pull request. ${code(asker, 60)} counts as its author.`;
