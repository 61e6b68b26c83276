import type { WatchedBy } from '../domain/causes.ts';
import { UserError } from '../domain/problem.ts';
import {
  everyFile,
  type Project,
  type ProjectSettings,
  projectKey,
  settingsFiles,
} from '../domain/project.ts';
import { quoted } from '../domain/quote.ts';
import { isWithin, resolveFrom, root } from '../domain/repo-path.ts';
import type { TagSource } from '../domain/tags/tagged.ts';
import { broughtFeeds, placesOf, settledFeeds } from './feeds.ts';
import { goesElsewhere } from './follows.ts';
import { compileGlob, matchesGlob } from './globs.ts';
import { type ListedProject, listProjects } from './listed-projects.ts';
import { checkMaySet } from './may-set.ts';
import { mergeDependencies, type Origins } from './merge-dependencies.ts';
import { canonical } from './merge-rules.ts';
import { differingSettings, type FileSettings, settingKeys, withWorkflow } from './merge-settings.ts';
import { placeKeys } from './place-keys.ts';
import { changedRules } from './rule-changes.ts';
import { readTrusted, type Trusted } from './trusted.ts';
import type { Projects, ProjectsInput } from './types.ts';
import { readWatchedGlob } from './watched.ts';
import { checkWith, type Settled, settle, withNotTaken } from './with.ts';
import { checkWorkflows } from './workflows.ts';

/**
 * The projects of a pull request (promise 9). The head says which there are, where they are, which
 * files plan them and what else they depend on. Everything else comes, weakest first, from what is
 * built in, the operator's rules, the base file's rules and the base file's entry; requirements and
 * lists of people add up.
 *
 * - A project that the base has by name keeps the base's settings. Where it moved, it also meets what
 *   is asked at its new place.
 * - One that the base has under another name in the same dir and workspace was renamed, and keeps them too.
 * - Any other takes the base's rules for its dir; where none matches, every requirement of the operator.
 * - Policies go the same way: those of the place it has in the base and of its place in the head, and
 *   all of them at a place that the base does not know.
 *
 * Throws UserError `path-refused` where a rule's file lies outside the repository for a project's dir, and `config-invalid`
 * where a file sets what the operator keeps for himself, or names a workflow that he does not have.
 */
export const mergeProjects = (input: ProjectsInput): Projects => {
  checkMaySet(input);
  checkWorkflows(input);
  const trusted = readTrusted(input);
  const headRules = input.head?.rules ?? [];
  // Of the base nothing is left out: what it asks of a project that the head has for this branch holds all the same.
  const ofHead = listProjects(
    input.head,
    trusted.whole(input.found),
    input.operator.discovery(input.repository),
  );
  checkWith(input, {
    file: input.head,
    where: 'this pull request',
    projects: ofHead.map((one) => ({
      ...one,
      settings: trusted.settings(one.dir, headRules, one.settings),
    })),
  });
  const all = ofHead.filter(isFor(input.baseBranch));
  const origin = originsOf(all, trusted.projects, input.baseBranch);
  const keysAt = placeKeys(all, trusted.projects, (project) => origin.get(project));
  const kept = all.filter((project) => keysAt.get(project) !== 'deferred');
  // Asked again: what was put off must not stand for a project of the base any more.
  const origins = originsOf(kept, trusted.projects, input.baseBranch);
  const elsewhere = new Map(
    kept.flatMap((project): [ListedProject, string][] => {
      const reason = reasonElsewhere(project, origins.get(project) ?? null, trusted, input);
      return reason === null ? [] : [[project, reason]];
    }),
  );
  const listed = kept.filter((project) => !elsewhere.has(project));
  const dependencies = mergeDependencies(listed, origins);
  const places = { head: placesOf(listed), base: placesOf(trusted.projects) };
  const merged = listed.map((project) => {
    const origin = origins.get(project) ?? null;
    const settings = settingsFor(project, origin, trusted, input);
    const needs = dependencies.of.get(project.name) ?? [];
    const told = toldTo(project, origin, settings, trusted, input);
    const keys: string[] = settingsNotTaken(project, origin, settings, told, trusted, input);
    if (dependencies.notTaken.has(project.name)) keys.push('depends_on');
    const { name, dir, workspace } = project;
    const at = keysAt.get(project);
    const key = projectKey(
      input.repositoryId,
      dir,
      workspace,
      at === undefined || at === 'deferred' ? name : at.name,
    );
    const whenModified = project.whenModified ?? everyFile;
    const { policies, reads, with: _, ...asked } = settings;
    const { brought, ...its } = told;
    const settled = { ...withWorkflow(asked, project), policies, reads, ...its, feeds: [] };
    checkFiles(project, settled);
    const feeds = broughtFeeds({ head: project.feeds, base: origin?.feeds ?? [] }, places);
    return {
      source: tagsOf(project, origin, trusted, input),
      project: { key, name, dir, workspace, whenModified, dependsOn: needs, settings: settled },
      feeds: project.feeds,
      keys,
      brought: [...brought, ...feeds],
    };
  });
  const byName = new Map(merged.map(({ project }) => [project.name, project]));
  return {
    projects: merged.map(({ project, feeds }) =>
      feeds.length === 0
        ? project
        : { ...project, settings: { ...project.settings, feeds: settledFeeds(feeds, byName) } },
    ),
    deferred: all
      .filter((project) => keysAt.get(project) === 'deferred')
      .map(({ name, dir, workspace }) => ({ name, dir, workspace })),
    elsewhere: [...elsewhere].map(([{ name, dir, workspace }, reason]) => ({ name, dir, workspace, reason })),
    notTaken: merged
      .filter(({ keys }) => keys.length > 0)
      .map(({ project, keys }) => ({ project: project.key, keys })),
    brought: merged
      .filter(({ brought }) => brought.length > 0)
      .map(({ project, brought }) => ({
        project: project.key,
        settings: brought.map((one) => ({ ...one, file: `${input.head?.format ?? 'tidegate'}.yaml` })),
      })),
    tagged: merged.flatMap(({ project, source }) =>
      source === null ? [] : [{ project: project.key, source }],
    ),
    rulesAfterMerge: changedRules(input.base, input.head),
  };
};

const isFor =
  (branch: string | null) =>
  ({ branches }: ListedProject): boolean =>
    branch === null || (branches?.some((glob) => matchesGlob(glob, branch)) ?? true);

/** Which project of the base each of the head's is; of several that it could be rather one that is for this branch. */
const originsOf = (
  listed: readonly ListedProject[],
  all: readonly ListedProject[],
  branch: string | null,
): Origins => {
  const isHere = isFor(branch);
  const base = [...all.filter(isHere), ...all.filter((project) => !isHere(project))];
  const names = new Set(listed.map(({ name }) => name));
  const byName = new Map(base.map((project) => [project.name, project]));
  const origins = new Map<ListedProject, ListedProject>();
  for (const project of listed) {
    const origin =
      byName.get(project.name) ??
      base.find(
        ({ name, dir, workspace }) =>
          !names.has(name) && dir === project.dir && workspace === project.workspace,
      );
    if (origin !== undefined) origins.set(project, origin);
  }
  return origins;
};

const settingsFor = (
  project: ListedProject,
  origin: ListedProject | null,
  trusted: Trusted,
  { base }: ProjectsInput,
): FileSettings & Pick<ProjectSettings, 'policies' | 'reads'> => {
  const from = origin ?? { ...project, settings: {} };
  const settings = trusted.settings(from.dir, base?.rules ?? [], from.settings);
  const stays = from.dir === project.dir && from.workspace === project.workspace;
  return {
    ...settings,
    ...(broughtRunner(project, origin, trusted, base) ?? {}),
    ...trusted.all([
      settings,
      trusted.askedAt(from.dir, from.workspace, []),
      trusted.askedAt(project.dir, project.workspace, stays ? [] : [settings.environment]),
    ]),
    policies: [
      ...new Set([
        ...trusted.policiesAt(from.dir, from.workspace),
        ...trusted.policiesAt(project.dir, project.workspace),
      ]),
    ],
    reads: [
      ...new Map(
        [
          ...trusted.readsAt(from.dir, from.workspace, [settings.environment]),
          ...trusted.readsAt(project.dir, project.workspace, [settings.environment]),
        ].map((globs) => [canonical(globs), globs]),
      ).values(),
    ],
  };
};

/** Where neither files nor a rule say whose a new project is, nobody but its own entry can. */
const broughtRunner = (
  project: ListedProject,
  origin: ListedProject | null,
  trusted: Trusted,
  base: ProjectsInput['base'],
): { readonly runner: string } | null => {
  const { runner } = project.settings;
  return origin === null && runner !== undefined && !trusted.hasRunner(project.dir, base?.rules ?? [])
    ? { runner }
    : null;
};

/** What its runner is told, and what of that only the head says. */
const toldTo = (
  project: ListedProject,
  origin: ListedProject | null,
  { runner, with: said }: FileSettings,
  trusted: Trusted,
  { base, head, declared }: ProjectsInput,
): Settled => {
  const own = trusted.settings(project.dir, base?.rules ?? [], project.settings);
  const sayings = { base: said, head: own.with, isKnown: origin !== null };
  const told = settle(project, { runner, declared: declared.get(runner) ?? {}, file: head }, sayings);
  const by = broughtRunner(project, origin, trusted, base);
  return by === null
    ? told
    : { ...told, brought: [{ key: 'runner', value: runner, line: project.line }, ...told.brought] };
};

/** The tags that a project follows, as the base says it; null where it follows none, or nobody asks for tags. */
const tagsOf = (
  project: ListedProject,
  origin: ListedProject | null,
  trusted: Trusted,
  { base, tagsOnly }: ProjectsInput,
): TagSource | null => {
  if (tagsOnly !== true) return null;
  const { dir, settings } = origin ?? { ...project, settings: {} };
  const follows = trusted.follows(dir, base?.rules ?? [], settings);
  return follows?.kind === 'tag' ? { tag: follows.tag, semver: follows.semver } : null;
};

/** Of the place that it has in the base, and of the one that it has in the head where that is another. */
const reasonElsewhere = (
  project: ListedProject,
  origin: ListedProject | null,
  trusted: Trusted,
  input: ProjectsInput,
): string | null => {
  const { base, baseBranch } = input;
  if (input.tagsOnly === true)
    return tagsOf(project, origin, trusted, input) === null ? 'its environment does not follow tags' : null;
  const from = origin ?? { ...project, settings: {} };
  const rules = base?.rules ?? [];
  const { environment } = trusted.settings(from.dir, rules, from.settings);
  const here = goesElsewhere(trusted.follows(from.dir, rules, from.settings), environment, baseBranch);
  if (here !== null || from.dir === project.dir) return here;
  const there = trusted.settings(project.dir, rules, {}).environment;
  return goesElsewhere(trusted.follows(project.dir, rules, {}), there, baseBranch);
};

const checkFiles = (
  { name, dir }: ListedProject,
  settings: Pick<ProjectSettings, 'varFiles' | 'backendFiles'>,
): void => {
  for (const file of [...settings.varFiles, ...settings.backendFiles]) {
    if (resolveFrom(dir, file) !== null) continue;
    throw new UserError({
      code: 'path-refused',
      sentence: `Project ${quoted(name)}: from its dir ${quoted(dir)} the file ${quoted(file)} is outside the repository.`,
      advice:
        'Correct `var_files` and `backend_files` of the rule, project or workflow that names it; paths are relative to `dir`.',
    });
  }
};

/** What the head's own rules and entry changed, as keys of the file, and is not as the head has it. */
const settingsNotTaken = (
  project: ListedProject,
  origin: ListedProject | null,
  taken: FileSettings,
  told: Settled,
  trusted: Trusted,
  { base, head, declared }: ProjectsInput,
): string[] => {
  const asked = trusted.settings(project.dir, head?.rules ?? [], project.settings);
  const before = trusted.settings(project.dir, base?.rules ?? [], origin?.settings ?? {});
  if (asked === before) return [];
  const refused = new Set(differingSettings(asked, taken));
  const keys = new Set<string>(
    differingSettings(asked, before)
      .filter((key) => key !== 'with' && refused.has(key))
      .map((key) => settingKeys[key]),
  );
  const follows = trusted.follows(project.dir, head?.rules ?? [], project.settings);
  const followed = trusted.follows(project.dir, base?.rules ?? [], origin?.settings ?? {});
  if (canonical(follows) !== canonical(followed)) keys.add('environment');
  if (withNotTaken(declared.get(taken.runner) ?? {}, asked.with, before.with, told)) keys.add('with');
  return [...keys];
};

const longestPath = 1024;
const longestName = 255;

/**
 * By which glob of `when_modified` a changed file (path in the repository) plans this project, if by one. The last glob
 * that matches decides, as in `.gitignore`. So does a path too long to be matched: a plan too many is harmless, one
 * too few is not.
 */
export const watchedBy = (project: Project): WatchedBy => {
  const globs = project.whenModified.map((text) => {
    const { excludes, folder, glob } = readWatchedGlob(text, project.dir);
    return { text, excludes, folder, matches: compileGlob(glob) };
  });
  return (path) => {
    if (path.length > longestPath || path.split('/').some((name) => name.length > longestName))
      return { glob: null };
    let watched: string | null = null;
    for (const { text, excludes, folder, matches } of globs) {
      if (folder === null || excludes !== (watched !== null) || !isWithin(path, folder)) continue;
      const inFolder = folder === root ? path : path.slice(folder.length + 1);
      if (inFolder !== '' && matches(inFolder)) watched = excludes ? null : text;
    }
    return watched === null ? null : { glob: watched };
  };
};

/** Does a changed file plan this project, by `when_modified`? Variable and backend files always do. */
export const changeMatcher = (project: Project): ((path: string) => boolean) => {
  const files = settingsFiles(project);
  const watched = watchedBy(project);
  return (path) => files.has(path) || watched(path) !== null;
};
