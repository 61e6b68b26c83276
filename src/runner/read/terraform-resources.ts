import { addressParts } from '../../domain/address-parts.ts';
import type { DangerCatalogue } from '../../domain/danger/catalogue.ts';
import type { AttributeChange, ResourceChange } from '../../domain/plan-summary.ts';
import { attributeChanges, printPath, unchangedOf } from './attributes.ts';
import { isRecord } from './canonical.ts';
import { createExposureReader } from './exposures.ts';
import type { Hiding } from './hiding.ts';
import { maskPaths } from './mask-paths.ts';
import type { Planned } from './terraform-kinds.ts';

/** Rows of one resource, and of a whole plan: the summary is stored and sent, it must stay small. */
const rowsPerResource = 60;
const rowsPerPlan = 3000;
/** Stands where the plan has more rows than that. */
const leftOut: readonly AttributeChange[] = [
  { path: '… left out', before: null, after: null, forcesReplacement: false },
];
const longestId = 400;

type Told = Pick<ResourceChange, 'attributes' | 'sensitive' | 'unknown'>;

const innerRows = ({ inner }: AttributeChange): number => {
  if (inner === undefined) return 0;
  return inner.kind === 'json' ? inner.changes.length : inner.lines.length;
};

const rowsOf = (attributes: readonly AttributeChange[]): number =>
  attributes.reduce((rows, one) => rows + 1 + innerRows(one), 0);

/** What people must see first has first call on the rows: what is taken away, then what changes, then the new. */
const urgency = ({ action }: Planned): number => ['delete', 'replace', 'update'].indexOf(action) + 1 || 4;

const tell = (changes: readonly Planned[], hiding: Hiding): ReadonlyMap<Planned, Told> => {
  const left = { rows: rowsPerPlan, sensitive: rowsPerPlan, unknown: rowsPerPlan };
  const paths = (kind: 'sensitive' | 'unknown', masks: readonly unknown[]): readonly string[] => {
    const found = maskPaths(masks, Math.min(rowsPerResource, left[kind]), hiding.key);
    left[kind] = Math.max(0, left[kind] - found.length);
    return found;
  };
  const told = new Map<Planned, Told>();
  for (const one of [...changes].sort((a, b) => urgency(a) - urgency(b))) {
    const { change } = one.json;
    const attributes =
      left.rows === 0 ? leftOut : attributeChanges(change, Math.min(rowsPerResource, left.rows), hiding);
    left.rows = Math.max(0, left.rows - rowsOf(attributes));
    told.set(one, {
      attributes,
      sensitive: paths('sensitive', [change.before_sensitive, change.after_sensitive]),
      unknown: paths('unknown', [change.after_unknown]),
    });
  }
  return told;
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

/** Everything but no-ops and reads, in the order given. */
export const resourceChanges = (
  all: readonly Planned[],
  hiding: Hiding,
  catalogue: DangerCatalogue,
): readonly ResourceChange[] => {
  const changes = all.filter(({ action }) => action !== 'no-op' && action !== 'read');
  const told = tell(changes, hiding);
  const exposures = createExposureReader(catalogue, hiding);
  return changes.map((one) => {
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
      ...(told.get(one) ?? { attributes: [], sensitive: [], unknown: [] }),
    };
  });
};
