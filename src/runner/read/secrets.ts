import { isFoundElsewhere, isSecretNumber, secretsIn } from '../../domain/secret-value/looks-secret.ts';
import { nameIn } from '../../domain/secret-value/names.ts';
import { compileValues } from '../../observe/known-values.ts';
import { secretForms } from '../../observe/secret-forms.ts';
import type { Span } from '../../observe/spans.ts';
import { printPath } from './attributes.ts';
import { isRecord } from './canonical.ts';
import type { PathStep } from './sides.ts';
import type { TerraformChange } from './terraform-schema.ts';

/** A text equal to a secret of this length is one; shorter ones are words like `on` and `eu`. */
const equalFrom = 4;
/** A secret of this length is found inside longer texts too. */
const insideFrom = 8;
/** A number of fewer digits is one like any other: a port, a count. */
const numberFrom = 6;

/** Secrets with the place of each that is likeliest its source. */
type Found = Map<string, { readonly place: string; readonly rank: number }>;

/** What things are made from comes before what is made from them. */
const rankOf = (owner: string): number => {
  if (owner.startsWith('var.')) return 0;
  if (/(?:^|\.)(?:data\.|random_|tls_|ephemeral\.)/.test(owner)) return 1;
  return owner.startsWith('output.') ? 3 : 2;
};

/** What is but a part of a value has no place of its own. */
const partRank = 9;

/** Whose value is looked at, and where in it: steps are put on the path and taken off again, for a large plan has many places. */
interface At {
  readonly owner: string;
  readonly path: PathStep[];
}

const add = (found: Found, secret: string, { owner, path }: At, whole = true): void => {
  const rank = whole ? rankOf(owner) : partRank;
  const known = found.get(secret);
  if (known !== undefined && known.rank <= rank) return;
  const printed = whole ? printPath(path) : '';
  found.set(secret, {
    place: !whole
      ? ''
      : printed === '' || printed.startsWith('[')
        ? `${owner}${printed}`
        : `${owner}.${printed}`,
    rank,
  });
};

/** All that is in a value which is marked as a whole. */
const collectAll = (value: unknown, at: At, found: Found): void => {
  if (typeof value === 'string') {
    if (value.length >= equalFrom) add(found, value, at);
  } else if (typeof value === 'number') {
    if (String(value).length >= numberFrom) add(found, String(value), at);
  } else if (Array.isArray(value)) {
    for (const [index, one] of value.entries()) collectStep(one, true, index, at, found);
  } else if (isRecord(value))
    for (const key of Object.keys(value)) collectStep(value[key], true, key, at, found);
};

/** Along the mask, which is small as a rule, and not along the value. */
const collect = (value: unknown, mask: unknown, at: At, found: Found): void => {
  if (mask === true) collectAll(value, at, found);
  else if (Array.isArray(mask)) {
    if (Array.isArray(value))
      for (const [index, one] of mask.entries()) collectStep(value[index], one, index, at, found);
  } else if (isRecord(mask) && isRecord(value))
    for (const key of Object.keys(mask))
      if (Object.hasOwn(value, key)) collectStep(value[key], mask[key], key, at, found);
};

const collectStep = (value: unknown, mask: unknown, step: PathStep, at: At, found: Found): void => {
  at.path.push(step);
  collect(value, mask, at, found);
  at.path.pop();
};

const rootOf = (owner: unknown): At => ({ owner: typeof owner === 'string' ? owner : '', path: [] });

/** What nobody marked. `judged` are the names by which it is judged, which may be other than its path; they come and go as its steps. */
const look = (value: unknown, judged: PathStep[], at: At, found: Found): void => {
  if (typeof value === 'string') {
    for (const secret of secretsIn(judged, value))
      if (isFoundElsewhere(secret)) add(found, secret, at, secret === value);
  } else if (typeof value === 'number') {
    if (isSecretNumber(judged, value) && String(value).length >= insideFrom) add(found, String(value), at);
  } else if (Array.isArray(value)) {
    for (const [index, one] of value.entries()) lookInto(one, index, index, judged, at, found);
  } else if (isRecord(value))
    for (const key of Object.keys(value)) lookInto(value[key], nameIn(value, key), key, judged, at, found);
};

const lookInto = (
  value: unknown,
  name: PathStep,
  step: PathStep,
  judged: PathStep[],
  at: At,
  found: Found,
): void => {
  judged.push(name);
  at.path.push(step);
  look(value, judged, at, found);
  judged.pop();
  at.path.pop();
};

/** Nobody is shown what stays as it is. */
const isShown = ({ actions }: TerraformChange): boolean => !/^(?:no-op|read)$/.test(actions.join(','));

const collectChange = (owner: string, change: TerraformChange, found: Found): void => {
  const at = rootOf(owner);
  collect(change.before, change.before_sensitive, at, found);
  collect(change.after, change.after_sensitive, at, found);
  if (!isShown(change)) return;
  const judged = owner.startsWith('output.') ? [owner.slice('output.'.length)] : [];
  look(change.before, judged, at, found);
  look(change.after, judged, at, found);
};

/** Secrets of a plan, longest first, with their places; empty for one that is a part of a value only. */
export type PlanSecrets = ReadonlyMap<string, string>;

/** Looks through a plan, part by part, in any order. */
export interface SecretSearch {
  /** Of the root module, with the values that were given: what a variable was given comes out wherever it is used. */
  variable(name: string, value: unknown, isSensitive: unknown): void;
  /** Both sides of a change. Owner: an address, `output.NAME`. */
  change(owner: string, change: TerraformChange): void;
  /**
   * A resource, or an output (`output.NAME`), in a state as plans show it: what a data source reads while planning stands nowhere else.
   * https://developer.hashicorp.com/terraform/internals/json-format#values-representation
   */
  value(owner: unknown, value: unknown, mask: unknown): void;
  found(): PlanSecrets;
}

/**
 * Every text that the plan marks as sensitive somewhere, and what looks like a secret in what it changes. The tool loses the mark
 * where a provider computes with the value: `terraform_data.output` repeats a sensitive `input` in clear.
 */
export const createSecretSearch = (): SecretSearch => {
  const found: Found = new Map();
  return {
    variable: (name, value, isSensitive) => {
      const at = rootOf(`var.${name}`);
      collect(value, isSensitive, at, found);
      look(value, [name], at, found);
    },
    change: (owner, change) => collectChange(owner, change, found),
    value: (owner, value, mask) => collect(value, mask, rootOf(owner), found),
    found: () => {
      const inOrder = [...found].sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1));
      return new Map(inOrder.map(([secret, { place }]) => [secret, place]));
    },
  };
};

/** Does a text hold one of them, in any form? */
export const createSecretTest = (secrets: Iterable<string>): ((text: string) => boolean) => {
  const equal = new Set(secrets);
  if (equal.size === 0) return () => false;
  const inside = [...equal].filter((text) => text.length >= insideFrom);
  const forms = new Set(inside.flatMap((text) => [...secretForms(text)]));
  const known = compileValues([...forms].filter((form) => form.length >= insideFrom));
  return (text) => {
    if (equal.has(text)) return true;
    if (text.length < insideFrom) return false;
    const spans: Span[] = [];
    known.search(text, 0, known.start(), spans);
    return spans.length > 0;
  };
};
