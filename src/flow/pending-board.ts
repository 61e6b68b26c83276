import type { Batch } from '../domain/batch.ts';
import { byProject } from '../domain/pending.ts';
import type { Pull } from '../domain/pull.ts';
import type { Run } from '../domain/run.ts';
import type { PendingView } from '../render/view.ts';
import { keyOf } from './admit.ts';
import { isPartOf } from './ancestry.ts';
import { openDues } from './dues.ts';
import type { FlowPorts } from './ports.ts';

/** What pushes to the base branch left undone of the projects of a pull request, and whether their plans on show hold it. */
export const pendingsOn = async (
  { git, store }: Pick<FlowPorts, 'git' | 'store'>,
  pull: Pull,
  batch: Batch | null,
  runs: readonly Run[],
): Promise<readonly PendingView[]> => {
  const affected = batch?.affected ?? [];
  const open = await store.pendings.openOf(affected.map(({ key }) => key));
  const here = byProject(open.filter(({ branch }) => branch === pull.base.ref));
  if (here.length === 0) return [];
  const dues = pull.state === 'open' ? [] : await openDues(store, keyOf(pull));
  const views: PendingView[] = [];
  for (const one of here) {
    const { project, branch, commit, commits, forced, by } = one;
    if (pull.state !== 'open' && !dues.some((due) => due.project === project)) continue;
    const name = affected.find(({ key }) => key === project)?.name ?? one.name;
    const plan = runs.find((run) => run.verb === 'plan' && run.project.key === project);
    const isPlanned = plan?.state === 'planned' && plan.plan?.summary.hasChanges === true;
    const isHeld = isPlanned && (await isPartOf(git, pull.ref.repo.id, commit, plan.baseSha));
    const said = isHeld ? 'contains' : isPlanned ? 'older' : 'none';
    views.push({ name, branch, commits, commit, forced, login: by?.login ?? null, plan: said });
  }
  return views;
};
