import { changeMatcher, mergeProjects } from '../config/projects.ts';
import { concerns } from '../domain/affected.ts';
import { mayBeUsed } from '../domain/causes.ts';
import type { ProjectKey, Sha } from '../domain/ids.ts';
import { UserError } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { fullNameOf, type RepoRef } from '../domain/pull.ts';
import type { BroughtBy } from '../forge/port.ts';
import { FetchFailed, type OwnCommit } from '../git/port.ts';
import { isPartOf } from './ancestry.ts';
import { closureIn } from './closure.ts';
import type { FlowPorts } from './ports.ts';
import { repositoryFileNames } from './repository-file.ts';
import { siblingsIn } from './siblings.ts';
import { type Snapshot, snapshotOf } from './snapshot.ts';

type Ports = Pick<
  FlowPorts,
  | 'forge'
  | 'git'
  | 'operator'
  | 'configuration'
  | 'repositoryFiles'
  | 'generator'
  | 'snapshots'
  | 'runners'
  | 'log'
>;

/** A base branch was at one commit and is at another. */
export interface Move {
  readonly repo: RepoRef;
  readonly branch: string;
  readonly from: Sha;
  readonly to: Sha;
}

/** What of a move no merged pull request brought. */
export interface Pushed {
  readonly forced: boolean;
  /** With how many commits concern each. */
  readonly projects: readonly { readonly project: Project; readonly commits: number }[];
}

/** Each costs a request; what lies further back is passed over. */
const mostCommits = 300;

/**
 * Which projects a base branch describes otherwise since a move, without a merged pull request having brought that. The forge is
 * asked of every commit on the branch's own line. A push that did not go on top of the branch is nobody's merge: all that differs
 * counts.
 *
 * @throws {UserError} where `tidegate.yaml` of the branch cannot be read.
 */
export const pushedBy = async (ports: Ports, move: Move): Promise<Pushed> => {
  const { git } = ports;
  const { repo, from, to } = move;
  if (from === to) return { forced: false, projects: [] };
  const forced = !(await isPartOf(git, repo.id, from, to));
  if (forced) return { forced, projects: await replaced(ports, move) };
  const commits = await unbrought(ports, move);
  if (commits.length === 0) return { forced, projects: [] };
  const changes: string[][] = [];
  for (const { commit, parent } of commits)
    changes.push(await changedPaths(ports, repo, parent ?? from, commit));
  const { projects, isNew } = await projectsAt(ports, move);
  const names = repositoryFileNames(ports, fullNameOf(repo));
  const isFile = (path: string): boolean => names.includes(path);
  const counted = projects.map(({ project, watches }) => {
    const concerning = changes.filter((paths) => paths.some(watches)).length;
    const isNamed = isNew(project) && changes.some((paths) => paths.some(isFile));
    return { project, commits: concerning === 0 && isNamed ? 1 : concerning };
  });
  return { forced, projects: counted.filter((one) => one.commits > 0) };
};

/** Where nobody knows any more what was there before, everything may be different. */
const replaced = async (ports: Ports, move: Move): Promise<Pushed['projects']> => {
  const { git } = ports;
  const { repo, from, to } = move;
  const { projects } = await projectsAt(ports, move);
  const isKnown = await git.hasCommit(repo.id, from);
  const commits = isKnown ? (await git.ownCommits(repo.id, to, from, mostCommits)).length : 0;
  const paths = isKnown ? await changedPaths(ports, repo, from, to) : null;
  return projects
    .filter(({ watches }) => paths === null || paths.some(watches))
    .map(({ project }) => ({ project, commits }));
};

const changedPaths = async ({ git }: Ports, repo: RepoRef, from: Sha, to: Sha): Promise<string[]> =>
  (await git.changed(repo.id, await git.treeOf(repo.id, from), await git.treeOf(repo.id, to))).map(
    ({ path }) => path,
  );

/** Newest first. */
const unbrought = async (ports: Ports, move: Move): Promise<readonly OwnCommit[]> => {
  const { forge, git, log } = ports;
  const { repo, branch, from, to } = move;
  const line = await git.ownCommits(repo.id, to, from, mostCommits);
  if (line.length === mostCommits)
    log.warn('a base branch moved further than is looked at', { branch, to, commits: mostCommits });
  const brought = new Set<Sha>();
  const pushed: OwnCommit[] = [];
  for (const one of line) {
    if (brought.has(one.commit)) continue;
    const merges = (await forge.mergesOf(repo, one.commit)).filter(({ baseRef }) => baseRef === branch);
    if (merges.length === 0) pushed.push(one);
    const [whole] = line.length === 1 ? [] : merges.filter(({ commit }) => commit === one.commit);
    if (whole !== undefined) for (const commit of await broughtAlong(ports, move, whole)) brought.add(commit);
  }
  return pushed;
};

/** Commits of one pull request may have been put on top one by one: it is enough to ask of the last. */
const broughtAlong = async (
  { forge, git }: Ports,
  { repo, branch }: Move,
  { number, headSha, commit }: BroughtBy,
): Promise<readonly Sha[]> => {
  if (!(await git.hasCommit(repo.id, headSha))) {
    const { url, token, done } = await forge.remote(repo);
    try {
      await git.fetch(repo, { url, token, pullNumber: number, baseRef: branch });
    } catch (error) {
      if (error instanceof FetchFailed && error.reason === 'no-such-ref') return [];
      throw error;
    } finally {
      done();
    }
  }
  const before = (await git.hasCommit(repo.id, headSha))
    ? await git.beforeMerge(repo.id, commit, headSha)
    : null;
  return before === null
    ? []
    : (await git.ownCommits(repo.id, commit, before, mostCommits)).map((one) => one.commit);
};

/** Keys of the projects that a commit of a base branch has. @throws {UserError} as `pushedBy`. */
export const projectKeysAt = async (
  ports: Ports,
  repo: RepoRef,
  branch: string,
  commit: Sha,
): Promise<ReadonlySet<ProjectKey>> => {
  const snapshot = await snapshotAt(ports, repo, branch, commit);
  return new Set(projectsOf(ports, repo, branch, snapshot).map(({ key }) => key));
};

/** What is on a base branch is its own code. Only its tip was fetched with its files; where it was before may be years ago. */
export const snapshotAt = async (
  ports: Ports,
  repo: RepoRef,
  branch: string,
  commit: Sha,
): Promise<Snapshot> => {
  await ports.git.complete(repo, [commit], () => ports.forge.remote(repo));
  const tree = await ports.git.treeOf(repo.id, commit);
  return snapshotOf(ports, repo, { tree, code: tree, where: branch });
};

export const projectsOf = (
  { operator, runners }: Pick<Ports, 'operator' | 'runners'>,
  repo: RepoRef,
  branch: string,
  { file, found }: Snapshot,
): readonly Project[] =>
  mergeProjects({
    baseBranch: branch,
    repositoryId: repo.id,
    repository: fullNameOf(repo),
    operator,
    declared: runners.declared,
    base: file,
    foundInBase: found,
    head: file,
    found,
  }).projects;

/** What the branch said before is asked only to tell what it says anew. */
const orUnread = (error: unknown): null => {
  if (error instanceof UserError) return null;
  throw error;
};

const projectsAt = async (
  ports: Ports,
  { repo, branch, from, to }: Move,
): Promise<{
  readonly projects: readonly {
    readonly project: Project;
    readonly watches: (path: string) => boolean;
  }[];
  readonly isNew: (project: Project) => boolean;
}> => {
  const after = await snapshotAt(ports, repo, branch, to);
  const known = (await ports.git.hasCommit(repo.id, from))
    ? await projectKeysAt(ports, repo, branch, from).catch(orUnread)
    : null;
  const all = projectsOf(ports, repo, branch, after);
  const siblings = siblingsIn(after, ports, all);
  const projects = all.map((project) => {
    const matches = changeMatcher(project);
    const { folders, isOpen } = closureIn(after, ports)(project);
    const mayUse = isOpen ? mayBeUsed(project, all) : undefined;
    return {
      project,
      watches: concerns(project, folders, (_, path) => matches(path), siblings(project), mayUse),
    };
  });
  return { projects, isNew: ({ key }) => known !== null && !known.has(key) };
};
