import type { AttributeChange, InnerDifference } from '../../domain/plan-summary.ts';
import { canonical, isRecord, parseExactly, sameValue } from './canonical.ts';
import type { TerraformChange } from './terraform-schema.ts';
import { lineDifference } from './text-lines.ts';

export type PathStep = string | number;

const sensitiveText = '(sensitive value)';
const unknownText = '(known after apply)';
const valueLimit = 400;

/** `a.b[0]["key with dots"]`, as the tool itself writes it. */
export const printPath = (path: readonly PathStep[]): string =>
  path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[A-Za-z_][\w-]*$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');

const child = (value: unknown, step: PathStep): unknown => {
  if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
  return isRecord(value) ? value[String(step)] : undefined;
};

/** A mask is `true` for a whole value, or has the value's shape; a child of `true` is `true`. */
const maskOf = (mask: unknown, step: PathStep): unknown => (mask === true ? true : child(mask, step));

/** Does a mask cover anything at all? */
export const marks = (mask: unknown): boolean => {
  if (mask === true) return true;
  if (Array.isArray(mask)) return mask.some(marks);
  return isRecord(mask) && Object.values(mask).some(marks);
};

const exists = (value: unknown): boolean => value !== undefined && value !== null;

type SecretTest = (text: string) => boolean;

/** JSON text of a value; what the mask covers, and what is known to be secret, is replaced. */
const show = (value: unknown, mask: unknown, isSecret: SecretTest): string => {
  if (mask === true) return sensitiveText;
  const masked = (inner: unknown, innerMask: unknown): unknown => {
    if (innerMask === true) return sensitiveText;
    if (typeof inner === 'string') return isSecret(inner) ? sensitiveText : inner;
    if (Array.isArray(inner)) return inner.map((one, index) => masked(one, maskOf(innerMask, index)));
    if (!isRecord(inner)) return marks(innerMask) ? sensitiveText : inner;
    return Object.fromEntries(
      Object.entries(inner).map(([key, one]) => [key, masked(one, maskOf(innerMask, key))]),
    );
  };
  if (typeof value === 'string' && isSecret(value)) return sensitiveText;
  const text = canonical(masked(value, mask));
  return text.length <= valueLimit
    ? text
    : `${text.slice(0, valueLimit)}… (${text.length - valueLimit} more characters)`;
};

interface Sides {
  readonly before: unknown;
  readonly after: unknown;
  readonly unknown: unknown;
  readonly beforeMask: unknown;
  readonly afterMask: unknown;
}

const inside = (sides: Sides, step: PathStep): Sides => ({
  before: child(sides.before, step),
  after: child(sides.after, step),
  unknown: maskOf(sides.unknown, step),
  beforeMask: maskOf(sides.beforeMask, step),
  afterMask: maskOf(sides.afterMask, step),
});

const isScalar = (value: unknown): boolean => !Array.isArray(value) && !isRecord(value);

/** Lists of plain values read better in one line than index by index. */
const isPlainList = (value: unknown): boolean => Array.isArray(value) && value.every(isScalar);

const stepsInto = (sides: Sides): readonly PathStep[] | null => {
  const { before, after } = sides;
  const shapes = [before, after, sides.unknown].filter((one) => exists(one) && typeof one !== 'boolean');
  if (shapes.length === 0) return null;
  if (shapes.every(isRecord)) {
    const keys = new Set(shapes.flatMap((one) => (isRecord(one) ? Object.keys(one) : [])));
    return keys.size === 0 ? null : [...keys].sort();
  }
  if (!shapes.every(Array.isArray)) return null;
  if ([before, after].every((one) => !exists(one) || isPlainList(one)) && !marks(sides.unknown)) return null;
  const length = Math.max(...shapes.map((one) => (Array.isArray(one) ? one.length : 0)));
  return length === 0 ? null : Array.from({ length }, (_, index) => index);
};

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

/** Of two texts, none of them secret. */
const innerOf = (before: string, after: string, isSecret: SecretTest): InnerDifference | null => {
  const [one, other] = [parsedJson(before), parsedJson(after)];
  if (one === undefined || other === undefined) return lineDifference(before, after);
  const sides = { before: one, after: other, unknown: false, beforeMask: false, afterMask: false };
  return { kind: 'json', changes: differences(sides, { limit: innerUpTo, isSecret, isInner: true }) };
};

interface Telling {
  readonly limit: number;
  readonly isSecret: SecretTest;
  /** Inside JSON text: what is text there is told as it is. */
  readonly isInner: boolean;
  readonly forced?: readonly (readonly PathStep[])[];
  readonly among?: (path: readonly PathStep[]) => boolean;
}

/**
 * Differences between the two sides of a change, attribute by attribute, at most `limit` of them and
 * then one row that states the rest. Nothing that either mask covers is ever printed.
 * @param among which paths are told at all; all when absent
 */
export const attributeChanges = (
  change: TerraformChange,
  limit: number,
  isSecret: SecretTest,
  among: (path: readonly PathStep[]) => boolean = () => true,
): readonly AttributeChange[] =>
  differences(
    {
      before: change.before,
      after: change.after,
      unknown: change.after_unknown,
      beforeMask: change.before_sensitive,
      afterMask: change.after_sensitive,
    },
    { limit, isSecret, isInner: false, among, forced: change.replace_paths ?? [] },
  );

const differences = (all: Sides, telling: Telling): readonly AttributeChange[] => {
  const { limit, isSecret, isInner, forced = [], among = () => true } = telling;
  const found: AttributeChange[] = [];
  let left = 0;

  const add = (path: readonly PathStep[], told: Pick<AttributeChange, 'before' | 'after' | 'inner'>) => {
    if ((told.before === null && told.after === null) || !among(path)) return;
    if (found.length >= limit) {
      left += 1;
      return;
    }
    const forcesReplacement = forced.some((one) => startsWith(path, one) || startsWith(one, path));
    found.push({ path: printPath(path), ...told, forcesReplacement });
  };

  const inner = ({ before, after }: Sides): Pick<AttributeChange, 'inner'> => {
    if (isInner || typeof before !== 'string' || typeof after !== 'string') return {};
    if (found.length >= limit || isSecret(before) || isSecret(after)) return {};
    const told = innerOf(before, after, isSecret);
    return told === null ? {} : { inner: told };
  };

  const visit = (path: readonly PathStep[], sides: Sides): void => {
    const { before, after, beforeMask, afterMask } = sides;
    const whollyUnknown = sides.unknown === true;
    if (!whollyUnknown && !marks(sides.unknown) && sameValue(before, after)) {
      const marksDiffer = !sameValue(beforeMask ?? false, afterMask ?? false);
      if (!marksDiffer || !exists(before) || !(marks(beforeMask) || marks(afterMask))) return;
    }
    // Marked on one side only is hidden on both: most often it is the same value, and who may see it changes.
    const hidden = beforeMask === true || afterMask === true;
    const steps = hidden || whollyUnknown ? null : stepsInto(sides);
    if (steps !== null) {
      for (const step of steps) visit([...path, step], inside(sides, step));
      return;
    }
    add(path, {
      before: exists(before) ? show(before, hidden ? true : beforeMask, isSecret) : null,
      after: whollyUnknown
        ? unknownText
        : exists(after)
          ? show(after, hidden ? true : afterMask, isSecret)
          : null,
      ...(hidden || whollyUnknown ? {} : inner(sides)),
    });
  };

  visit([], all);
  if (left > 0)
    found.push({
      path: `… ${left} more changed attributes`,
      before: null,
      after: null,
      forcesReplacement: false,
    });
  return found;
};

/** How many attributes have a value and keep it, hidden ones too. */
export const unchangedOf = ({ before, after, after_unknown }: TerraformChange): number => {
  if (!isRecord(before) || !isRecord(after)) return 0;
  let many = 0;
  for (const key of Object.keys(before))
    if (
      exists(before[key]) &&
      Object.hasOwn(after, key) &&
      !marks(maskOf(after_unknown, key)) &&
      sameValue(before[key], after[key])
    )
      many += 1;
  return many;
};

/** One value of an output, printable. */
export const outputTexts = (
  change: TerraformChange,
  isSecret: SecretTest,
): { readonly before: string | null; readonly after: string | null } => {
  const hidden = change.before_sensitive === true || change.after_sensitive === true;
  return {
    before: exists(change.before)
      ? show(change.before, hidden ? true : change.before_sensitive, isSecret)
      : null,
    after:
      change.after_unknown === true
        ? unknownText
        : exists(change.after)
          ? show(change.after, hidden ? true : change.after_sensitive, isSecret)
          : null,
  };
};
