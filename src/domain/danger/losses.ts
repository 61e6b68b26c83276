import type { ChangeAction, PlanSummary, ResourceChange } from '../plan-summary.ts';
import type { DangerCatalogue, LossRule } from './catalogue.ts';

/** A change of which something stays, whatever is reverted. */
export interface Loss {
  readonly address: string;
  readonly type: string;
  readonly action: ChangeAction;
  /** Phrases of Markdown. None: it is destroyed or made anew, and nothing is known of its type. */
  readonly says: readonly string[];
}

const isBelow = (path: string, other: string): boolean =>
  path === other || (path.startsWith(other) && /^[.[]/.test(path.slice(other.length)));

const applies = ({ on, paths }: LossRule, { action, attributes, replacePaths }: ResourceChange): boolean =>
  on.includes(action) &&
  (paths.length === 0 ||
    [...attributes.map(({ path }) => path), ...replacePaths].some((path) =>
      paths.some((one) => isBelow(path, one)),
    ));

const destroys: readonly ChangeAction[] = ['delete', 'replace'];

const dataGoes = 'what is in it is gone, and does not come back';

/**
 * What of a plan no revert brings back, or what a revert takes away for good: the same question of two plans. Every destroy and
 * replace is among it, known or not: nothing that is destroyed is ever told as brought back.
 */
export const lossesOf = (
  { resources }: Pick<PlanSummary, 'resources'>,
  catalogue: Pick<DangerCatalogue, 'holdsData' | 'lossesOf'>,
): readonly Loss[] => {
  const losses = resources.flatMap((change): readonly Loss[] => {
    const { address, type, action, mode } = change;
    if (mode !== 'managed') return [];
    const isDestroyed = destroys.includes(action);
    const known = catalogue.lossesOf(type).filter((rule) => applies(rule, change));
    const says = [
      ...(isDestroyed && catalogue.holdsData(type) ? [dataGoes] : []),
      ...known.map((rule) => rule.says),
    ];
    return isDestroyed || says.length > 0 ? [{ address, type, action, says }] : [];
  });
  return losses.toSorted((one, other) => Number(one.says.length === 0) - Number(other.says.length === 0));
};
