import { fingerprintOf } from '../../domain/hidden-text.ts';
import type { OutputChange, ResourceChange, SameValue } from '../../domain/plan-summary.ts';
import type { PlanSecrets } from './secrets.ts';

const longestList = 500;

/**
 * Where the secrets come from that the rows of a summary show by fingerprint, where that is another place than the row's own. The
 * plan says more places than the summary: of what stays as it is, of what data sources read, of variables.
 */
export const sameValuesOf = (
  resources: readonly ResourceChange[],
  outputs: readonly OutputChange[],
  secrets: PlanSecrets,
  fingerprint: (secret: string) => string | null,
): readonly SameValue[] => {
  const rows = [
    ...resources.flatMap(({ address, attributes }) =>
      attributes.map(({ path, before, after }) => ({ place: `${address}.${path}`, before, after })),
    ),
    ...outputs.map(({ name, before, after }) => ({ place: `output.${name}`, before, after })),
  ];
  const shown = new Map<string, Set<string>>();
  for (const { place, before, after } of rows)
    for (const text of [before, after]) {
      const found = fingerprintOf(text);
      if (found !== null) shown.set(found, (shown.get(found) ?? new Set()).add(place));
    }
  if (shown.size === 0) return [];
  const same: SameValue[] = [];
  for (const [secret, place] of secrets) {
    if (place === '') continue;
    const found = fingerprint(secret);
    const places = found === null ? undefined : shown.get(found);
    if (found === null || places === undefined) continue;
    const isElsewhere = places.size > 1 || !places.has(place);
    if (isElsewhere && same.length < longestList) same.push({ fingerprint: found, place });
  }
  return same;
};
