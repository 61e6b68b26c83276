import { ownValue } from '../../domain/own-value.ts';
import type { PlanSummary } from '../../domain/plan-summary.ts';
import { countEntries, type DiffEntry, destructive, diffEntries } from '../diff.ts';
import { visible, visibleLines } from '../markdown.ts';
import { plainToolNotes } from '../tool-words.ts';
import { plainWarnings } from '../warnings.ts';
import { countsToDo } from '../words.ts';

const signs: Readonly<Record<string, string>> = {
  '+': 'd-add',
  '-': 'd-del',
  '!': 'd-rep',
  '~': 'd-mod',
  '#': 'd-note',
};

/** Entries that a page shows; a filter finds the others. */
const mostEntries = 1_000;
const mostCharacters = 500_000;

/**
 * The name of a change in an address. One for each name, and the same whenever it is made, so that people can point at a change;
 * of letters that need no escape in an address, nor in HTML.
 */
export const anchorOf = (name: string): string =>
  name.replaceAll(/[^A-Za-z0-9._-]/gu, (character) => `~${(character.codePointAt(0) ?? 0).toString(16)}~`);

const entryOf = ({ name, text }: DiffEntry) => ({
  anchor: anchorOf(name),
  name: visible(name),
  lines: visibleLines(text)
    .split('\n')
    .map((line) => ({ look: ownValue(signs, line.slice(0, 1)) ?? '', text: line })),
});

/**
 * A plan as its page shows it.
 *
 * @param filter words that all have to stand in a change, in its name or its lines, in any case; empty: every change is shown
 */
export const planOf = (summary: PlanSummary, filter: string) => {
  const wanted = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const all = countEntries(summary);
  const shown: DiffEntry[] = [];
  let found = 0;
  let size = 0;
  for (const entry of diffEntries(summary, 'attributes')) {
    const text = entry.text.toLowerCase();
    if (!wanted.every((word) => text.includes(word))) continue;
    found += 1;
    if (shown.length === mostEntries || size > mostCharacters) continue;
    shown.push(entry);
    size += entry.text.length;
  }
  const counts = countsToDo(summary.counts);
  return {
    counts: counts !== '' ? counts : summary.hasChanges ? 'only outputs change' : 'no changes',
    notes: [...plainWarnings(summary), ...plainToolNotes(summary)],
    danger: destructive(summary).length,
    entries: shown.map(entryOf),
    more: found - shown.length,
    filter,
    isFiltered: wanted.length > 0,
    hasFilter: all > 1,
    found: `${found.toLocaleString('en')} of ${all.toLocaleString('en')}`,
  };
};
