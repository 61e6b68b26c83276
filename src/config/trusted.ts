import { type ListedProject, listProjects } from './listed-projects.ts';
import { type Asked, allOf, askedBy } from './merge-rules.ts';
import { type FileSettings, mergeSettings } from './merge-settings.ts';
import { type RuleSettings, settingsIn } from './rules.ts';
import type { FoundProject, ProjectRule, ProjectsInput } from './types.ts';

/** What the server and the base branch say about projects and places; nothing in here reads the head's file. */
export interface Trusted {
  /** The base branch's projects. */
  readonly projects: readonly ListedProject[];
  /** Settings of a project by the rules for `dir`, then the entry's own. */
  settings(dir: string, rules: readonly ProjectRule[], entry: RuleSettings): FileSettings;
  /**
   * Everything that is asked of whoever works in this dir and workspace, whatever the project is called. `labels` are
   * the environments that somebody brings along who comes from elsewhere; those of the place count anyway.
   */
  askedAt(dir: string, workspace: string, labels: readonly (string | null)[]): Asked;
  /** Names of the operator's policies for this dir and workspace; all of the repository's where the base knows no such place. */
  policiesAt(dir: string, workspace: string): readonly string[];
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

/** Rules for a dir in the order of their file; those for environments only where the label is one of them. */
const rulesFor = (
  rules: readonly ProjectRule[],
  dir: string,
  label: string | null,
): readonly RuleSettings[] =>
  rules
    .filter(
      ({ matches, inEnvironment }) =>
        matches(dir) && (inEnvironment === null || (label !== null && inEnvironment(label))),
    )
    .map(settingsIn);

/** The label of a project: what asks for labels cannot give one. */
const labelOf = (rules: readonly ProjectRule[], dir: string, entry: RuleSettings): string | null =>
  entry.environment ??
  rulesFor(rules, dir, null).findLast(({ environment }) => environment !== undefined)?.environment ??
  null;

export const readTrusted = (input: Omit<ProjectsInput, 'head'>): Trusted => {
  const { operator, repository, base, found, foundInBase = [] } = input;
  const server = operator.rules.filter(({ inRepository }) => inRepository?.(repository) ?? true);
  const policies = operator.policies.filter(({ inRepository }) => inRepository?.(repository) ?? true);
  const baseRules = base?.rules ?? [];
  const both = [...server, ...baseRules];
  const inBase = listProjects(base, foundInBase);
  const known = new Set(inBase.map(({ dir, workspace }) => place(dir, workspace)));
  // Each by itself: of two words on one thing the narrower counts.
  const strictest = server.map(
    (rule): Asked => ({ ...askedBy([rule]), bindApprovals: rule.bindApprovals ?? 'commit' }),
  );
  // What the base branch's own tree looks like goes before what the head made of it.
  const detected = new Map([...detectedRunners(found), ...detectedRunners(foundInBase)]);
  return {
    projects: listProjects(base, input.foundInBase ?? found),
    settings: (dir, rules, entry) => {
      const all = [...server, ...rules];
      const sources = rulesFor(all, dir, labelOf(all, dir, entry));
      return mergeSettings(detected.get(dir) ?? 'terraform', [...sources, entry], operator.workflows);
    },
    askedAt: (dir, workspace, brought) => {
      const isNew = !known.has(place(dir, workspace));
      // A workspace that the base does not know could be any of those beside it.
      const here = inBase.filter(
        (project) => project.dir === dir && (isNew || project.workspace === workspace),
      );
      const labels = new Set([...brought, ...(isNew ? [labelOf(both, dir, {})] : [])]);
      // By the place's own label as well: a rule that is met by a label brought along says nothing of the place.
      const isRuled = [...labels].every((one) => rulesFor(baseRules, dir, one).length > 0);
      return allOf(
        [
          ...[...labels].map((one) => askedBy(rulesFor(both, dir, one))),
          ...here.map(({ settings }) =>
            askedBy([...rulesFor(both, dir, labelOf(both, dir, settings)), settings]),
          ),
        ],
        isNew && !isRuled ? strictest : [],
      );
    },
    policiesAt: (dir, workspace) =>
      policies
        .filter(({ matches }) => matches(dir) || !known.has(place(dir, workspace)))
        .map(({ name }) => name),
  };
};
