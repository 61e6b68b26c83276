import type { Project } from '../../domain/project.ts';
import { fullNameOf, type RepoRef } from '../../domain/pull.ts';
import type { FlowPorts } from '../ports.ts';
import { projectsOf } from '../pushed.ts';
import type { Snapshot } from '../snapshot.ts';

/** Which projects a snapshot of a branch has. */
export type ProjectsIn = (repo: RepoRef, branch: string, snapshot: Snapshot) => readonly Project[];

/**
 * As `projectsOf`, worked out once for each snapshot that is still kept: in a repository of 500 projects each look for drift would ask all
 * rules about all of them, to find the one that it looks at.
 */
export const rememberProjects = (ports: Pick<FlowPorts, 'operator' | 'runners'>): ProjectsIn => {
  const known = new WeakMap<
    Snapshot['found'],
    {
      readonly of: string;
      readonly file: Snapshot['file'];
      readonly projects: readonly Project[];
    }
  >();
  return (repo, branch, snapshot) => {
    const of = `${repo.id} ${fullNameOf(repo)} ${branch}`;
    const before = known.get(snapshot.found);
    if (before?.of === of && before.file === snapshot.file) return before.projects;
    const projects = projectsOf(ports, repo, branch, snapshot);
    known.set(snapshot.found, { of, file: snapshot.file, projects });
    return projects;
  };
};
