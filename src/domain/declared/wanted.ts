import type { PlanSummary, ResourceChange } from '../plan-summary.ts';
import type { PolicyAnswer } from '../rules/policy-answer.ts';
import type { Place } from './place.ts';

/** So many changes of a plan get a place. */
const mostPlaces = 300;

export interface Wanted {
  readonly change: ResourceChange;
  readonly policies: NonNullable<Place['policies']>;
}

/** What they take away is told whatever else is known of them. */
const worst: readonly ResourceChange['action'][] = ['delete', 'replace', 'forget'];

/** Does the text name this address, and not a longer one that holds it? */
const names = (text: string, address: string): boolean => {
  for (let at = text.indexOf(address); at >= 0; at = text.indexOf(address, at + 1)) {
    const before = text[at - 1] ?? ' ';
    const behind = text.slice(at + address.length, at + address.length + 2);
    if (!/[\p{L}\p{N}_.-]/u.test(before) && !/^(?:[\p{L}\p{N}_[-]|\.[\p{L}_])/u.test(behind)) return true;
  }
  return false;
};

/**
 * Changes whose places are looked for, the worst first: those that people are told of one by one. What is only made or changed has
 * none, for reading a project's files for lines takes time, and most plans do nothing else.
 */
export const wantedPlaces = (
  { resources }: Pick<PlanSummary, 'resources'>,
  answers: readonly PolicyAnswer[],
): readonly Wanted[] => {
  const failed = answers.filter(({ outcome }) => outcome === 'failed');
  const all = resources
    .filter(({ mode }) => mode === 'managed')
    .map((change) => ({
      change,
      policies: failed
        .filter(({ because }) => names(because, change.address))
        .map(({ name, because }) => ({ name, because })),
    }));
  const isTold = ({ change, policies }: Wanted): boolean =>
    policies.length > 0 || (change.exposures?.found.length ?? 0) > 0;
  // What is told for another reason comes with what is forgotten.
  const rank = ({ change: { action } }: Wanted): number =>
    worst.includes(action) ? worst.indexOf(action) : worst.indexOf('forget');
  return all
    .filter((one) => worst.includes(one.change.action) || isTold(one))
    .toSorted((one, other) => rank(one) - rank(other))
    .slice(0, mostPlaces);
};
