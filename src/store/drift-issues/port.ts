import type { DriftIssue } from '../../domain/drift/issue.ts';
import type { ProjectKey } from '../../domain/ids.ts';
import type { PullKey } from '../port.ts';

/** The issues that tell of drift, one for each project. */
export interface DriftIssues {
  get(project: ProjectKey): Promise<DriftIssue | null>;
  /** Null: that number is no issue of ours, as far as we know. */
  ofNumber(issue: PullKey): Promise<DriftIssue | null>;
  /** By their projects. */
  ofRepository(repositoryId: number): Promise<readonly DriftIssue[]>;
  /** In the place of what was there of the project. */
  put(issue: DriftIssue): Promise<void>;
}
