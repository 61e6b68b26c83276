import type { Followup, LeftProject, LeftReason } from '../domain/followup.ts';
import { clipName } from './fold.ts';
import { code, join, type Markdown, md, text } from './markdown.ts';

/** Of projects, in one list. */
const shown = 50;

const words: Readonly<Record<LeftReason, string>> = {
  differs: 'what was planned after the merge is not what was agreed to before it',
  failed: 'its apply failed',
  partial: 'less than all of it was applied',
  waits: 'its apply has not begun',
  'given-up': 'its apply was given up',
  never: 'it was not applied',
};

/** What is left, a line for each project. */
export const leftList = (
  projects: readonly Pick<LeftProject, 'name' | 'because'>[],
  limit = shown,
): Markdown => {
  const items = projects
    .slice(0, limit)
    .map(({ name, because }) => md`- ${code(clipName(name))}: ${text(words[because])}`);
  if (projects.length > limit) items.push(md`- and ${projects.length - limit} more`);
  return join(items, '\n');
};

export const followupTitle = ({ pullNumber }: Pick<Followup, 'pullNumber'>): string =>
  `Follow up on #${pullNumber}`;

/** The description of a pull request of our own. Names and the reason are strangers' text, and nothing in it is believed later. */
export const followupBody = (
  followup: Pick<Followup, 'pullNumber' | 'commit' | 'projects' | 'asker'>,
  reason: string,
): Markdown => {
  const { pullNumber, commit, projects, asker } = followup;
  const why = reason === '' ? md`` : md`, who says why: ${code(reason, 500)}`;
  return join(
    [
      md`#${pullNumber} was merged as ${code(commit.slice(0, 12))}, and this is left to apply of it:`,
      leftList(projects),
      md`Asked for by ${code(asker.login, 60)}${why}.`,
      md`No file changes here. These projects are planned as the base branch has them now, and are applied as those of any pull request, under the same rules; who asked and who wrote #${pullNumber} cannot approve it. Closed without an apply, it leaves everything as it was.`,
    ],
    '\n\n',
  );
};
