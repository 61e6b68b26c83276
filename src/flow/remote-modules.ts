import type { Project } from '../domain/project.ts';
import { type RemoteModule, remoteModulesIn } from '../domain/remote-modules.ts';
import type { Snapshot } from './snapshot.ts';

/** What the code of a project and of its local modules takes from other repositories. */
export const remoteModulesOf = (
  { files, modules }: Pick<Snapshot, 'files' | 'modules'>,
  { dir }: Project,
): readonly RemoteModule[] => {
  const folders = new Set<string>([dir, ...modules(dir).folders]);
  return [...files].flatMap(([path, { code }]) =>
    folders.has(path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.')
      ? remoteModulesIn(path, code.modules)
      : [],
  );
};
