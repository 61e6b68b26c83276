import type { ProjectKey, Sha } from '../../domain/ids.ts';
import type { Tagged } from '../../domain/tags/tagged.ts';

/** Projects that follow tags, and the tags that were ever chosen. */
export interface TagRows {
  /** Where each tag of a repository led when it was chosen first. */
  kept(repositoryId: number): Promise<ReadonlyMap<string, Sha>>;
  /** What is kept of a tag already stays. `at`: Unix milliseconds. */
  keep(repositoryId: number, tag: string, commit: Sha, at: number): Promise<void>;
  get(project: ProjectKey): Promise<Tagged | null>;
  /** By their projects. */
  ofRepository(repositoryId: number): Promise<readonly Tagged[]>;
  /** In the place of what was there of the project. */
  put(tagged: Tagged): Promise<void>;
  /** It does not follow tags any more. */
  remove(project: ProjectKey): Promise<void>;
}
