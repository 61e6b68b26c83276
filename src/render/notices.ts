import type { Problem } from '../domain/problem.ts';
import { quoted } from '../domain/quote.ts';
import { groupRefused } from './merge-group.ts';
import { pendingNotices } from './pending.ts';
import type { BoardRow, BoardView } from './view.ts';
import { count, isAhead, standing } from './words.ts';

/** A bot's, which is planned only when a person asks for it. */
export const isUnasked = (row: BoardRow): boolean =>
  standing(row) === 'not planned' && row.problem?.code === 'bot';

/** Such a plan may destroy what is only not found: what code looks for by name is missing for its tool without a word. */
const destroysWithout = (rows: readonly BoardRow[]): Problem | null => {
  const some = rows.filter((row) => {
    const { filesAway = 0, counts } = row.summary ?? {};
    return isAhead(row) && filesAway > 0 && (counts?.delete ?? 0) + (counts?.replace ?? 0) > 0;
  });
  const [first] = some;
  if (first === undefined) return null;
  const others = some.length === 1 ? '' : ` and ${count(some.length - 1, 'more project')}`;
  return {
    code: 'files-away',
    sentence: `The plan of ${quoted(first.name)}${others} destroys something, and was made without all files of the repository.`,
    advice:
      'What code looks for by name (`fileset`, `fileexists`) and the operator does not let it read (`reads`) is missing without a word. Look whether that is why.',
  };
};

/** What holds for all that the pull request affects: why nothing was planned by itself, why nothing is applied, or merged. */
export const noticesOf = ({
  rows,
  noApply,
  notMerged,
  refusedGroup,
  pendings,
}: BoardView): readonly Problem[] => {
  const unasked = rows.find(isUnasked)?.problem ?? null;
  const refused = refusedGroup == null ? null : groupRefused(refusedGroup);
  const others = [
    destroysWithout(rows),
    refused,
    unasked,
    rows.length === 0 ? null : (noApply ?? null),
    notMerged ?? null,
  ];
  return [...others.filter((notice) => notice !== null), ...pendingNotices(pendings ?? [])];
};
