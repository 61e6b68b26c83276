import type { CheckAnnotation } from '../domain/check.ts';

/** A forge may put spaces and line breaks in order when it keeps a text. */
const told = (text: string): string => text.replace(/\s+/g, ' ').trim();

const keyOf = ({ path, startLine, endLine, level, title, message }: CheckAnnotation): string =>
  JSON.stringify([path, startLine, endLine, level, told(title), told(message)]);

/**
 * What a check lacks of the annotations that it shall have. They can only be added to, so null where it has one that it shall not: a
 * new check has to take its place.
 */
export const missingAnnotations = (
  there: readonly CheckAnnotation[],
  wanted: readonly CheckAnnotation[],
): readonly CheckAnnotation[] | null => {
  const shall = new Set(wanted.map(keyOf));
  const has = new Set(there.map(keyOf));
  // One that it has twice it got by two writes that did not know of each other.
  if (has.size < there.length || [...has].some((key) => !shall.has(key))) return null;
  return wanted.filter((one) => !has.has(keyOf(one)));
};
