import { fingerprintOf, hiddenText, hiddenUnchanged, isHidden } from '../domain/hidden-text.ts';
import type { AttributeChange, PlanSummary } from '../domain/plan-summary.ts';
import { clip, visible } from './markdown.ts';

/** A note behind a line. */
export const noteOn = (notes: readonly (string | null)[]): string => {
  const said = notes.filter((note) => note !== null);
  return said.length === 0 ? '' : `  # ${said.join('; ')}`;
};

/** Of two hidden values: do they differ, as far as is known? Null where it takes no words of its own. */
export const hiddenChange = (before: string, after: string): string | null => {
  const [was, is] = [fingerprintOf(before), fingerprintOf(after)];
  if (was !== null && is !== null)
    return was === is ? `(sensitive, ${was}: unchanged)` : `(sensitive, ${was} → ${is})`;
  if (after === hiddenUnchanged) return after;
  if (before !== after || !isHidden(after)) return null;
  // Too easy to guess for a fingerprint.
  return after === hiddenText(null)
    ? '(sensitive value changes)'
    : `${clip(visible(after), 160)}, where a sensitive value changes`;
};

/** Of secrets that are shown by their fingerprints, where each comes from. */
export type Sources = ReadonlyMap<string, string>;

export const sourcesOf = ({ sameValues = [] }: PlanSummary): Sources =>
  new Map(sameValues.map(({ fingerprint, place }) => [fingerprint, place]));

/** @param place of the value itself, as `SameValue` has them */
export const sourceNote = (
  place: string,
  { before, after }: Pick<AttributeChange, 'before' | 'after'>,
  sources: Sources,
): string | null => {
  const source = sources.get(fingerprintOf(after ?? before) ?? '');
  return source === undefined || source === place ? null : `same as ${clip(visible(source), 200)}`;
};

const marks = ({ resources, outputs }: PlanSummary): readonly string[] =>
  Array.from(
    JSON.stringify([resources, outputs]).matchAll(/\(sensitive, ([a-z2-7]{8})\)/g),
    ([, mark = '']) => mark,
  );

/** Does it show a secret by its fingerprint? */
export const hasFingerprints = (summary: PlanSummary): boolean => marks(summary).length > 0;

/**
 * What is said of where its secrets come from, in their order. Plans that would do the same may take them from different places,
 * and their fingerprints differ wherever they are.
 */
export const sourcesSaid = (summary: PlanSummary): readonly (string | null)[] => {
  const sources = sourcesOf(summary);
  return sources.size === 0 ? [] : marks(summary).map((mark) => sources.get(mark) ?? null);
};
