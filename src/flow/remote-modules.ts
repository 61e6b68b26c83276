import type { Project } from '../domain/project.ts';
import { type RemoteModule, remoteModulesIn } from '../domain/remote-modules.ts';
import { isWithin, type RepoPath } from '../domain/repo-path.ts';
import type { ModuleUse } from '../domain/trust/code-facts.ts';
import type { Look, Snapshot } from './snapshot.ts';
import { filesIn, type ViewPorts, viewIn } from './views.ts';

/** What the code of a project and of its local modules takes from other repositories. */
export const remoteModulesOf = (
  look: Omit<Look, 'entries' | 'found'>,
  ports: ViewPorts,
  project: Project,
): readonly RemoteModule[] => {
  const view = viewIn(look, ports)(project);
  const folders = new Set<string>([project.dir, ...view.closure.folders]);
  return [...filesIn(look, view)].flatMap(([path, { code }]) =>
    folders.has(path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.')
      ? remoteModulesIn(path, code.modules)
      : [],
  );
};

const nameOf = ({ name, source, version }: ModuleUse): string => `${name}\n${source}\n${version ?? ''}`;

/** Calls of modules in other repositories that one tree has and the other has not, or has otherwise. */
export const broughtModules = (
  before: Pick<Snapshot, 'files'>,
  after: Pick<Snapshot, 'files'>,
): readonly RemoteModule[] =>
  [...after.files].flatMap(([path, { code }]) => {
    const known = before.files.get(path)?.code.modules;
    if (known === code.modules) return [];
    const names = new Set(known?.map(nameOf));
    return remoteModulesIn(
      path,
      code.modules.filter((use) => !names.has(nameOf(use))),
    );
  });

/** Is this folder, or what it calls inside of the repository, among what changed? Where that is not sure, whatever changed. */
export const touchedFolders =
  (changed: readonly { readonly path: string }[], looks: readonly Pick<Snapshot, 'modules'>[]) =>
  (folder: RepoPath): boolean => {
    const closures = looks.map(({ modules }) => modules(folder));
    if (closures.some(({ sure }) => !sure)) return changed.length > 0;
    const within = [folder, ...closures.flatMap(({ folders }) => folders)];
    return changed.some(({ path }) => within.some((one) => isWithin(path, one)));
  };
