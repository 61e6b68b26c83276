import { notToCorrect } from '../../domain/drift/standing.ts';
import { withoutMerge } from '../../domain/drift/thread-project.ts';
import type { ProjectKey } from '../../domain/ids.ts';
import { UserError } from '../../domain/problem.ts';
import type { Pull } from '../../domain/pull.ts';
import { discoveredOn } from '../discovered-on.ts';
import { type Discovery, type DiscoveryPorts, stopped } from '../discovery.ts';
import { projectsOf } from '../pushed.ts';
import { snapshotOf } from '../snapshot.ts';

/**
 * What a drift issue plans: exactly its project, as the tip of its branch has it, where that is what was applied. What is on a base
 * branch is its own code, so nothing of it has to be trusted first.
 */
export const discoverDrift = async (
  ports: DiscoveryPorts,
  pull: Pull,
  key: ProjectKey,
): Promise<Discovery> => {
  const { forge, git, store } = ports;
  const { repo } = pull.ref;
  const branch = pull.base.ref;
  const { url, token, done } = await forge.remote(repo);
  const tip = await git.fetchBranch(repo, { url, token, baseRef: branch }).finally(done);
  const tree = await git.treeOf(repo.id, tip);
  const found = { headSha: tip, baseSha: tip, tree };
  const problem = notToCorrect(await store.tracked.get(key), tip);
  if (problem !== null) return stopped(found, problem);
  try {
    const snapshot = await snapshotOf(ports, repo, { tree, code: tree, where: branch });
    const projects = projectsOf(ports, repo, branch, snapshot)
      .filter((project) => project.key === key)
      .map(withoutMerge);
    return discoveredOn(ports, found, snapshot, projects);
  } catch (error) {
    if (error instanceof UserError) return stopped(found, error.problem);
    throw error;
  }
};
