import type { Batch } from '../../domain/batch.ts';
import type { Pull, PullRef } from '../../domain/pull.ts';
import type { BoardView } from '../../render/view.ts';
import { boardView } from '../board.ts';
import type { FlowPorts } from '../ports.ts';

type Ports = Pick<FlowPorts, 'forge' | 'store' | 'space'>;

export const viewOf = async (
  ports: Ports,
  ref: PullRef,
): Promise<{ readonly pull: Pull; readonly batch: Batch | null; readonly view: BoardView }> => {
  const { store, forge } = ports;
  const key = { repositoryId: ref.repo.id, pullNumber: ref.number };
  const [pull, batch, runs, waits] = await Promise.all([
    forge.pull(ref),
    store.batches.latest(key, 'plan'),
    store.runs.latest(key),
    store.locks.waitsOf(key),
  ]);
  const held = await Promise.all(waits.map((wait) => store.locks.get(wait.project)));
  const newest = new Set(runs.map((run) => run.id));
  const older = runs.flatMap(({ planRunId }) =>
    planRunId === null || newest.has(planRunId) ? [] : [planRunId],
  );
  const used = await Promise.all(older.map((id) => store.runs.get(id)));
  const view = boardView({
    pull,
    batch,
    runs,
    used: used.filter((run) => run !== null),
    waits,
    held: held.filter((lock) => lock !== null),
    noRoom: await ports.space.isLow(),
  });
  return { pull, batch, view };
};

/** Nothing to say: no project is affected or removed, or a draft that nobody asked about. */
export const isQuiet = (view: BoardView): boolean =>
  view.rows.length === 0 &&
  (view.problem === null
    ? !view.skipped.some((project) => project.removed === true)
    : view.problem.code === 'draft');
