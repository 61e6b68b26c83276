import { neededOf } from '../domain/settings/declared.ts';
import type { Follows } from './follows.ts';
import { type ListedProject, listProjects } from './listed-projects.ts';
import { type Asked, allOf, askedBy } from './merge-rules.ts';
import { type FileSettings, mergeSettings } from './merge-settings.ts';
import { type RuleSettings, settingsIn } from './rules.ts';
import { ofSameParts } from './same-parts.ts';
import type { FoundProject, ProjectRule, ProjectsInput } from './types.ts';
import { missingOf } from './with.ts';

/** What the server and the base branch say about projects and places; nothing in here reads the head's file. */
export interface Trusted {
  /** The base branch's projects. */
  readonly projects: readonly ListedProject[];
  /** Settings of a project by the rules for `dir`, then the entry's own. */
  settings(dir: string, rules: readonly ProjectRule[], entry: RuleSettings): FileSettings;
  /** Does anything but an entry say which runner a folder is for? */
  hasRunner(dir: string, rules: readonly ProjectRule[]): boolean;
  /** Those that can be projects by themselves: whatever their runner has to be told is said by rules. */
  whole(found: readonly FoundProject[]): readonly FoundProject[];
  /** What the environment of a project follows, by the same; null: nothing that is written. */
  follows(dir: string, rules: readonly ProjectRule[], entry: RuleSettings): Follows | null;
  /**
   * Everything that is asked of whoever works in this dir and workspace, whatever the project is called. `labels` are
   * the environments that somebody brings along who comes from elsewhere; those of the place count anyway.
   */
  askedAt(dir: string, workspace: string, labels: readonly (string | null)[]): Asked;
  /** All of several, as `allOf` says. */
  all(asked: readonly Asked[]): Asked;
  /** Names of the operator's policies for this dir and workspace; all of the repository's where the base knows no such place. */
  policiesAt(dir: string, workspace: string): readonly string[];
  /** What the operator lets be read there, a list for each label that may count; `labels` as with `askedAt`. */
  readsAt(dir: string, workspace: string, labels: readonly (string | null)[]): readonly (readonly string[])[];
}

const place = (dir: string, workspace: string): string => `${dir}\0${workspace}`;

const detectedRunners = (found: readonly FoundProject[]): ReadonlyMap<string, string> => {
  const runners = new Map<string, string>();
  for (const { dir, runner } of found) {
    // Files of two tools in one folder: the first one stands, but for the house's own default.
    if (!runners.has(dir) || runner === 'terraform') runners.set(dir, runner);
  }
  return runners;
};

/** A rule and what it says, as one object each time. */
interface Ruled {
  readonly rule: ProjectRule;
  readonly says: RuleSettings;
}

/** Rules for a dir in the order of their file; those for environments only where the label is one of them. */
const rulesFor = (rules: readonly Ruled[], dir: string, label: string | null): readonly RuleSettings[] =>
  rules
    .filter(
      ({ rule: { matches, inEnvironment } }) =>
        matches(dir) && (inEnvironment === null || (label !== null && inEnvironment(label))),
    )
    .map(({ says }) => says);

/** An entry that says nothing is no source. */
const spoken = (entry: RuleSettings): readonly RuleSettings[] =>
  Object.keys(entry).length === 0 ? [] : [entry];

/** The label of a project: what asks for labels cannot give one. */
const labelOf = (rules: readonly Ruled[], dir: string, entry: RuleSettings): string | null =>
  entry.environment ??
  rulesFor(rules, dir, null).findLast(({ environment }) => environment !== undefined)?.environment ??
  null;

export const readTrusted = (input: Omit<ProjectsInput, 'head'>): Trusted => {
  const { operator, repository, base, found, foundInBase = [] } = input;
  const saying = ofSameParts(([rule]: readonly ProjectRule[]) =>
    rule === undefined ? [] : [settingsIn(rule)],
  );
  const ruled = (rules: readonly ProjectRule[]): readonly Ruled[] =>
    rules.flatMap((rule) => saying([rule]).map((says) => ({ rule, says })));
  const server = ruled(operator.rules.filter(({ inRepository }) => inRepository?.(repository) ?? true));
  const policies = operator.policies.filter(({ inRepository }) => inRepository?.(repository) ?? true);
  const baseRules = ruled(base?.rules ?? []);
  const both = [...server, ...baseRules];
  const discovering = operator.discovery(repository);
  const asked = ofSameParts(askedBy);
  const together = ofSameParts((all: readonly Asked[]) => allOf(all));
  // Each by itself: of two words on one thing the narrower counts.
  const strictest = server.map(
    ({ says }): Asked => ({ ...askedBy([says]), bindApprovals: says.bindApprovals ?? 'commit' }),
  );
  // What the base branch's own tree looks like goes before what the head made of it.
  const detected = new Map([...detectedRunners(found), ...detectedRunners(foundInBase)]);
  const merged = new Map<string, (sources: readonly RuleSettings[]) => FileSettings>();
  const mergedFor = (runner: string) => {
    const known = merged.get(runner);
    if (known !== undefined) return known;
    const merge = ofSameParts((sources: readonly RuleSettings[]) =>
      mergeSettings(runner, sources, operator.workflows),
    );
    merged.set(runner, merge);
    return merge;
  };
  const settings: Trusted['settings'] = (dir, rules, entry) => {
    const all = [...server, ...ruled(rules)];
    const sources = rulesFor(all, dir, labelOf(all, dir, entry));
    return mergedFor(detected.get(dir) ?? 'terraform')([...sources, ...spoken(entry)]);
  };
  const isAsking = [...input.declared.values()].some((one) => neededOf(one).length > 0);
  const whole: Trusted['whole'] = (some) => {
    if (!isAsking) return some;
    return some.filter(({ dir }) => {
      const { runner, with: said } = settings(dir, base?.rules ?? [], {});
      return missingOf(input.declared.get(runner) ?? {}, said).length === 0;
    });
  };
  const inBase = listProjects(base, whole(foundInBase), discovering);
  const inBaseAt = Map.groupBy(inBase, ({ dir }): string => dir);
  const known = new Set(inBase.map(({ dir, workspace }) => place(dir, workspace)));
  /** Who is at a place in the base, and the labels that may count there. */
  const around = (dir: string, workspace: string, brought: readonly (string | null)[]) => {
    const isNew = !known.has(place(dir, workspace));
    return {
      isNew,
      // A workspace that the base does not know could be any of those beside it.
      here: (inBaseAt.get(dir) ?? []).filter((project) => isNew || project.workspace === workspace),
      labels: new Set([...brought, ...(isNew ? [labelOf(both, dir, {})] : [])]),
    };
  };
  return {
    projects: listProjects(base, whole(input.foundInBase ?? found), discovering),
    settings,
    whole,
    hasRunner: (dir, rules) => {
      const all = [...server, ...ruled(rules)];
      return (
        detected.has(dir) ||
        rulesFor(all, dir, labelOf(all, dir, {})).some(({ runner }) => runner !== undefined)
      );
    },
    follows: (dir, rules, entry) => {
      const sources = [...rulesFor([...server, ...ruled(rules)], dir, null), entry];
      return sources.findLast(({ environment }) => environment !== undefined)?.follows ?? null;
    },
    askedAt: (dir, workspace, brought) => {
      const { isNew, here, labels } = around(dir, workspace, brought);
      // By the place's own label as well: a rule that is met by a label brought along says nothing of the place.
      const isRuled = [...labels].every((one) => rulesFor(baseRules, dir, one).length > 0);
      const all = [
        ...[...labels].map((one) => asked(rulesFor(both, dir, one))),
        ...here.map(({ settings }) =>
          asked([...rulesFor(both, dir, labelOf(both, dir, settings)), ...spoken(settings)]),
        ),
      ];
      return isNew && !isRuled ? allOf(all, strictest) : together(all);
    },
    readsAt: (dir, workspace, brought) => {
      if (!server.some(({ says }) => says.reads !== undefined)) return [];
      const { isNew, here, labels } = around(dir, workspace, brought);
      const last = (rules: readonly RuleSettings[]) =>
        rules.flatMap(({ reads }) => (reads === undefined ? [] : [reads])).slice(-1);
      const all = new Set([...labels, ...here.map(({ settings }) => labelOf(both, dir, settings))]);
      // Where nobody knows which label it will have, each that a rule is for may be it.
      const mayBe = isNew && labelOf(both, dir, {}) === null;
      const byLabel = server.filter(({ rule }) => mayBe && rule.inEnvironment !== null && rule.matches(dir));
      return [
        ...[...all].flatMap((one) => last(rulesFor(server, dir, one))),
        ...byLabel.flatMap(({ says }) => last([says])),
      ];
    },
    all: together,
    policiesAt: (dir, workspace) =>
      policies
        .filter(({ matches }) => matches(dir) || !known.has(place(dir, workspace)))
        .map(({ name }) => name),
  };
};
