import { clipName } from './fold.ts';
import { code, join, type Markdown, md, nothing, phrase, text } from './markdown.ts';
import { glassNote } from './post-mortem.ts';
import { suspendedNote } from './suspended.ts';
import { unreadNote } from './unread.ts';
import type { BoardView } from './view.ts';
import { count } from './words.ts';

/** Rules come from the server and the base branch: who edits them in a pull request should know when they count. */
const notTakenNote = ({ notTaken, rulesAfterMerge }: BoardView): Markdown | null => {
  const [first] = notTaken;
  const rules =
    rulesAfterMerge === 0
      ? null
      : md`${text(count(rulesAfterMerge, 'rule'))} of this pull request ${rulesAfterMerge === 1 ? md`takes` : md`take`} effect after the merge; until then it is judged by those of the base branch.`;
  if (first === undefined) return rules;
  const more =
    notTaken.length === 1 ? nothing : md` and of ${text(count(notTaken.length - 1, 'more project'))}`;
  const all = new Set(notTaken.flatMap((one) => one.keys));
  const keys = join(
    [...all].slice(0, 10).map((key) => code(key)),
    ', ',
  );
  return md`This pull request edits ${keys} of ${code(clipName(first.name))}${more}. Only the base branch and the server decide that, so it takes effect after the merge.${rules === null ? nothing : md` ${rules}`}`;
};

/** Whoever reviews a call of a module elsewhere should know that what it is may change without a review. */
const movingNote = ({ notes }: BoardView): Markdown | null => {
  if (notes === undefined || notes === null || notes.moving.length === 0) return null;
  const { moving, moreMoving } = notes;
  const calls = moving.map(
    ({ path, line, source, moves }) =>
      md`${code(source, 100)} at ${code(line === null ? path : `${path}:${line}`, 100)} (${phrase(moves, 80)})`,
  );
  if (moreMoving > 0) calls.push(md`and ${text(count(moreMoving, 'more call'))}`);
  const lead = moving.length + moreMoving === 1 ? md`A module` : md`Modules`;
  return md`${lead} of other repositories may be something else at the next plan: ${join(calls, ', ')}.`;
};

/** Numbers only: whoever reads this may not see the others. */
export const usedByNote = ({
  notes,
}: {
  readonly notes?: BoardView['notes'] | undefined;
}): Markdown | null => {
  if (notes === undefined || notes === null || notes.usedBy === null) return null;
  const { projects, repositories } = notes.usedBy;
  return md`What changes here is used by ${text(count(projects, 'project'))} in ${text(count(repositories, 'repository', 'repositories'))}; ${code('/plan --consumers')} tells more.`;
};

/** What should be known beside the plans. */
export const notesOf = (view: BoardView): Markdown | null => {
  const notes = [
    glassNote(view),
    suspendedNote(view),
    notTakenNote(view),
    unreadNote(view),
    movingNote(view),
    usedByNote(view),
  ].filter((note) => note !== null);
  return notes.length === 0 ? null : join(notes, '\n\n');
};
