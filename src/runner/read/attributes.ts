import type { AttributeChange, InnerDifference } from '../../domain/plan-summary.ts';
import { pathInto } from '../../domain/secret-value/looks-secret.ts';
import { parseExactly } from './canonical.ts';
import type { Hiding } from './hiding.ts';
import { exists, inside, isAlike, isThere, type PathStep, partsOf, type Sides, sidesOf } from './sides.ts';
import type { TerraformChange } from './terraform-schema.ts';
import { lineDifference } from './text-lines.ts';

const unknownText = '(known after apply)';
const valueLimit = 400;

/** `a.b[0]["key with dots"]`, as the tool itself writes it. */
export const printPath = (path: readonly PathStep[], shown: (key: string) => string = (key) => key): string =>
  path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      const key = shown(step);
      if (!/^[A-Za-z_][\w-]*$/.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');

const clipped = (text: string): string =>
  text.length <= valueLimit
    ? text
    : `${text.slice(0, valueLimit)}… (${text.length - valueLimit} more characters)`;

const startsWith = (path: readonly PathStep[], start: readonly PathStep[]): boolean =>
  start.every((step, index) => path[index] === step);

/** Objects and lists only: `"1"` and `"true"` are JSON too, and read best as they are. */
const parsedJson = (text: string): unknown => {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return parseExactly(text);
  } catch {
    return undefined;
  }
};

const innerUpTo = 20;

/** What is hidden on one side is hidden on both: most often it is the same value, and who may see it changes. */
const isHiddenWhole = ({ before, after, beforeMask, afterMask, judged }: Sides, hiding: Hiding): boolean =>
  beforeMask === true || afterMask === true || [before, after].some((one) => hiding.hides(judged, one));

const textsOf = (
  sides: Sides,
  hidden: boolean,
  hiding: Hiding,
): { readonly before: string | null; readonly after: string | null } => {
  const { before, after, beforeMask, afterMask, judged } = sides;
  const whollyUnknown = sides.unknown === true;
  const show = (value: unknown, mask: unknown) => clipped(hiding.show(judged, value, mask));
  const beforeText = exists(before) ? (hidden ? hiding.hidden(before) : show(before, beforeMask)) : null;
  if (whollyUnknown) return { before: beforeText, after: unknownText };
  if (!exists(after)) return { before: beforeText, after: null };
  return {
    before: beforeText,
    after: hidden
      ? exists(before)
        ? hiding.hiddenAfter(before, after)
        : hiding.hidden(after)
      : show(after, afterMask),
  };
};

/** Of two texts that are not hidden as a whole: of JSON it is told part by part what is hidden. */
const innerOf = (sides: Sides, before: string, after: string, hiding: Hiding): InnerDifference | null => {
  const [one, other] = [parsedJson(before), parsedJson(after)];
  if (one !== undefined && other !== undefined) {
    const parts = { before: one, after: other, unknown: false, beforeMask: false, afterMask: false };
    const judged = pathInto(sides.judged);
    return {
      kind: 'json',
      changes: rowsUpTo(differences({ ...parts, judged }, { limit: innerUpTo, hiding, isInner: true })),
    };
  }
  const isOpen = [before, after].every((text) => hiding.text(sides.judged, text) === text);
  return isOpen ? lineDifference(before, after) : null;
};

interface Telling {
  readonly limit: number;
  readonly hiding: Hiding;
  /** Inside JSON text: what is text there is told as it is. */
  readonly isInner: boolean;
  readonly forced?: readonly (readonly PathStep[])[];
  readonly among?: (path: readonly PathStep[]) => boolean;
}

/** The first differences of a change, and how many there are beyond. */
export interface Differences {
  readonly rows: readonly AttributeChange[];
  readonly left: number;
}

/**
 * Differences between the two sides of a change, attribute by attribute, at most `limit` of them. Nothing that either mask covers
 * is ever printed, nor what `hiding` finds.
 * @param among which paths are told at all; all when absent
 */
export const attributeDifferences = (
  change: TerraformChange,
  limit: number,
  hiding: Hiding,
  among: (path: readonly PathStep[]) => boolean = () => true,
): Differences =>
  differences(sidesOf(change, []), {
    limit,
    hiding,
    isInner: false,
    among,
    forced: change.replace_paths ?? [],
  });

/** At most `limit` rows, and then one that states the rest. */
export const rowsUpTo = (
  { rows, left }: Differences,
  limit = Number.POSITIVE_INFINITY,
): readonly AttributeChange[] => {
  const more = left + Math.max(0, rows.length - limit);
  if (more === 0) return rows;
  const rest = {
    path: `… ${more} more changed attributes`,
    before: null,
    after: null,
    forcesReplacement: false,
  };
  return [...rows.slice(0, limit), rest];
};

const differences = (all: Sides, telling: Telling): Differences => {
  const { limit, hiding, isInner, forced = [], among = () => true } = telling;
  const found: AttributeChange[] = [];
  let left = 0;

  const inner = ({ before, after, ...sides }: Sides): Pick<AttributeChange, 'inner'> => {
    if (isInner || typeof before !== 'string' || typeof after !== 'string') return {};
    const told = innerOf({ before, after, ...sides }, before, after, hiding);
    return told === null ? {} : { inner: told };
  };

  const add = (path: readonly PathStep[], sides: Sides) => {
    if (!isThere(sides) || !among(path)) return;
    if (found.length >= limit) {
      left += 1;
      return;
    }
    const hidden = isHiddenWhole(sides, hiding);
    found.push({
      path: printPath(path, hiding.key),
      ...textsOf(sides, hidden, hiding),
      ...(hidden || sides.unknown === true ? {} : inner(sides)),
      forcesReplacement: forced.some((one) => startsWith(path, one) || startsWith(one, path)),
    });
  };

  const visit = (path: readonly PathStep[], sides: Sides): void => {
    if (isAlike(sides)) return;
    const steps = partsOf(sides);
    if (steps === null) add(path, sides);
    else for (const step of steps) visit([...path, step], inside(sides, step));
  };

  visit([], all);
  return { rows: found, left };
};

/** One value of an output, printable. */
export const outputTexts = (
  name: string,
  change: TerraformChange,
  hiding: Hiding,
): { readonly before: string | null; readonly after: string | null } => {
  const sides = sidesOf(change, [name]);
  return textsOf(sides, isHiddenWhole(sides, hiding), hiding);
};
