import type { HistoryEntry, HistoryKind } from '../domain/tracked.ts';

/** What happened to a project, in a few words without a mark. */
const words: Readonly<Record<HistoryKind, string>> = {
  applied: 'applied',
  failed: 'an apply failed',
  unresolved: 'an apply ended, and nobody knows how',
  part: 'a part of it was applied',
  destroyed: 'its end was applied',
  operated: 'its state was changed by a command',
  moved: 'moved forward: its branch describes the same',
  found: 'found to be as its branch says',
  pending: 'its branch asks for something else',
  gone: 'gone from its branch',
  back: 'on its branch again',
};

export const historyWords = ({ kind }: Pick<HistoryEntry, 'kind'>): string => words[kind];
