import type { Project } from '../domain/project.ts';
import { type Discovery, type DiscoveryPorts, type Found, stopped } from './discovery.ts';
import { leftOutProblem } from './left-out.ts';
import { placeProblems } from './place-problem.ts';
import type { Snapshot } from './snapshot.ts';

/** What the issue of a project finds at a commit: nothing is merged there, so there is no base that could have moved under it. */
export const discoveredOn = (
  ports: DiscoveryPorts,
  at: Found,
  snapshot: Snapshot,
  projects: readonly Project[],
): Discovery => {
  const misplaced = placeProblems(ports, snapshot);
  const badPlace: Discovery['badPlace'] = (project) =>
    misplaced(project) ?? leftOutProblem(ports, snapshot, project);
  return {
    ...stopped(at, projects.map(badPlace).find((one) => one !== null) ?? null),
    affected: projects,
    projects,
    badPlace,
    behindFor: async () => [],
    baseEntries: snapshot.entries,
  };
};
