import type { Due, MergeOrder } from '../domain/due.ts';
import type { ProjectKey } from '../domain/ids.ts';
import type { Pull } from '../domain/pull.ts';
import type { Run } from '../domain/run.ts';
import type { StoreTables } from '../store/port.ts';
import { isPartOf } from './ancestry.ts';
import { openDues, wakeDue } from './dues.ts';
import type { FlowPorts } from './ports.ts';

/**
 * Where the merged commit stands to what the project was applied from. An apply that failed, or of which nobody knows how it
 * ended, may have done any part of what it was to do: what is older than that commit would take some of it back.
 */
export const orderOf = async (
  { git, store }: Pick<FlowPorts, 'git' | 'store'>,
  { merged, ref }: Pull,
  project: ProjectKey,
): Promise<MergeOrder> => {
  if (merged === null) return 'newest';
  const applied = await store.appliedCommits.get(project);
  if (applied !== null && (await isPartOf(git, ref.repo.id, merged.commit, applied.commit)))
    return 'contained';
  const begun = await store.begunCommits.get(project);
  // What was begun from this very commit may be gone on with.
  if (begun === null || begun.commit === merged.commit) return 'newest';
  return (await isPartOf(git, ref.repo.id, merged.commit, begun.commit)) ? 'overtaken' : 'newest';
};

/** What its merge asked for, ended or not. What an apply of a newer commit overtook is contained once that came to a good end. */
export const duesNow = async (
  ports: Pick<FlowPorts, 'git' | 'store'>,
  pull: Pull,
): Promise<readonly Due[]> => {
  const { repo, number: pullNumber } = pull.ref;
  const dues: Due[] = [];
  for (const due of await ports.store.dues.ofPull({ repositoryId: repo.id, pullNumber })) {
    const isOver = due.ended === 'overtaken' && (await orderOf(ports, pull, due.project)) === 'contained';
    dues.push(isOver ? { ...due, ended: 'contained' } : due);
  }
  return dues;
};

/**
 * An apply begins: called with its first move, all or nothing. Whoever was merged before and is still due finds that it was
 * overtaken: by what a merge asks for, or by what is applied before one, on top of a base branch that has it.
 */
export const noteBegun = async (
  tables: StoreTables,
  ports: Pick<FlowPorts, 'clock' | 'newId'>,
  run: Run,
): Promise<void> => {
  const project = run.project.key;
  const [due] = await openDues(tables, run, project);
  const batch = await tables.batches.get(run.batchId);
  if (run.verb !== 'apply' || batch === null) return;
  const others = (await tables.dues.open(project)).filter((one) => one.pullNumber !== run.pullNumber);
  if (due === undefined && others.length === 0) return;
  const { pullNumber, baseSha } = run;
  const commit = due?.commit ?? baseSha;
  await tables.begunCommits.put({ project, commit, pullNumber, at: ports.clock.now() });
  for (const other of others)
    await wakeDue(tables, ports, { repo: batch.repo, number: other.pullNumber }, project);
};
