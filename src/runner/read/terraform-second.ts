import type { DangerCatalogue } from '../../domain/danger/catalogue.ts';
import type { DriftedResource, PlanSummary, ResourceChange } from '../../domain/plan-summary.ts';
import type { Hiding } from './hiding.ts';
import { driftOf, relevantDrift } from './terraform-drift.ts';
import type { FirstLook } from './terraform-first.ts';
import { plannedOf } from './terraform-kinds.ts';
import { byAddress } from './terraform-meaning.ts';
import type { PartTakers } from './terraform-parts.ts';
import {
  createOutliner,
  createShare,
  firstToTell,
  type Outline,
  rowsPerPlan,
  type Tellable,
  type Told,
  tellableOf,
  untold,
} from './terraform-resources.ts';
import type { TerraformParts, TerraformResourceChange } from './terraform-schema.ts';

interface Seen {
  readonly outline: Outline;
  readonly tellable: Tellable;
}

export interface SecondLook {
  /** Nothing is left to be looked at: all was kept. */
  readonly isOver: boolean;
  readonly takers: PartTakers;
  /** Is this part one that is still to be looked at? */
  readonly wants: (name: keyof TerraformParts, ordinal: number) => boolean;
  readonly look: () => Pick<PlanSummary, 'resources' | 'drift' | 'driftCounts'>;
}

/** What is told of the values of changes, one by one, now that it is known what must not be shown. */
export const createSecondLook = (
  { changes, kept, relevant, drifted }: FirstLook,
  hiding: Hiding,
  catalogue: DangerCatalogue,
): SecondLook => {
  const inOrder = changes.toSorted(byAddress);
  const first = firstToTell(inOrder);
  const isFirst = new Set(first.map(({ ordinal }) => ordinal));
  const left = new Set(changes.map(({ ordinal }) => ordinal));
  const outlineOf = createOutliner(hiding, catalogue);
  const seen = new Map<number, Seen>();
  const drift = new Map<number, DriftedResource | null>();

  const see = (json: TerraformResourceChange, ordinal: number, hasRows = isFirst.has(ordinal)): number => {
    const planned = plannedOf(json);
    const tellable = tellableOf(planned, hiding, hasRows ? undefined : 0);
    seen.set(ordinal, { outline: outlineOf(planned), tellable });
    left.delete(ordinal);
    return tellable.differences.rows.length;
  };
  const seeDrift = (json: TerraformResourceChange, ordinal: number): void => {
    drift.set(ordinal, relevantDrift(json, relevant, hiding));
  };
  // Once the most urgent changes have taken all rows, the others get none, and their values need not be compared.
  let rows = 0;
  for (const { ordinal } of first) {
    const json = kept.changes.get(ordinal);
    if (json !== undefined) rows += see(json, ordinal, rows < rowsPerPlan);
  }
  for (const [ordinal, json] of kept.changes) if (left.has(ordinal)) see(json, ordinal);
  for (const [ordinal, json] of kept.drift) seeDrift(json, ordinal);

  const resources = (): readonly ResourceChange[] => {
    const share = createShare();
    const told = new Map<number, Told>();
    for (const { ordinal } of first) {
      const one = seen.get(ordinal);
      if (one !== undefined) told.set(ordinal, share(one.tellable));
    }
    return inOrder.map(({ ordinal, address }) => {
      const one = seen.get(ordinal);
      if (one === undefined) throw new Error(`the change of ${address} was not there when it was looked for`);
      return { ...one.outline, ...(told.get(ordinal) ?? untold(one.tellable)) };
    });
  };

  return {
    isOver: left.size === 0 && drift.size === drifted,
    wants: (name, ordinal) =>
      name === 'resource_change' ? left.has(ordinal) : name === 'resource_drift' && !drift.has(ordinal),
    takers: {
      resource_change: (json, { ordinal }) => void see(json, ordinal),
      resource_drift: (json, { ordinal }) => seeDrift(json, ordinal),
    },
    look: () => ({
      resources: resources(),
      ...driftOf(
        [...drift.values()].filter((one) => one !== null),
        drifted,
      ),
    }),
  };
};
