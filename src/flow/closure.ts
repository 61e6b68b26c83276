import type { ModuleClosure } from '../domain/modules.ts';
import { type Project, settingsFolders } from '../domain/project.ts';
import type { Runners } from '../runner/port.ts';
import type { Snapshot } from './snapshot.ts';

/** What besides a project's own folder can change its plan, as its runner says: what its code uses, and folders that its settings name. */
export const closureIn =
  ({ modules }: Pick<Snapshot, 'modules'>, runners: Runners) =>
  (project: Project): ModuleClosure => {
    const { dir, settings } = project;
    const runner = runners.get(settings.runner);
    if (runner === null || runner.inputs === 'tree')
      return {
        folders: [],
        sure: false,
        because: `any file of the repository may matter to the runner \`${settings.runner}\``,
      };
    const named = settingsFolders(project).filter((folder) => folder !== dir);
    if (named.length === 0) return modules(dir);
    const all = [modules(dir), ...named.map(modules)];
    const folders = new Set([...named, ...all.flatMap((one) => one.folders)]);
    folders.delete(dir);
    const doubt = all.find(({ sure }) => !sure);
    return { folders: [...folders].sort(), sure: doubt === undefined, because: doubt?.because ?? null };
  };
