import type { Drift } from '../domain/drift/drift.ts';
import type { DriftPull } from '../domain/drift/pull.ts';
import { isOurselves } from '../domain/pull.ts';
import { differences } from './drift-issue.ts';
import { countsInWords } from './drift-words.ts';
import { clipName } from './fold.ts';
import { clip, code, join, type Markdown, md, nothing, text, visible } from './markdown.ts';
import type { ReplyView } from './view.ts';

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

/** What a pull request about drift says. Names and the reason are strangers' text, and nothing in it is believed later. */
export const driftPullWords = (
  one: DriftPull,
  drift: Pick<Drift, 'counts' | 'summary'> | null,
): DriftPullWords => {
  const name = code(clipName(one.name, 100));
  const counts = drift === null ? '' : countsInWords(drift.counts);
  const who = isOurselves(one.asker) ? nothing : md`; who asked cannot approve it`;
  const parts = [
    md`**${name} is not as it was applied**, as #${one.issue} tells. To put it back: ${text(counts === '' ? 'what is planned here' : counts)}.`,
    ...(drift?.summary == null ? [] : differences({ summary: drift.summary })),
    askedBy(one),
    md`No file changes here. The project is planned as the branch has it, and is applied as that of any pull request, with ${code('/apply')} or by the merge, under the same rules${who}. It is closed by itself when the world is as it was applied. Closed without an apply, it leaves everything as it is.`,
  ];
  return {
    title: `Put back drift of ${clip(visible(one.name), 120)} (#${one.issue})`,
    body: join(parts, '\n\n'),
  };
};

/** The last comment on it. */
export const driftPullOver = (one: DriftPull): Markdown =>
  md`**${code(clipName(one.name, 100))} is as it was applied again.** Nothing is left to put back, and no file changes here: Tidegate closes this.`;

/** The same where somebody has put more on it. */
export const driftPullKept = (one: DriftPull): Markdown =>
  md`**${code(clipName(one.name, 100))} is as it was applied again.** Somebody pushed to this since it was opened, so what becomes of it is for people to say.`;

/** Answer to `/followup` on a drift issue. */
export const driftPullReply = ({ number, asker }: Extract<ReplyView, { kind: 'drift-pull' }>): Markdown =>
  md`#${number} puts it back: it is planned there, can be approved there, and is applied there with ${code('/apply')} or by its merge, under the same rules. ${code(asker, 60)} counts as its author.`;
