import type { ModuleCall, UsedModules } from '../../domain/consumers.ts';
import { type CallingFile, outsideCalls } from '../../domain/module-calls.ts';
import { gitModule, placeOfRemote } from '../../domain/module-source.ts';
import type { Project } from '../../domain/project.ts';
import { fullNameOf, type RepoRef } from '../../domain/pull.ts';
import type { FlowPorts } from '../ports.ts';
import { projectsOf, snapshotAt } from '../pushed.ts';
import type { Snapshot } from '../snapshot.ts';
import { type ViewPorts, viewIn } from '../views.ts';

export type UsedPorts = Pick<
  FlowPorts,
  | 'forge'
  | 'git'
  | 'store'
  | 'operator'
  | 'configuration'
  | 'repositoryFiles'
  | 'snapshots'
  | 'runners'
  | 'generator'
  | 'log'
>;

const folderOf = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.');

/** Module calls of a project, of modules outside its repository. */
const callsIn = (snapshot: Snapshot, ports: ViewPorts): ((project: Project) => readonly ModuleCall[]) => {
  const byFolder = Map.groupBy(snapshot.files, ([path]) => folderOf(path));
  return (project) => {
    const { files } = viewIn(snapshot, ports)(project);
    return outsideCalls(project.dir, (folder) =>
      (byFolder.get(folder) ?? []).flatMap(([path, facts]): readonly CallingFile[] => {
        const read = files.has(path) ? (files.get(path) ?? null) : facts;
        return read === null ? [] : [{ path, modules: read.code.modules }];
      }),
    );
  };
};

/**
 * What the tip of a repository's default branch uses of other repositories of the same host. What is known of a tip is not read
 * again. Null: there is no such branch.
 *
 * @throws {UserError} where `tidegate.yaml` of the branch cannot be read.
 */
export const usedBy = async (ports: UsedPorts, asked: RepoRef): Promise<UsedModules | null> => {
  const { forge, store } = ports;
  const { repo, defaultBranch: branch } = await forge.repository(asked);
  const tip = await forge.tipOf(repo, branch);
  if (tip === null) return null;
  const known = await store.usedModules.get(repo.id);
  if (known?.commit === tip && known.branch === branch) return { ...known, repo };
  const { commit, snapshot, host } = await tipOf(ports, repo, branch);
  const calls = callsIn(snapshot, ports);
  const isBeside = ({ source }: ModuleCall): boolean => gitModule(source)?.host === host;
  const projects = projectsOf(ports, repo, branch, snapshot).flatMap((project) => {
    const { name, dir, workspace } = project;
    const its = calls(project).filter(isBeside);
    return its.length === 0 ? [] : [{ name, dir, workspace, calls: its }];
  });
  const used: UsedModules = { repo, branch, commit, projects };
  await store.usedModules.put(used);
  return used;
};

/** The branch as it is now, and what is in it. */
export const tipOf = async (ports: UsedPorts, repo: RepoRef, branch: string) => {
  const { forge, git } = ports;
  const { url, token, done } = await forge.remote(repo);
  const commit = await git.fetchBranch(repo, { url, token, baseRef: branch }).finally(done);
  const snapshot = await snapshotAt(ports, repo, branch, commit);
  return { commit, snapshot, host: placeOfRemote(url)?.host ?? null };
};

/** Projects of one repository that call modules of another one. */
export const callersOf = (
  { projects }: UsedModules,
  modules: RepoRef,
): readonly { readonly name: string; readonly calls: readonly ModuleCall[] }[] => {
  const repository = fullNameOf(modules).toLowerCase();
  return projects.flatMap(({ name, calls }) => {
    const its = calls.filter(({ source }) => gitModule(source)?.repository === repository);
    return its.length === 0 ? [] : [{ name, calls: its }];
  });
};

/** What `usedBy` asks the forge at least. */
const requests = 2;

/** A base branch may have moved: what it uses is read now, so that nobody waits for it later. Returns about how many requests it took. */
export const noteUsed = async (ports: UsedPorts, repo: RepoRef): Promise<number> => {
  if (!ports.operator.consumers.isNamed(fullNameOf(repo))) return 0;
  await usedBy(ports, repo).catch((error: unknown) =>
    ports.log.warn('what a repository uses was not read', {
      repository: fullNameOf(repo),
      error: String(error),
    }),
  );
  return requests;
};

/** Of repositories that are not reached any more nothing is known. */
export const forgetUsed = async (
  { store }: Pick<UsedPorts, 'store'>,
  reached: readonly Pick<RepoRef, 'id'>[],
): Promise<void> => {
  const ids = new Set(reached.map(({ id }) => id));
  for (const { repo } of await store.usedModules.all())
    if (!ids.has(repo.id)) await store.usedModules.remove(repo.id);
};
