import type { Problem } from '../domain/problem.ts';
import { groupRefused } from './merge-group.ts';
import type { BoardRow, BoardView } from './view.ts';
import { standing } from './words.ts';

/** A bot's, which is planned only when a person asks for it. */
export const isUnasked = (row: BoardRow): boolean =>
  standing(row) === 'not planned' && row.problem?.code === 'bot';

/** What holds for all that the pull request affects: why nothing was planned by itself, why nothing is applied, or merged. */
export const noticesOf = ({ rows, noApply, notMerged, refusedGroup }: BoardView): readonly Problem[] => {
  const unasked = rows.find(isUnasked)?.problem ?? null;
  const refused = refusedGroup == null ? null : groupRefused(refusedGroup);
  return [refused, unasked, rows.length === 0 ? null : (noApply ?? null), notMerged ?? null].filter(
    (notice) => notice !== null,
  );
};
