import { mergeProjects } from '../../config/projects.ts';
import type { Project } from '../../domain/project.ts';
import { fullNameOf, type RepoRef } from '../../domain/pull.ts';
import type { TagSource } from '../../domain/tags/tagged.ts';
import type { FlowPorts } from '../ports.ts';
import type { Snapshot } from '../snapshot.ts';

/** A project that follows tags, and which. */
export interface TaggedProject {
  readonly project: Project;
  readonly source: TagSource;
}

/**
 * The projects of a commit that follow tags. Which they are, and by which rules they are planned and applied, is the word of the default
 * branch and of the operator, as it is now; what they are made of is the commit's own.
 *
 * @param base the default branch
 */
export const taggedProjects = (
  { operator, runners }: Pick<FlowPorts, 'operator' | 'runners'>,
  repo: RepoRef,
  base: Snapshot,
  at: Snapshot,
): readonly TaggedProject[] => {
  const { projects, tagged } = mergeProjects({
    baseBranch: null,
    tagsOnly: true,
    repositoryId: repo.id,
    repository: fullNameOf(repo),
    operator,
    declared: runners.declared,
    base: base.file,
    foundInBase: base.found,
    head: at.file,
    found: at.found,
  });
  const sources = new Map(tagged.map(({ project, source }) => [project, source]));
  return projects.flatMap((project) => {
    const source = sources.get(project.key);
    return source === undefined ? [] : [{ project, source }];
  });
};
