import type { Finding } from './finding.ts';
import { type LookedTree, treesOf } from './looked-tree.ts';
import { type KnownSources, knownSources, type LookedProject, projectFindings } from './project-findings.ts';
import { treeFindings } from './tree-findings.ts';

export interface FirstLook {
  /** What stands in the way of every project, and then of this one. */
  findings(project: LookedProject): readonly Finding[];
}

/**
 * What a pull request brings, before anything of it runs: the tree that a merge would make, held against the base branch's. What
 * is there is trusted as reviewed.
 */
export const firstLook = (base: LookedTree, head: LookedTree): FirstLook => {
  const trees = treesOf(base, head);
  const ofAll = treeFindings(trees);
  let known: KnownSources | null = null;
  return {
    findings: (project) => {
      known ??= knownSources(base);
      return [...ofAll, ...projectFindings(trees, known, project)];
    },
  };
};
