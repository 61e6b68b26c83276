import { isTold } from '../drift/ignore.ts';
import type { ProjectKey, RunId } from '../ids.ts';
import type { ResourceChange } from '../plan-summary.ts';

/** The version of what makes a resource, by the word that the tool has for it. */
export type Versions = (provider: string) => string;

/**
 * Those that the tool has fetched; what it brings itself has its own version, and so has whatever a tool knows no providers of.
 */
export const versionsOf =
  (fetched: ReadonlyMap<string, string>, toolVersion: string): Versions =>
  (provider) =>
    fetched.get(provider) ?? toolVersion;

/**
 * Attributes of a resource that differed again behind an apply that had set them, with this version of its provider. After one apply that
 * may have been somebody's hand; what is there behind the next one as well never settles.
 */
export interface Unsettled {
  readonly project: ProjectKey;
  readonly address: string;
  /** Sorted. */
  readonly paths: readonly string[];
  readonly provider: string;
  readonly version: string;
  /** The apply that showed it first, and when (Unix milliseconds). */
  readonly run: RunId;
  readonly since: number;
  /** The next one that left it as well; null: none did yet, and whatever differs is told. */
  readonly again: RunId | null;
}

type Place = Pick<Unsettled, 'address' | 'paths' | 'provider' | 'version'>;

/** What an apply has left just as an earlier one did, or a part of that; null: none did. */
export const leftBefore = (known: readonly Unsettled[], left: Place, run: RunId): Unsettled | null =>
  known.find(
    (one) =>
      one.run !== run &&
      one.address === left.address &&
      one.provider === left.provider &&
      one.version === left.version &&
      left.paths.every((path) => one.paths.includes(path)),
  ) ?? null;

/**
 * Is a change known to be wanted every time? Only what two applies have left, and only an update in place of exactly such attributes, all of which are told, by that very
 * version: whatever else is to be done to the thing is news.
 */
export const isUnsettled = (
  known: readonly Unsettled[],
  versionOf: Versions,
): ((change: ResourceChange) => boolean) => {
  const sure = known.filter(({ again }) => again !== null);
  const byAddress = Map.groupBy(sure, ({ address }) => address);
  return (change) =>
    change.action === 'update' &&
    change.previousAddress === null &&
    change.importing === null &&
    isTold(change) &&
    (byAddress.get(change.address) ?? []).some(
      ({ provider, version, paths }) =>
        provider === change.provider &&
        version === versionOf(change.provider) &&
        change.attributes.every(({ path }) => paths.includes(path)),
    );
};
