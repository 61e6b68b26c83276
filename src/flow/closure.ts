import type { ModuleClosure } from '../domain/modules.ts';
import { type Project, settingsFolders } from '../domain/project.ts';
import type { Look } from './snapshot.ts';
import { type ViewPorts, viewIn } from './views.ts';

/** What besides a project's own folder can change its plan, as its runner says: what its code uses, and folders that its settings name. */
export const closureIn =
  (look: Omit<Look, 'entries' | 'found'>, ports: ViewPorts) =>
  (project: Project): ModuleClosure => {
    const { dir, settings } = project;
    const runner = ports.runners.get(settings.runner);
    if (runner === null || runner.inputs === 'tree')
      return {
        folders: [],
        sure: false,
        because: `any file of the repository may matter to the runner \`${settings.runner}\``,
        isOpen: false,
      };
    const named = settingsFolders(project).filter((folder) => folder !== dir);
    const { closure } = viewIn(look, ports)(project);
    if (named.length === 0) return closure;
    const all = [closure, ...named.map((folder) => look.modules(folder))];
    const folders = new Set([...named, ...all.flatMap((one) => one.folders)]);
    folders.delete(dir);
    const doubt = all.find(({ sure }) => !sure);
    return {
      folders: [...folders].sort(),
      sure: doubt === undefined,
      because: doubt?.because ?? null,
      isOpen: all.some(({ isOpen }) => isOpen),
    };
  };
