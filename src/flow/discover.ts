import { changeMatcher, watchedBy } from '../config/projects.ts';
import { affectedProjects, concerns } from '../domain/affected.ts';
import type { Skipped } from '../domain/batch.ts';
import { causeOf, mayBeUsed } from '../domain/causes.ts';
import { neverInTurn } from '../domain/depends-on.ts';
import { type ProjectKey, type Sha, short, type TreeId } from '../domain/ids.ts';
import type { Problem } from '../domain/problem.ts';
import { UserError } from '../domain/problem.ts';
import { type Project, toldOtherwise } from '../domain/project.ts';
import { fullNameOf, isFork, type Pull } from '../domain/pull.ts';
import { judge } from '../domain/trust/finding.ts';
import { finding } from '../domain/trust/looked-tree.ts';
import { isPartOf } from './ancestry.ts';
import { begunHere, orphansOf } from './begun-here.ts';
import { broughtFindings, fetchedCharts } from './brought.ts';
import { closureIn } from './closure.ts';
import { type Discovery, type DiscoveryPorts, type Found, stopped } from './discovery.ts';
import { discoverDrift } from './drift/discover.ts';
import { endingsOf } from './endings.ts';
import { lookAt } from './first-look.ts';
import { leavingLinks, leavingProblem } from './leaving-links.ts';
import { leftOutProblem } from './left-out.ts';
import { type PlaceProblems, placeProblems } from './place-problem.ts';
import type { FlowPorts } from './ports.ts';
import { broughtModules, remoteModulesOf, touchedFolders } from './remote-modules.ts';
import { siblingsIn } from './siblings.ts';
import { snapshotOf } from './snapshot.ts';
import { discoverTag } from './tags/discover.ts';
import { unreadIn } from './unread.ts';
import { backendsOf, viewIn } from './views.ts';

type Ports = DiscoveryPorts;

/** Of those who discover, and ask the forge for more than that needs. */
export type DiscoverPorts = Ports & Pick<FlowPorts, 'forge'>;

/** Stage 3. Reads only; may be repeated, and is, right before every apply. */
export const discover = async (ports: Ports, pull: Pull): Promise<Discovery> => {
  const { forge, git } = ports;
  const { repo, number } = pull.ref;
  if (pull.drift !== undefined)
    return (pull.isOfTag === true ? discoverTag : discoverDrift)(ports, pull, pull.drift);
  const { url, token, done } = await forge.remote(repo);
  const tips = await git
    .fetch(repo, { url, token, pullNumber: number, baseRef: pull.base.ref })
    .finally(done);
  // The API and the ref can disagree for a moment; what was fetched is what would be laid out.
  const found = { headSha: tips.head, baseSha: tips.base };
  if (pull.merged !== null) return discoverMerged(ports, pull, pull.merged.commit, found);
  const [merged, mergeBase, baseTree] = await Promise.all([
    git.mergeOf(repo.id, tips.base, tips.head),
    git.mergeBase(repo.id, tips.base, tips.head),
    git.treeOf(repo.id, tips.base),
  ]);
  if ('conflicts' in merged) return stopped(found, conflict(pull, merged.conflicts));
  try {
    const read = await inTree(ports, pull, { ...found, tree: merged.tree }, { mergeBase, baseTree });
    return { ...read, problem: read.problem ?? neverInTurn(read.affected) };
  } catch (error) {
    if (error instanceof UserError) return stopped({ ...found, tree: merged.tree }, error.problem);
    throw error;
  }
};

/**
 * What a merge brought: the tree is that of the merged commit, the rules are those of the base branch right before it. Later
 * commits of the base branch have no part in it.
 */
const discoverMerged = async (
  ports: Ports,
  pull: Pull,
  commit: Sha,
  { headSha, baseSha: tip }: Pick<Found, 'headSha' | 'baseSha'>,
): Promise<Discovery> => {
  const { git } = ports;
  const { id } = pull.ref.repo;
  const isThere = await isPartOf(git, id, commit, tip);
  const before = isThere ? await git.beforeMerge(id, commit, headSha) : null;
  if (before === null) return stopped({ headSha, baseSha: tip }, notOnBase(pull, commit));
  await git.complete(pull.ref.repo, [commit, before], () => ports.forge.remote(pull.ref.repo));
  const [tree, mergeBase, baseTree] = await Promise.all([
    git.treeOf(id, commit),
    git.mergeBase(id, before, headSha),
    git.treeOf(id, before),
  ]);
  const found = { headSha, baseSha: before, tree };
  try {
    return await inTree(ports, pull, found, { mergeBase, baseTree });
  } catch (error) {
    if (error instanceof UserError) return stopped(found, error.problem);
    throw error;
  }
};

/** The base branch was pushed over, or got the head's own commits by a push, so that nobody knows by whose rules it came. */
const notOnBase = (pull: Pull, commit: Sha): Problem => ({
  code: 'merge-gone',
  sentence: `The commit \`${short(commit)}\` that this was merged with is not on \`${pull.base.ref}\` any more, or what that was before it cannot be told.`,
  advice:
    'Nothing is applied. Comment `/unlock` to give it up, and open a new pull request if it is still wanted.',
});

/** Of a pull request that was not looked into: a batch is made of it all the same, to say why. */
export const undiscovered = ({ head, base }: Pull): Discovery =>
  stopped({ headSha: head.sha, baseSha: base.sha }, null);

const conflict = (pull: Pull, paths: readonly string[]): Problem => ({
  code: 'conflict',
  sentence: `This branch does not merge cleanly into \`${pull.base.ref}\`, so there is nothing that could be planned.`,
  advice: 'Merge or rebase, resolve the conflicts and push.',
  details: paths.slice(0, 20).join('\n'),
});

const inTree = async (
  ports: Ports,
  pull: Pull,
  found: Required<Found>,
  from: { readonly mergeBase: Sha | null; readonly baseTree: TreeId },
): Promise<Discovery> => {
  const { git, operator } = ports;
  const { repo } = pull.ref;
  const [changes, head, base, begun, leftOver] = await Promise.all([
    git.changed(repo.id, from.mergeBase ?? found.baseSha, found.headSha),
    snapshotOf(ports, repo, { tree: found.tree, code: from.baseTree, where: 'this pull request' }),
    snapshotOf(ports, repo, { tree: from.baseTree, code: from.baseTree, where: 'the base branch' }),
    begunHere(ports, pull),
    leftOverBy(ports, pull, found.headSha),
  ]);
  const look = await lookAt(ports, repo.id, base, head);
  const sources = {
    repositoryId: repo.id,
    repository: fullNameOf(repo),
    operator,
    declared: ports.runners.declared,
    base: base.file,
    foundInBase: base.found,
    baseBranch: pull.base.ref,
  };
  const merged = ports.snapshots.projects({ ...sources, head: head.file, found: head.found });
  const { projects, notTaken, deferred, elsewhere, rulesAfterMerge } = merged;
  const before = ports.snapshots.projects({ ...sources, head: base.file, found: base.found });
  const fetched = fetchedCharts(ports.runners, { base, projects: before.projects }, head);
  const matchers = new Map(projects.map((project) => [project.key, changeMatcher(project)]));
  const closure = closureIn(head, ports);
  const watches = (project: Project, path: string) => matchers.get(project.key)?.(path) ?? false;
  const siblings = siblingsIn(head, ports, projects);
  const earlier = new Map(before.projects.map((project) => [project.key, project]));
  const known = new Set(earlier.keys());
  const toldOf = (project: Project) => {
    const then = earlier.get(project.key);
    return then === undefined ? [] : toldOtherwise(project, then);
  };
  const mayUse = (project: Project) => (closure(project).isOpen ? mayBeUsed(project, projects) : () => false);
  const { affected, skipped } = affectedProjects({
    projects,
    changed: changes.map((change) => change.path),
    modulesOf: (project) => closure(project).folders,
    watches,
    siblings,
    mayUse,
    known,
    kept: new Set([...begun.keys(), ...leftOver]),
    told: new Set(projects.filter((one) => toldOf(one).length > 0).map(({ key }) => key)),
  });
  const concerning = (project: Project): ((path: string) => boolean) => {
    const { folders, sure } = closure(project);
    return sure ? concerns(project, folders, watches, siblings(project)) : () => true;
  };
  const leaving = await leavingLinks(ports, repo.id, head.entries);
  // For other branches: what one of them plans may have the state of what goes here.
  const names = new Set(projects.map(({ name }) => name));
  const whole = ports.snapshots.projects({
    ...sources,
    baseBranch: null,
    head: head.file,
    found: head.found,
  });
  const others = whole.projects.filter(({ name }) => !names.has(name));
  // What the base branch's rules do not let count yet will be there for the next pull request. Throws as it would there.
  const afterMerge =
    head.file === base.file
      ? []
      : ports.snapshots.projects({
          ...sources,
          base: head.file,
          foundInBase: head.found,
          head: head.file,
          found: head.found,
        }).projects;
  const [misplaced, misplacedInBase] = [placeProblems(ports, head), placeProblems(ports, base)];
  const { endings, gone } = endingsOf(
    { snapshot: base, projects: before, tree: from.baseTree },
    { snapshot: head, projects: { ...merged, projects: [...projects, ...others] } },
    ports,
    (project) => (misplacedInBase(project) ?? leftOutProblem(ports, base, project)) === null,
  );
  const there = new Set([...whole.projects, ...projects, ...before.projects].map(({ key }) => key));
  const orphans = await orphansOf(ports, begun, there);
  const ends = [...endings.values()].map(({ project }) => project);
  const badPlace = (project: Project) =>
    endings.has(project.key)
      ? null
      : (misplaced(project) ??
        leftOutProblem(ports, head, project) ??
        leavingProblem(leaving, project, closure(project).folders));
  return {
    ...found,
    affected: [...affected, ...ends],
    projects: [...projects, ...ends],
    endings,
    rulesAfterMerge,
    notTaken: affected.flatMap(({ key, name }) => {
      const keys = notTaken.find((one) => one.project === key)?.keys ?? [];
      return keys.length === 0 ? [] : [{ name, keys }];
    }),
    changedFor: (project) => {
      const there = leftOver.has(project.key) ? head.entries.filter(({ kind }) => kind !== 'folder') : [];
      return [...new Set([...changes, ...there].map(({ path }) => path))].filter(concerning(project));
    },
    why: (project) => {
      const { folders } = closure(project);
      const cause = causeOf(project, folders, watchedBy(project), siblings(project), mayUse(project));
      const files = changes.flatMap(({ path }) => {
        const found = cause(path);
        return found === null ? [] : [{ path, cause: found }];
      });
      const told = toldOf(project);
      return { isNew: !known.has(project.key), told, files, remote: remoteModulesOf(head, ports, project) };
    },
    behindFor: async (project) => {
      const { mergeBase } = from;
      if (mergeBase === null) return null;
      const moved = await git.changed(repo.id, mergeBase, found.baseSha);
      return moved.map(({ path }) => path).filter(concerning(project));
    },
    brought: () => broughtModules(base, head),
    unread: () =>
      unreadIn(ports, {
        changed: changes.map(({ path }) => path),
        entries: head.entries,
        affected,
        concerns: concerning,
        // Nobody takes the question away in the pull request that it is asked of.
        isAlone: projects.length + before.projects.length === 0 && base.file?.projects == null,
      }),
    touches: touchedFolders(changes, [head, base]),
    baseEntries: base.entries,
    badPlace,
    held: (project) => {
      const { dir, settings } = project;
      const detects = (name: string) => ports.runners.get(settings.runner)?.detects(name) === true;
      const { folders } = closure(project);
      const found = look.findings({
        ...{ dir, backendFiles: settings.backendFiles, folders, detects },
        readAs: { base: viewIn(base, ports)(project).files, head: viewIn(head, ports)(project).files },
        backends: () => before.projects.flatMap((one) => backendsOf(base, ports, one)),
      });
      const fork = isFork(pull) ? [finding('fork', '', null, 'another repository')] : [];
      return judge(
        project.key,
        [...fork, ...broughtFindings(merged, project), ...fetched(project), ...found],
        operator.trust.answer,
      );
    },
    skipped: [
      ...deferred.map(putOff),
      ...elsewhere.map((project) => ({ ...project, removed: false })),
      ...skipped,
      ...gone,
      ...orphans,
    ],
    // A folder that is not there is affected by nothing, and whatever was meant by it would not be planned.
    problem: firstOf(affected, badPlace) ?? firstOf(projects, misplaced) ?? firstOf(afterMerge, misplaced),
  };
};

const firstOf = (projects: readonly Project[], problemOf: PlaceProblems): Problem | null =>
  projects.map(problemOf).find((problem) => problem !== null) ?? null;

/** What a merged pull request left to this one, or what it puts back, by our own word: what a stranger can write says nothing of it. */
const leftOverBy = async (
  { store }: Ports,
  { ref }: Pull,
  headSha: Sha,
): Promise<ReadonlySet<ProjectKey>> => {
  const its = { repositoryId: ref.repo.id, pullNumber: ref.number };
  const [followup, about] = await Promise.all([
    store.followups.of(its, headSha),
    store.driftPulls.of(its, headSha),
  ]);
  return new Set([
    ...(followup?.projects ?? []).map(({ key }) => key),
    // One that changes files affects what these concern.
    ...(about?.way === 'restore' ? [about.project] : []),
  ]);
};

const putOff = (project: Pick<Project, 'name' | 'dir' | 'workspace'>): Skipped => ({
  ...project,
  reason: 'new in a dir and workspace that the base branch knows as another project; planned after the merge',
  removed: false,
});
