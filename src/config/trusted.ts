import type { ProjectSettings } from '../domain/project.ts';
import { type ListedProject, listProjects } from './listed-projects.ts';
import { type Asked, allOf, askedBy } from './merge-rules.ts';
import { mergeSettings } from './merge-settings.ts';
import type { RuleSettings } from './rules.ts';
import type { FoundProject, ProjectRule, ProjectsInput } from './types.ts';

/** What the server and the base branch say about projects and places; nothing in here reads the head's file. */
export interface Trusted {
  /** The base branch's projects. */
  readonly projects: readonly ListedProject[];
  /** Settings of a project by the rules for `dir`, then the entry's own. */
  settings(dir: string, rules: readonly ProjectRule[], entry: RuleSettings): ProjectSettings;
  /** Everything that is asked of whoever works in this dir and workspace, whatever the project is called. */
  askedAt(dir: string, workspace: string): Asked;
}

const place = (dir: string, workspace: string): string => `${dir}\0${workspace}`;

const settingsOf = (rules: readonly ProjectRule[], dir: string): readonly RuleSettings[] =>
  rules.filter((rule) => rule.matches(dir)).map(({ matches: _, ...settings }) => settings);

const detectedRunners = (found: readonly FoundProject[]): ReadonlyMap<string, string> => {
  const runners = new Map<string, string>();
  for (const { dir, runner } of found) {
    // Files of two tools in one folder: the first one stands, but for the house's own default.
    if (!runners.has(dir) || runner === 'terraform') runners.set(dir, runner);
  }
  return runners;
};

export const readTrusted = (input: Omit<ProjectsInput, 'head'>): Trusted => {
  const { operator, base, found, foundInBase = [] } = input;
  const baseRules = base?.rules ?? [];
  const known = new Set(listProjects(base, foundInBase).map(({ dir, workspace }) => place(dir, workspace)));
  // Each by itself: of two words on one thing the narrower counts.
  const strictest = operator.rules.map(
    ({ matches: _, ...rule }): Asked => ({
      ...askedBy([rule]),
      bindApprovals: rule.bindApprovals ?? 'commit',
    }),
  );
  // What the base branch's own tree looks like goes before what the head made of it.
  const detected = new Map([...detectedRunners(found), ...detectedRunners(foundInBase)]);
  return {
    projects: listProjects(base, input.foundInBase ?? found),
    settings: (dir, rules, entry) =>
      mergeSettings(detected.get(dir) ?? 'terraform', [
        ...settingsOf(operator.rules, dir),
        ...settingsOf(rules, dir),
        entry,
      ]),
    askedAt: (dir, workspace) => {
      const ruled = settingsOf(baseRules, dir);
      const rules = [...settingsOf(operator.rules, dir), ...ruled];
      const isNew = !known.has(place(dir, workspace));
      // A workspace that the base does not know could be any of those beside it.
      const entries = (base?.projects ?? []).filter(
        (project) => project.dir === dir && (isNew || project.workspace === workspace),
      );
      return allOf([
        askedBy(rules),
        ...entries.map(({ settings }) => askedBy([...rules, settings])),
        ...(isNew && ruled.length === 0 ? strictest : []),
      ]);
    },
  };
};
