import { nameIn } from '../../domain/secret-value/names.ts';
import { isRecord, sameValue } from './canonical.ts';
import { marks, maskOf } from './hiding.ts';
import type { TerraformChange } from './terraform-schema.ts';

/*
 * The two sides of a change, and how one goes into them part by part. Asked of every part of every change of a plan.
 */

export type PathStep = string | number;

interface Valued {
  readonly before: unknown;
  readonly after: unknown;
  readonly unknown: unknown;
}

interface Masked extends Valued {
  readonly beforeMask: unknown;
  readonly afterMask: unknown;
}

export interface Sides extends Masked {
  /** The names under which it stands, for judging whether it is a secret. */
  readonly judged: readonly PathStep[];
}

const child = (value: unknown, step: PathStep): unknown => {
  if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
  return isRecord(value) && Object.hasOwn(value, step) ? value[String(step)] : undefined;
};

export const exists = (value: unknown): boolean => value !== undefined && value !== null;

/** By what a part is judged: on one side it may stand beside a name that says secret. */
const judgedAs = ({ before, after }: Sides, step: PathStep): PathStep => {
  if (typeof step === 'number') return step;
  const name = isRecord(after) ? nameIn(after, step) : step;
  return name === step && isRecord(before) ? nameIn(before, step) : name;
};

const maskedInside = (sides: Masked, step: PathStep): Masked => ({
  before: child(sides.before, step),
  after: child(sides.after, step),
  unknown: maskOf(sides.unknown, step),
  beforeMask: maskOf(sides.beforeMask, step),
  afterMask: maskOf(sides.afterMask, step),
});

export const inside = (sides: Sides, step: PathStep): Sides => ({
  ...maskedInside(sides, step),
  judged: [...sides.judged, judgedAs(sides, step)],
});

const isScalar = (value: unknown): boolean => !Array.isArray(value) && !isRecord(value);

/** Lists of plain values read better in one line than index by index. */
const isPlainList = (value: unknown): boolean => Array.isArray(value) && value.every(isScalar);

/** `none`: nothing is there, or a switch, which has no parts and stands beside whatever the other side is. */
const shapeOf = (value: unknown): 'none' | 'record' | 'list' | 'single' => {
  if (!exists(value) || typeof value === 'boolean') return 'none';
  if (Array.isArray(value)) return 'list';
  return isRecord(value) ? 'record' : 'single';
};

/** By code unit, as they mostly come. */
export const inOrder = (keys: readonly string[]): readonly string[] =>
  keys.every((key, at) => at === 0 || (keys[at - 1] ?? '') < key) ? keys : keys.toSorted();

const keysOf = (value: unknown): readonly string[] => (isRecord(value) ? Object.keys(value) : []);

/** Asked of each part of each change, where most have one side, or the same keys on both. */
const recordSteps = ({ before, after, unknown }: Valued): readonly string[] | null => {
  let keys: readonly string[] = [];
  for (const one of [before, after, unknown]) {
    const own = keysOf(one);
    if (keys.length === 0) keys = own;
    else if (!own.every((key, at) => keys[at] === key)) keys = [...new Set([...keys, ...own])];
  }
  return keys.length === 0 ? null : inOrder(keys);
};

const stepsInto = (sides: Valued): readonly PathStep[] | null => {
  const { before, after, unknown } = sides;
  const shapes = [shapeOf(before), shapeOf(after), shapeOf(unknown)];
  if (shapes.includes('single')) return null;
  const isList = shapes.includes('list');
  if (shapes.includes('record')) return isList ? null : recordSteps(sides);
  if (!isList) return null;
  if ((!exists(before) || isPlainList(before)) && (!exists(after) || isPlainList(after)) && !marks(unknown))
    return null;
  const lengthOf = (one: unknown) => (Array.isArray(one) ? one.length : 0);
  const length = Math.max(lengthOf(before), lengthOf(after), lengthOf(unknown));
  return length === 0 ? null : Array.from({ length }, (_, index) => index);
};

const maskedOf = (change: TerraformChange): Masked => ({
  before: change.before,
  after: change.after,
  unknown: change.after_unknown,
  beforeMask: change.before_sensitive,
  afterMask: change.after_sensitive,
});

export const sidesOf = (change: TerraformChange, judged: readonly PathStep[]): Sides => ({
  ...maskedOf(change),
  judged,
});

/** Nothing differs, neither what is there nor who may see it. */
export const isAlike = ({ before, after, unknown, beforeMask, afterMask }: Masked): boolean => {
  if (unknown === true || !sameValue(before, after) || marks(unknown)) return false;
  const marksDiffer = !sameValue(beforeMask ?? false, afterMask ?? false);
  return !marksDiffer || !exists(before) || !(marks(beforeMask) || marks(afterMask));
};

/** What is gone into, to be told part by part; null for what is told as one. */
export const partsOf = (sides: Masked): readonly PathStep[] | null =>
  sides.beforeMask === true || sides.afterMask === true || sides.unknown === true ? null : stepsInto(sides);

export const isThere = ({ before, after, unknown }: Valued): boolean =>
  exists(before) || exists(after) || unknown === true;

const tellsAny = (sides: Masked): boolean => {
  if (isAlike(sides)) return false;
  const steps = partsOf(sides);
  return steps === null ? isThere(sides) : steps.some((step) => tellsAny(maskedInside(sides, step)));
};

/** Is there any difference that would be told? */
export const hasDifferences = (change: TerraformChange): boolean => tellsAny(maskedOf(change));

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
