import type { Exposure, Exposures } from '../plan-summary.ts';
import { isEveryAddress } from './addresses.ts';
import type { AttributeRule, RuleCondition, ValueTest } from './catalogue.ts';
import { forAnybody, forAnything } from './iam-policy.ts';
import { type Node, nodesAt, type RulePath } from './rule-path.ts';

/** What a change makes of one resource, values in clear, with the tool's marks. */
export interface WholeChange {
  readonly before: unknown;
  readonly after: unknown;
  readonly afterUnknown: unknown;
  readonly beforeSensitive: unknown;
  readonly afterSensitive: unknown;
  /** The resource is there before and not after. */
  readonly isGone: boolean;
}

/** How values and paths are told; a secret is not. */
export interface Telling {
  value(value: unknown, isSensitive: boolean): string;
  path(path: Node['path']): string;
}

const foundLimit = 5;
const aboutLimit = 4;
const valuesLimit = 8;

type About = Exposure['about'];

interface Passing {
  readonly value: unknown;
  readonly about: About;
}

interface Match {
  readonly node: Node;
  readonly value: string;
  readonly about: About;
  /** Two of the same are the same opening. */
  readonly key: string;
}

const isMarked = (mask: unknown): boolean =>
  mask === true || (typeof mask === 'object' && mask !== null && Object.values(mask).some(isMarked));

/** Some providers keep a switch as a text. */
const isSame = (one: unknown, value: unknown): boolean =>
  typeof value === 'string' && (typeof one === 'string' || typeof one === 'boolean')
    ? String(one).toLowerCase() === value.toLowerCase()
    : one === (value ?? null);

const isOneOf = (value: unknown, known: readonly unknown[]): boolean =>
  known.some((one) => isSame(one, value));

const isUnknown = ({ unknown }: Node): boolean => unknown === true;

/** What stands there; where nothing does, one node without a value. */
const valuesAt = (start: Node, path: RulePath): readonly Node[] => {
  const nodes = nodesAt(start, path);
  return nodes.length === 0 ? [{ ...start, value: null, path: [...start.path, ...keysOf(path)] }] : nodes;
};

const keysOf = (path: RulePath): readonly string[] =>
  path.flatMap((step) => (typeof step === 'object' ? [step.key] : []));

const holds = (block: Node, { path, values, among }: RuleCondition): boolean =>
  valuesAt(block, path).some((node) => !isUnknown(node) && isOneOf(node.value, values) === among);

const passing = ({ value }: Node, is: ValueTest): readonly Passing[] => {
  switch (is) {
    case 'every-address':
      return typeof value === 'string' && isEveryAddress(value) ? [{ value, about: [] }] : [];
    case 'policy-for-anybody':
      return forAnybody(value);
    case 'policy-for-anything':
      return forAnything(value);
    default:
      return isOneOf(value, is) ? [{ value, about: [] }] : [];
  }
};

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

/** Plain values at a path, those of a list one by one. What has an inside tells nobody which port it is. */
const scalarsAt = (block: Node, path: RulePath): readonly { value: unknown; isSensitive: boolean }[] =>
  nodesAt(block, path).flatMap((node) =>
    isUnknown(node)
      ? []
      : (Array.isArray(node.value) ? node.value : [node.value])
          .filter((one: unknown) => isScalar(one) && one !== '')
          .map((value: unknown) => ({ value, isSensitive: isMarked(node.sensitive) })),
  );

const aboutOf = (block: Node, paths: readonly RulePath[], telling: Telling): About =>
  paths.flatMap((path) => {
    const values = new Set(
      scalarsAt(block, path).map(({ value, isSensitive }) => telling.value(value, isSensitive)),
    );
    if (values.size === 0) return [];
    const over = values.size - valuesLimit;
    const told = [...values].slice(0, valuesLimit);
    return [
      {
        path: keysOf(path).join('.'),
        value: [...told, ...(over > 0 ? [`${over} more`] : [])].join(', '),
      },
    ];
  });

/** Values as they are, for comparing: what is not told makes another opening as well. */
const plainly = (block: Node, paths: readonly RulePath[]): readonly unknown[] =>
  paths.map((path) => scalarsAt(block, path).map(({ value }) => value));

const keyOf = (rule: AttributeRule, block: Node, { value, about }: Passing): string =>
  // Off is off, said or not said; a protection has one way to be off, an opening many to be open.
  JSON.stringify([
    rule.kind === 'protection-off' ? null : (value ?? false),
    plainly(block, rule.about),
    about,
  ]);

const matchesOf = (rule: AttributeRule, path: RulePath, side: Node, telling: Telling): readonly Match[] =>
  nodesAt(side, rule.block)
    .filter((block) => !isUnknown(block) && rule.when.every((condition) => holds(block, condition)))
    .flatMap((block) =>
      valuesAt(block, path)
        .filter((node) => !isUnknown(node))
        .flatMap((node) =>
          passing(node, rule.is).map((found): Match => {
            const isSensitive = isMarked(node.sensitive);
            const inside = isSensitive
              ? []
              : found.about.map((one) => ({ ...one, value: telling.value(one.value, false) }));
            return {
              node,
              value: telling.value(found.value, isSensitive),
              about: [...aboutOf(block, rule.about, telling), ...inside].slice(0, aboutLimit),
              key: keyOf(rule, block, found),
            };
          }),
        ),
    );

const sides = (change: WholeChange): { readonly before: Node | null; readonly after: Node } => ({
  before:
    (change.before ?? null) === null
      ? null
      : { value: change.before, unknown: false, sensitive: change.beforeSensitive, path: [] },
  after: { value: change.after, unknown: change.afterUnknown, sensitive: change.afterSensitive, path: [] },
});

const attribute = (side: unknown, name: string): unknown =>
  typeof side === 'object' && side !== null && Object.hasOwn(side, name)
    ? Reflect.get(side, name)
    : undefined;

const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;

/**
 * Can the rule have nothing to say, by a look at whole attributes? Most of them are there and stay, or are not there at all,
 * and a plan has tens of thousands.
 */
const isIdle = ({ attributes }: AttributeRule, { before, after, afterUnknown }: WholeChange): boolean => {
  const isNew = (before ?? null) === null;
  return attributes.every((name) => {
    const now = attribute(after, name);
    const was = attribute(before, name);
    if (isNew) return now === undefined;
    return isPlain(now) && (now ?? null) === (was ?? null) && attribute(afterUnknown, name) === undefined;
  });
};

const byRule = (rule: AttributeRule, change: WholeChange, telling: Telling): readonly Exposure[] => {
  const { kind, says, path, ofNew } = rule;
  if (path === null)
    return change.isGone ? [{ kind, says, path: null, before: null, after: null, about: [] }] : [];
  const { before, after } = sides(change);
  if (isIdle(rule, change)) return [];
  // What goes opens nothing.
  if (change.isGone || (before === null && !ofNew)) return [];
  const now = matchesOf(rule, path, after, telling);
  if (now.length === 0) return [];
  const was = new Set((before === null ? [] : matchesOf(rule, path, before, telling)).map(({ key }) => key));
  return now
    .filter(({ key }) => !was.has(key))
    .map(({ node, value, about }) => ({
      kind,
      says,
      path: telling.path(node.path),
      before: before === null ? null : scalarBefore(before, node, telling),
      after: (node.value ?? null) === null ? null : value,
      about,
    }));
};

/** Of a switch or a number it is told; elements of lists move about. */
const scalarBefore = (before: Node, { path }: Node, telling: Telling): string | null => {
  let node: unknown = before.value;
  let mask: unknown = before.sensitive;
  for (const step of path) {
    node = typeof node === 'object' && node !== null ? Reflect.get(node, step) : undefined;
    mask = mask === true || (typeof mask === 'object' && mask !== null ? Reflect.get(mask, step) : undefined);
  }
  return typeof node === 'boolean' || typeof node === 'number' ? telling.value(node, mask === true) : null;
};

/**
 * What a change takes away and opens by these rules: what is there after it and was not before. A value that nobody
 * knows before the apply is no finding. One that is marked as sensitive is, and is not told: marks must not hide an opening.
 */
export const exposuresOf = (
  rules: readonly AttributeRule[],
  change: WholeChange,
  telling: Telling,
): Exposures | null => {
  // Of most kinds of resources.
  if (rules.length === 0) return null;
  const all = new Map<string, Exposure>();
  for (const rule of rules)
    for (const exposure of byRule(rule, change, telling)) all.set(JSON.stringify(exposure), exposure);
  if (all.size === 0) return null;
  const of = (kind: Exposure['kind']) => [...all.values()].filter((one) => one.kind === kind);
  const [openings, protections] = [of('opening'), of('protection-off')];
  const over = ({ length }: readonly Exposure[]) => Math.max(0, length - foundLimit);
  return {
    found: [...protections.slice(0, foundLimit), ...openings.slice(0, foundLimit)],
    more: { opening: over(openings), 'protection-off': over(protections) },
  };
};
