import type { Due } from './due.ts';
import type { Sha } from './ids.ts';
import type { Run } from './run.ts';

/** What people are shown of an apply where its environment is. */
export type DeploymentState = 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';

/** The commit that an apply put into the world, the merged one where a merge asked for it: the one place where that is decided. */
export const deployedCommit = (
  { headSha, project }: Pick<Run, 'headSha' | 'project'>,
  dues: readonly Due[],
): Sha => dues.find((due) => due.project === project.key)?.commit ?? headSha;

/** Null: nothing was begun. Only what was there can be replaced: one that failed stays a failure. */
export const deploymentState = (
  { state, startedAt }: Pick<Run, 'state' | 'startedAt'>,
  isReplaced: boolean,
): DeploymentState | null => {
  if (startedAt === null) return null;
  switch (state) {
    case 'queued':
    case 'running':
      return 'in_progress';
    case 'applied':
      return isReplaced ? 'inactive' : 'success';
    case 'unresolved':
      return 'error';
    case 'failed':
    case 'cancelled':
    case 'superseded':
    case 'planned':
      return 'failure';
    default: {
      const never: never = state;
      return never;
    }
  }
};
