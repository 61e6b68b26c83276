import { isHidden, maySame } from './hidden-text.ts';
import type {
  AttributeChange,
  ChangeAction,
  OutputChange,
  PlanSummary,
  ResourceChange,
} from './plan-summary.ts';

/** An attribute of which two plans do not make the same. */
export interface ValueDifference {
  readonly path: string;
  /** What it becomes by each plan. Null: that is not for everybody's eyes, or it is not what differs. */
  readonly becomes: { readonly from: string | null; readonly to: string | null } | null;
}

/** A resource, or an output, that two plans do not treat alike. */
export interface Difference {
  /** A resource's address, an output's name. */
  readonly name: string;
  /** What the one plan does with it, and what the other; null where it is not in it. Equal: it is done in another way. */
  readonly from: ChangeAction | null;
  readonly to: ChangeAction | null;
  /** Where both do the same: what comes out of it. Empty: it is something else about it. */
  readonly values: readonly ValueDifference[];
}

/** What else a plan says that an apply would do, or what with. */
export type OtherPart = 'reads' | 'deferred' | 'invocations' | 'tool';

/** What another plan does that one does not, as far as their summaries know. */
export interface PlanComparison {
  /** Each of them, in the order of danger: what is destroyed or made anew now, and was not to be, is first. */
  readonly resources: readonly Difference[];
  /** In the order of their names. */
  readonly outputs: readonly Difference[];
  readonly others: readonly OtherPart[];
}

/** Nothing differs that a summary knows of. Plans of other digests then differ in their inputs, or in a value that it does not hold. */
export const isAlike = ({ resources, outputs, others }: PlanComparison): boolean =>
  resources.length + outputs.length + others.length === 0;

/** Fields that say something: one that is undefined is as good as none. */
const saysOf = (value: object, but: string | null): number => {
  let says = 0;
  for (const key in value) if (key !== but && Reflect.get(value, key) !== undefined) says += 1;
  return says;
};

/**
 * Is it the same, as far as the summaries know? The order of an object's fields means nothing: it may come from the reader of a plan,
 * or from the store. Asked of each of thousands of resources, most of which differ at the same place: nothing is made for it.
 *
 * @param but a field that says nothing of its own
 */
const isSame = (one: unknown, other: unknown, but: string | null = null): boolean => {
  if (one === other) return true;
  if (typeof one === 'string' && typeof other === 'string') return maySame(one, other);
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other))
    return (
      Array.isArray(one) &&
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((each, at) => isSame(each, other[at]))
    );
  for (const key in one) {
    if (key === but) continue;
    const value: unknown = Reflect.get(one, key);
    if (value !== undefined && !isSame(value, Reflect.get(other, key))) return false;
  }
  return saysOf(one, but) === saysOf(other, but);
};

const destroys = (action: ChangeAction | null): boolean => action === 'delete' || action === 'replace';

/** Would destroy, by the other plan, what it would not by the one, or in another way. */
export const becomesDestructive = ({ from, to }: Difference): boolean => from !== to && destroys(to);

const rank = (difference: Difference): number => {
  const { from, to } = difference;
  if (becomesDestructive(difference)) return 0;
  if (destroys(to)) return 1;
  if (from !== null && to !== null && from !== to) return 2;
  if (from === null) return 3;
  return to === null ? 5 : 4;
};

/** Entries for what a reader left out begin with it. */
const cut = '…';

/**
 * The path under which an attribute may be named: the mark that covers it, where the other plan marks it, or what it is in, as
 * sensitive; null where that cannot be told.
 */
const nameOf = (path: string, marks: readonly string[]): string | null => {
  const mark = marks.find(
    (one) => path === one || (path.startsWith(one) && /^[.[]/.test(path.slice(one.length))),
  );
  if (mark !== undefined) return mark;
  return path.startsWith(cut) || marks.some((one) => one.startsWith(cut)) ? null : path;
};

/** Mostly it is in the same place of both. */
const samePath = (
  { attributes }: ResourceChange,
  path: string,
  likely: number,
): AttributeChange | undefined => {
  const there = attributes[likely];
  return there?.path === path ? there : attributes.find((one) => one.path === path);
};

const valuesOf = (from: ResourceChange, to: ResourceChange): readonly ValueDifference[] => {
  const found = new Map<string, ValueDifference>();
  const marks = [...from.sensitive, ...to.sensitive];
  const compare = (
    path: string,
    before: AttributeChange | undefined,
    after: AttributeChange | undefined,
  ): void => {
    if (isSame(before, after)) return;
    const name = nameOf(path, marks);
    if (name === null) return;
    const isOpen =
      name === path &&
      // Of a list that is told as one value, a part may be marked.
      !marks.some((mark) => mark.startsWith(path)) &&
      before !== undefined &&
      after !== undefined &&
      before.after !== after.after &&
      ![before.before, before.after, after.before, after.after].some(isHidden);
    const becomes = isOpen ? { from: before.after, to: after.after } : null;
    found.set(name, { path: name, becomes });
  };
  from.attributes.forEach((one, at) => {
    compare(one.path, one, samePath(to, one.path, at));
  });
  to.attributes.forEach((one, at) => {
    if (samePath(from, one.path, at) === undefined) compare(one.path, undefined, one);
  });
  return [...found.values()];
};

const outputValue = (from: OutputChange, to: OutputChange): readonly ValueDifference[] => {
  const isOpen = from.after !== to.after && ![from.before, from.after, to.before, to.after].some(isHidden);
  return [{ path: 'value', becomes: isOpen ? { from: from.after, to: to.after } : null }];
};

const byName = (one: Difference, other: Difference): number =>
  one.name < other.name ? -1 : Number(one.name > other.name);

const differences = <T extends { readonly action: ChangeAction }>(
  from: ReadonlyMap<string, T>,
  to: ReadonlyMap<string, T>,
  values: (from: T, to: T) => readonly ValueDifference[],
): readonly Difference[] => {
  const found: Difference[] = [];
  const compare = (name: string, one: T | undefined, other: T | undefined): void => {
    // Exposures say again what the values say, by a catalogue that may be another one by now.
    if (isSame(one, other, 'exposures')) return;
    const isInBoth = one !== undefined && other !== undefined && one.action === other.action;
    const actions = { from: one?.action ?? null, to: other?.action ?? null };
    found.push({ name, ...actions, values: isInBoth ? values(one, other) : [] });
  };
  for (const [name, one] of from) compare(name, one, to.get(name));
  for (const [name, other] of to) if (!from.has(name)) compare(name, undefined, other);
  return found.sort(byName);
};

const resourcesOf = ({ resources }: PlanSummary): ReadonlyMap<string, ResourceChange> =>
  new Map(resources.map((one) => [one.address, one]));

const outputsOf = ({ outputs }: PlanSummary): ReadonlyMap<string, OutputChange> =>
  new Map(outputs.filter(({ action }) => action !== 'no-op').map((one) => [one.name, one]));

const othersOf = (from: PlanSummary, to: PlanSummary): readonly OtherPart[] => {
  const tool = from.toolVersion === to.toolVersion ? [] : (['tool'] as const);
  // An older Tidegate did not look for the rest.
  if (from.facts === 'some' || to.facts === 'some') return tool;
  const parts = [
    ['reads', 'read'],
    ['deferred', 'deferred'],
    ['invocations', 'invoke'],
  ] as const;
  const differing = parts.flatMap(([part, counted]) =>
    from.counts[counted] === to.counts[counted] && isSame(from[part], to[part]) ? [] : [part],
  );
  return [...differing, ...tool];
};

/** What a second plan would do that the first would not, and the other way around. An address is at most once in a plan. */
export const comparePlans = (from: PlanSummary, to: PlanSummary): PlanComparison => ({
  resources: differences(resourcesOf(from), resourcesOf(to), valuesOf).toSorted(
    (one, other) => rank(one) - rank(other),
  ),
  outputs: differences(outputsOf(from), outputsOf(to), outputValue),
  others: othersOf(from, to),
});
