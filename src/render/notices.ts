import type { Problem } from '../domain/problem.ts';
import { groupRefused } from './merge-group.ts';
import { pendingNotices } from './pending.ts';
import type { BoardRow, BoardView } from './view.ts';
import { standing } from './words.ts';

/** A bot's, which is planned only when a person asks for it. */
export const isUnasked = (row: BoardRow): boolean =>
  standing(row) === 'not planned' && row.problem?.code === 'bot';

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
  const others = [refused, unasked, rows.length === 0 ? null : (noApply ?? null), notMerged ?? null];
  return [...others.filter((notice) => notice !== null), ...pendingNotices(pendings ?? [])];
};
