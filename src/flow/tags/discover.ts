import { withoutMerge } from '../../domain/drift/thread-project.ts';
import type { ProjectKey } from '../../domain/ids.ts';
import { UserError } from '../../domain/problem.ts';
import type { Pull } from '../../domain/pull.ts';
import { notThere, notToFollow, sameSource } from '../../domain/tags/tagged.ts';
import { discoveredOn } from '../discovered-on.ts';
import { type Discovery, type DiscoveryPorts, stopped } from '../discovery.ts';
import { snapshotOf } from '../snapshot.ts';
import { chosenNow, tagsNow } from './choose.ts';
import { taggedProjects } from './projects.ts';

/**
 * What the issue of a project that follows tags plans: exactly that project, as the tag has it that is followed. The tag is asked anew each
 * time, right before an apply as well: one that leads elsewhere by now, or that a higher one took the place of, is none.
 */
export const discoverTag = async (ports: DiscoveryPorts, pull: Pull, key: ProjectKey): Promise<Discovery> => {
  const { forge, git, store } = ports;
  const { repo } = pull.ref;
  const branch = pull.base.ref;
  const commit = pull.head.sha;
  const { url, token, done } = await forge.remote(repo);
  const tip = await git.fetchBranch(repo, { url, token, baseRef: branch }).finally(done);
  const [tracked, tagged, tags, kept] = await Promise.all([
    store.tracked.get(key),
    store.tags.get(key),
    tagsNow(ports, repo),
    store.tags.kept(repo.id),
  ]);
  const now =
    tagged === null
      ? ({ kind: 'none' } as const)
      : await chosenNow(ports, repo.id, tagged.source, { tip, tags, kept });
  const problem = notToFollow(tracked, tagged, now);
  if (problem !== null || tracked === null || tagged === null)
    return stopped({ headSha: commit, baseSha: commit }, problem);
  await git.complete(repo, [tip, commit], () => forge.remote(repo));
  const [tree, code] = [await git.treeOf(repo.id, commit), await git.treeOf(repo.id, tip)];
  const found = { headSha: commit, baseSha: commit, tree };
  try {
    const base = await snapshotOf(ports, repo, { tree: code, code, where: branch });
    const snapshot = await snapshotOf(ports, repo, { tree, code, where: pull.head.ref });
    const projects = taggedProjects(ports, repo, base, snapshot)
      .filter(({ project, source }) => project.key === key && sameSource(source, tagged.source))
      .map(({ project }) => withoutMerge(project));
    if (projects.length === 0) return stopped(found, notThere(tracked, pull.head.ref));
    return discoveredOn(ports, found, snapshot, projects);
  } catch (error) {
    if (error instanceof UserError) return stopped(found, error.problem);
    throw error;
  }
};
