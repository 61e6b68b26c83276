import { locate } from '../domain/declared/locate.ts';
import type { Place } from '../domain/declared/place.ts';
import { callNames } from '../domain/declared/steps.ts';
import { type Wanted, wantedPlaces } from '../domain/declared/wanted.ts';
import type { PlanSummary } from '../domain/plan-summary.ts';
import type { PolicyAnswer } from '../domain/rules/policy-answer.ts';
import type { Configurations, ConfiguredRun } from './configurations.ts';
import type { FlowPorts } from './ports.ts';

/**
 * The lines that a plan's changes come from, as they stand at the head commit: the tree that was planned, with the base branch merged
 * in, says what they are. Never rejects: a plan is worth no less without them. Decision 28.
 */
export const placesOf = async (
  { log }: Pick<FlowPorts, 'log'>,
  run: Pick<ConfiguredRun, 'id'>,
  configurations: Configurations,
  summary: PlanSummary,
  answers: readonly PolicyAnswer[],
): Promise<readonly Place[]> => {
  const wanted = wantedPlaces(summary, answers);
  if (wanted.length === 0) return [];
  try {
    return await found(configurations, wanted);
  } catch (error) {
    log.warn('the lines of a plan were not found', { run: run.id, error: String(error) });
    return [];
  }
};

const found = async (
  configurations: Configurations,
  wanted: readonly Wanted[],
): Promise<readonly Place[]> => {
  const modules = new Map(wanted.map(({ change: { module } }) => [module, callNames(module)]));
  const now = await configurations.along('now', [...modules.values()]);
  const base = await configurations.ofFolders('base', [...now.folders.keys()]);
  const spots = wanted.flatMap((one) => {
    const spot = locate({ now, base }, one.change);
    return spot === null ? [] : [{ ...one, spot }];
  });
  const lines = await configurations.atHead(spots.map(({ spot }) => spot));
  return spots.flatMap(({ change, policies, spot }) => {
    const at = lines.get(spot) ?? null;
    if (at === null) return [];
    return [
      {
        address: change.address,
        path: spot.part.file.path,
        ...at,
        ...(policies.length === 0 ? {} : { policies }),
      },
    ];
  });
};
