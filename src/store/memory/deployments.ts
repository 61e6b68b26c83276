import type { Deployments } from '../port.ts';
import type { Enter, MemoryTables } from './tables.ts';

export const createDeployments = ({ deployments }: MemoryTables, enter: Enter): Deployments => ({
  begin: (run, project) =>
    enter(() => {
      if (!deployments.has(run)) deployments.set(run, { run, project, replacedBy: null });
    }),
  has: (run) => enter(() => deployments.has(run)),
  replacedBy: (run) => enter(() => deployments.get(run)?.replacedBy ?? null),
  replace: (project, by) =>
    enter(() => {
      const found = [...deployments.values()].filter(
        (one) => one.project === project && one.replacedBy === null && one.run !== by,
      );
      for (const one of found) deployments.set(one.run, { ...one, replacedBy: by });
      return found.map(({ run }) => run).sort();
    }),
});
