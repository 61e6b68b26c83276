import type { Lifted } from '../declared/lifted.ts';
import type { Exposure, PlanSummary, ResourceChange } from '../plan-summary.ts';
import type { DangerCatalogue } from './catalogue.ts';

/**
 * `data-loss`: what may hold data is destroyed or made anew. `data-left`: it stays, and nobody looks after it any more.
 * `lifted`: its `prevent_destroy` is taken out. `destroy`: any other resource is destroyed or made anew.
 */
export type DangerKind = 'data-loss' | 'data-left' | 'lifted' | Exposure['kind'] | 'destroy';

/** Why it comes to it, as far as the plan says. */
export type Cause =
  /** Of a replace. Texts as in `AttributeChange`. */
  | {
      readonly kind: 'change';
      readonly path: string;
      readonly before: string | null;
      readonly after: string | null;
    }
  /** The same, where the values are not kept. */
  | { readonly kind: 'path'; readonly path: string }
  /** The tool's own word. */
  | { readonly kind: 'reason'; readonly reason: string }
  | { readonly kind: 'exposure'; readonly exposure: Exposure }
  | { readonly kind: 'lifted'; readonly now: Lifted['now'] };

/** What people have to see first of a plan. Of one resource there is at most one of a kind. */
export interface Danger {
  readonly kind: DangerKind;
  readonly address: string;
  readonly type: string;
  readonly action: ResourceChange['action'];
  readonly causes: readonly Cause[];
  /** Causes that are not kept; of what is lifted, other addresses that it is lifted from as well. */
  readonly more: number;
  /** Where it comes from, relative to the repository, at the head or at that commit; null where that is not known. */
  readonly place: { readonly path: string; readonly line: number; readonly commit?: string | null } | null;
}

/** The worst first. */
export const dangerKinds: readonly DangerKind[] = [
  'data-loss',
  'data-left',
  'lifted',
  'protection-off',
  'opening',
  'destroy',
];

const destroys = (action: ResourceChange['action']): boolean => action === 'delete' || action === 'replace';

const isAt = (path: string, other: string): boolean =>
  path === other || (path.startsWith(other) && /^[.[]/.test(path.slice(other.length)));

const forcing = ({ replacePaths, attributes }: ResourceChange): readonly Cause[] =>
  replacePaths.flatMap((path): readonly Cause[] => {
    const kept = attributes.filter((one) => isAt(one.path, path) || isAt(path, one.path));
    return kept.length === 0
      ? [{ kind: 'path', path }]
      : kept.map(({ path: at, before, after }) => ({ kind: 'change', path: at, before, after }));
  });

const causesOf = (change: ResourceChange): readonly Cause[] => {
  const paths = change.action === 'replace' ? forcing(change) : [];
  // That it cannot be updated is what the paths say.
  const isSaid = paths.length > 0 && change.reason === 'replace_because_cannot_update';
  return change.reason === null || isSaid ? paths : [{ kind: 'reason', reason: change.reason }, ...paths];
};

const ofExistence = (
  change: ResourceChange,
  catalogue: Pick<DangerCatalogue, 'holdsData'>,
): DangerKind | null => {
  const { action } = change;
  if (!destroys(action) && action !== 'forget') return null;
  // What is only read holds nothing.
  const holdsData = change.mode === 'managed' && catalogue.holdsData(change.type);
  if (action === 'forget') return holdsData ? 'data-left' : null;
  return holdsData ? 'data-loss' : 'destroy';
};

const exposed = ({ exposures }: ResourceChange, kind: Exposure['kind']): Pick<Danger, 'causes' | 'more'> => ({
  causes: (exposures?.found ?? [])
    .filter((one) => one.kind === kind)
    .map((exposure) => ({ kind: 'exposure', exposure })),
  more: exposures?.more[kind] ?? 0,
});

const rank = ({ kind, action }: Danger): number =>
  dangerKinds.indexOf(kind) * 2 + (action === 'replace' ? 1 : 0);

/** Every danger of a plan, the worst first: each destroy and replace is one, and what changes take away and open. */
export const dangersOf = (
  summary: Pick<PlanSummary, 'resources' | 'places'>,
  catalogue: Pick<DangerCatalogue, 'holdsData'>,
): readonly Danger[] => {
  // Thousands of resources have few types.
  const asked = new Map<string, boolean>();
  const holdsData = (type: string): boolean => {
    const holds = asked.get(type) ?? catalogue.holdsData(type);
    asked.set(type, holds);
    return holds;
  };
  const places = new Map((summary.places ?? []).toReversed().map((place) => [place.address, place]));
  return summary.resources
    .flatMap((change): readonly Danger[] => {
      const { address, type, action } = change;
      const at = places.get(address);
      const known = {
        address,
        type,
        action,
        place: at === undefined ? null : { path: at.path, line: at.line },
      };
      const existence = ofExistence(change, { holdsData });
      if (existence === null && change.exposures === undefined) return [];
      return [
        ...(existence === null ? [] : [{ kind: existence, ...known, causes: causesOf(change), more: 0 }]),
        ...(['protection-off', 'opening'] as const).flatMap((kind): readonly Danger[] => {
          const { causes, more } = exposed(change, kind);
          return causes.length + more === 0 ? [] : [{ kind, ...known, causes, more }];
        }),
      ];
    })
    .sort((one, other) => rank(one) - rank(other));
};

/** It is no change of a plan, and holds where a plan changes nothing. */
export const liftedDanger = ({ address, type, more, now, place }: Lifted): Danger => ({
  kind: 'lifted',
  address,
  type,
  action: 'no-op',
  causes: [{ kind: 'lifted', now }],
  more,
  place,
});
