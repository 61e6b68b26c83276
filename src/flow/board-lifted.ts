import type { Project } from '../domain/project.ts';
import type { Pull } from '../domain/pull.ts';
import type { Run } from '../domain/run.ts';
import type { BoardRow } from '../render/view.ts';

/**
 * What the pull request takes `prevent_destroy` from, as its newest plan found it. An apply that was before that plan says more of
 * the project, and nothing of this. Behind the merge there is no protection left to be lost.
 */
export const liftedOf =
  ({ pull, runs }: { readonly pull: Pull; readonly runs: readonly Run[] }) =>
  ({ key }: Project): Pick<BoardRow, 'lifted'> => {
    const plan = runs.find(({ verb, project }) => verb === 'plan' && project.key === key);
    const lifted = plan?.plan?.summary.lifted ?? [];
    return pull.state !== 'open' || lifted.length === 0 ? {} : { lifted };
  };
