import {
  carefulLimits,
  type DriftLimits,
  type DriftMode,
  type DriftSettings,
  driftModes,
  noDrift,
} from '../domain/drift/settings.ts';
import { quoted } from '../domain/quote.ts';
import type { RawDrift } from './drift-schema.ts';
import type { DriftOfRepository } from './types.ts';

/** What one place says; keys that it does not say stay away. */
export interface GivenDrift extends Partial<Omit<DriftSettings, 'limits'>> {
  readonly limits?: Partial<DriftLimits>;
}

/** From the file's words to ours. */
export const compileDrift = (raw: RawDrift): GivenDrift => {
  if (typeof raw === 'string') return { mode: raw };
  const { mode, schedule, threshold, ignore, limits } = raw;
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(schedule === undefined ? {} : { schedule }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(ignore === undefined ? {} : { ignore }),
    ...(limits === undefined
      ? {}
      : {
          limits: {
            ...(limits.deletes === undefined ? {} : { deletes: limits.deletes }),
            ...(limits.replaces === undefined ? {} : { replaces: limits.replaces }),
            ...(limits.most === undefined ? {} : { most: limits.most }),
            ...(limits.share === undefined ? {} : { share: limits.share }),
          },
        }),
  };
};

const said = <T>(all: readonly (T | undefined)[]): readonly T[] => all.filter((one) => one !== undefined);

/** Nobody widens what somebody else narrowed. */
const limitsOf = (given: readonly Partial<DriftLimits>[]): DriftLimits => {
  const allowed = (key: 'deletes' | 'replaces'): boolean => {
    const words = said(given.map((one) => one[key]));
    return words.length > 0 && words.every((word) => word);
  };
  const least = (key: 'most' | 'share'): number => {
    const words = said(given.map((one) => one[key]));
    return words.length === 0 ? carefulLimits[key] : Math.min(...words);
  };
  return {
    deletes: allowed('deletes'),
    replaces: allowed('replaces'),
    most: least('most'),
    share: least('share'),
  };
};

/**
 * What several places say of one project, weakest first: the last word counts, what is passed over adds up, limits only narrow. Null:
 * nobody says anything.
 */
export const driftOf = (sources: readonly { readonly drift?: GivenDrift }[]): DriftSettings | null => {
  const given = said(sources.map(({ drift }) => drift));
  if (given.length === 0) return null;
  return {
    mode: said(given.map(({ mode }) => mode)).at(-1) ?? noDrift.mode,
    schedule: said(given.map(({ schedule }) => schedule)).at(-1) ?? noDrift.schedule,
    threshold: said(given.map(({ threshold }) => threshold)).at(-1) ?? noDrift.threshold,
    ignore: given.flatMap(({ ignore }) => ignore ?? []),
    limits: limitsOf(said(given.map(({ limits }) => limits))),
  };
};

/** The mode that a place in a file names; null where it names none. */
export const modeIn = (raw: RawDrift | undefined): DriftMode | null =>
  typeof raw === 'string' ? raw : (raw?.mode ?? null);

/** Why a file may not ask for that mode; null where it may. */
export const modeRefused = (
  mode: DriftMode | null,
  { most }: DriftOfRepository,
  repository: string,
): string | null =>
  mode === null || driftModes.indexOf(mode) <= driftModes.indexOf(most)
    ? null
    : `the operator file lets ${quoted(repository)} ask for ${quoted(`drift: ${most}`)} at most, not for ${quoted(mode)}`;
