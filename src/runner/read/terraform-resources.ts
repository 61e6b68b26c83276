import { addressParts } from '../../domain/address-parts.ts';
import type { DangerCatalogue } from '../../domain/danger/catalogue.ts';
import type { AttributeChange, ResourceChange } from '../../domain/plan-summary.ts';
import { attributeDifferences, type Differences, printPath, rowsUpTo } from './attributes.ts';
import { isRecord } from './canonical.ts';
import { createExposureReader } from './exposures.ts';
import type { Hiding } from './hiding.ts';
import { type MaskPaths, maskPaths, pathsUpTo } from './mask-paths.ts';
import { unchangedOf } from './sides.ts';
import type { Planned } from './terraform-kinds.ts';

/** Rows of one resource, and of a whole plan: the summary is stored and sent, it must stay small. */
const rowsPerResource = 60;
export const rowsPerPlan = 3000;
/** Stands where the plan has more rows than that. */
const leftOut: readonly AttributeChange[] = [
  { path: '… left out', before: null, after: null, forcesReplacement: false },
];
const longestId = 400;

export type Told = Pick<ResourceChange, 'attributes' | 'sensitive' | 'unknown'>;

const innerRows = ({ inner }: AttributeChange): number => {
  if (inner === undefined) return 0;
  return inner.kind === 'json' ? inner.changes.length : inner.lines.length;
};

const rowsOf = (attributes: readonly AttributeChange[]): number =>
  attributes.reduce((rows, one) => rows + 1 + innerRows(one), 0);

/** What people must see first has first call on the rows: what is taken away, then what changes, then the new. */
const urgent: readonly Planned['action'][] = ['delete', 'replace', 'update'];
const urgency = ({ action }: Pick<Planned, 'action'>): number => urgent.indexOf(action) + 1 || 4;

/**
 * Which changes can get rows at all, the most urgent first: each has one at least, but for those that have none.
 * @param all in the order in which they are told
 */
export const firstToTell = <T extends Pick<Planned, 'action'> & { readonly hasRows: boolean }>(
  all: readonly T[],
): readonly T[] => {
  const first: T[] = [];
  let rows = 0;
  for (const one of all.toSorted((a, b) => urgency(a) - urgency(b))) {
    if (rows === rowsPerPlan) break;
    first.push(one);
    if (one.hasRows) rows += 1;
  }
  return first;
};

/** What can be told of one change: as much as one may have. */
export interface Tellable {
  readonly differences: Differences;
  readonly sensitive: MaskPaths;
  readonly unknown: MaskPaths;
}

/** @param limit 0 for a change that gets no rows */
export const tellableOf = (
  { json: { change } }: Planned,
  hiding: Hiding,
  limit = rowsPerResource,
): Tellable => ({
  differences: limit === 0 ? { rows: [], left: 0 } : attributeDifferences(change, limit, hiding),
  sensitive: maskPaths([change.before_sensitive, change.after_sensitive], limit, hiding.key),
  unknown: maskPaths([change.after_unknown], limit, hiding.key),
});

/** Of a change that gets no rows. */
export const untold = ({ sensitive, unknown }: Tellable): Told => ({
  attributes: leftOut,
  sensitive: pathsUpTo(sensitive, 0),
  unknown: pathsUpTo(unknown, 0),
});

/** Shares a plan's rows out, in the order given. */
export const createShare = (): ((one: Tellable) => Told) => {
  const left = { rows: rowsPerPlan, sensitive: rowsPerPlan, unknown: rowsPerPlan };
  const paths = (kind: 'sensitive' | 'unknown', found: MaskPaths): readonly string[] => {
    const told = pathsUpTo(found, left[kind]);
    left[kind] = Math.max(0, left[kind] - told.length);
    return told;
  };
  return ({ differences, sensitive, unknown }) => {
    const attributes = left.rows === 0 ? leftOut : rowsUpTo(differences, left.rows);
    left.rows = Math.max(0, left.rows - rowsOf(attributes));
    return { attributes, sensitive: paths('sensitive', sensitive), unknown: paths('unknown', unknown) };
  };
};

const masks = (mask: unknown, key: string): boolean =>
  mask === true || (isRecord(mask) && mask[key] === true);

const importingOf = ({ imported, json }: Planned, hiding: Hiding): ResourceChange['importing'] => {
  if (!imported) return null;
  const { importing, before_sensitive, after_sensitive } = json.change;
  const id = isRecord(importing) ? importing['id'] : undefined;
  if (typeof id !== 'string' || hiding.hides(['id'], id)) return { id: null };
  return {
    id: [before_sensitive, after_sensitive].some((one) => masks(one, 'id')) ? null : id.slice(0, longestId),
  };
};

/** All of a change but its attributes. */
export type Outline = Omit<ResourceChange, keyof Told>;

export const createOutliner = (hiding: Hiding, catalogue: DangerCatalogue): ((one: Planned) => Outline) => {
  const exposures = createExposureReader(catalogue, hiding);
  return (one) => {
    const { json } = one;
    const parts = json.mode === undefined || json.name === undefined ? addressParts(json.address) : null;
    return {
      address: json.deposed === undefined ? json.address : `${json.address} (deposed ${json.deposed})`,
      previousAddress: one.moved ? (json.previous_address ?? null) : null,
      module: json.module_address ?? parts?.module ?? null,
      mode: json.mode ?? parts?.mode ?? 'managed',
      type: json.type,
      name: json.name ?? parts?.name ?? '',
      index: json.index ?? parts?.index ?? null,
      deposed: json.deposed ?? null,
      provider: json.provider_name ?? '',
      action: one.action,
      order: one.order,
      reason: json.action_reason ?? null,
      importing: importingOf(one, hiding),
      replacePaths: (json.change.replace_paths ?? []).map((path) => printPath(path, hiding.key)),
      unchanged: one.action === 'update' || one.action === 'replace' ? unchangedOf(json.change) : 0,
      ...exposures(one),
    };
  };
};
