import type { ProjectSettings } from '../domain/project.ts';
import { usually } from '../domain/rules/people.ts';
import { actions, type Requirement, type Requirements } from '../domain/rules/requirement.ts';
import type { SuspendedInGit } from '../domain/suspension.ts';
import type { RuleSettings } from './rules.ts';

/** What decides who has to agree and who may act. Of these a source can add to what others say, and take nothing away. */
export type Asked = Pick<ProjectSettings, 'requirements' | 'who' | 'bindApprovals' | 'suspended'>;

/** The same text for the same value, in whichever order its keys were written. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner instanceof Object && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** What is asked, wherever it is written. */
export const meaningOf = ({ source: _, ...meaning }: Requirement): string => canonical(meaning);

/** Each once, sorted, so that the same set is always the same list. Of equals the first one stays. */
const once = <T>(list: readonly T[], meaning: (one: T) => string): readonly T[] => {
  const kept = new Map<string, T>();
  for (const one of list) {
    const text = meaning(one);
    if (!kept.has(text)) kept.set(text, one);
  }
  return [...kept].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
};

/** By verb, everything that the lists hold; verbs of which nothing is said are missing. */
const byAction = <T>(
  of: (action: (typeof actions)[number]) => readonly T[],
  meaning: (one: T) => string,
): Partial<Record<(typeof actions)[number], readonly T[]>> =>
  Object.fromEntries(
    actions
      .map((action) => [action, once(of(action), meaning)] as const)
      .filter(([, list]) => list.length > 0),
  );

const unionRequirements = (all: readonly (Requirements | undefined)[]): Requirements =>
  byAction((action) => all.flatMap((one) => one?.[action] ?? []), meaningOf);

/** Where nobody is named it is for those who usually may: people whom another names must not take their place. */
const whoOfAll = (
  asked: readonly ProjectSettings['who'][],
  besides: readonly ProjectSettings['who'][],
): ProjectSettings['who'] =>
  byAction((action) => {
    const named = [...asked, ...besides].flatMap((one) => one[action] ?? []);
    const isOpen = asked.some((one) => one[action] === undefined);
    return named.length > 0 && isOpen ? [...named, usually(action)] : named;
  }, canonical);

/** Who labels a project asks for what protects the environment of that name. */
const askedByLabel = (sources: readonly RuleSettings[]): Requirements => {
  const name = sources.findLast(({ environment }) => environment !== undefined)?.environment;
  return name === undefined
    ? {}
    : { apply: [{ kind: 'environment', name, when: null, source: `\`environment: ${name}\`` }] };
};

/** Each once, by what it says and not by where. Absent where there is none. */
const suspendedBy = (all: readonly Pick<Asked, 'suspended'>[]): Pick<Asked, 'suspended'> => {
  const suspended = once(
    all.flatMap((one) => one.suspended ?? []),
    suspensionMeans,
  );
  return suspended.length === 0 ? {} : { suspended };
};

/** What is said, wherever it is written. */
export const suspensionMeans = ({ source: _, ...meaning }: SuspendedInGit): string => canonical(meaning);

/** What several rules ask of one project. Requirements and people add up; of labels and `bindApprovals` the last word counts. */
export const askedBy = (sources: readonly RuleSettings[]): Asked => ({
  requirements: unionRequirements([
    ...sources.map(({ requirements }) => requirements),
    askedByLabel(sources),
  ]),
  who: byAction(
    (action) =>
      sources.flatMap(({ whoMay }) => {
        const people = whoMay?.[action];
        return people === undefined ? [] : [people];
      }),
    canonical,
  ),
  bindApprovals:
    sources.findLast(({ bindApprovals }) => bindApprovals !== undefined)?.bindApprovals ?? 'plan',
  ...suspendedBy(sources),
});

/** All of several: nobody may do more than under each of `asked`, and what `besides` says narrows that. */
export const allOf = (asked: readonly Asked[], besides: readonly Asked[] = []): Asked => {
  const all = [...asked, ...besides];
  return {
    requirements: unionRequirements(all.map(({ requirements }) => requirements)),
    who: whoOfAll(
      asked.map(({ who }) => who),
      besides.map(({ who }) => who),
    ),
    bindApprovals: all.every(({ bindApprovals }) => bindApprovals === 'commit') ? 'commit' : 'plan',
    ...suspendedBy(all),
  };
};
