import type { RunId } from '../../domain/ids.ts';
import { next, type Run, type RunState } from '../../domain/run.ts';
import { afterMove } from '../after-move.ts';
import type { RunCount, Runs } from '../port.ts';
import { type Enter, isOf, type MemoryTables, nameOf, sortedBy } from './tables.ts';

const latestKey = (run: Run): string => `${nameOf(run)} ${run.project.key} ${run.verb}`;

const order = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

const asks = ({ project: { settings } }: Run, kinds: readonly string[]): boolean =>
  settings.apply.kind === 'auto' ||
  (settings.requirements.apply ?? []).some(({ kind }) => kinds.includes(kind));

export const createRuns = (tables: MemoryTables, enter: Enter): Runs => {
  const { runs, latestRuns, spentPlans } = tables;
  const all = (): readonly Run[] => [...runs.values()].map(({ run }) => run);
  const put = (run: Run): void => {
    const seq = runs.get(run.id)?.seq ?? tables.nextSeq();
    runs.set(run.id, { seq, run });
  };
  const inStates = (states: readonly RunState[], of: (run: Run) => boolean): readonly Run[] =>
    sortedBy(
      all().filter((run) => states.includes(run.state) && of(run)),
      ({ createdAt }) => createdAt,
    );
  /** An apply gets only a plan that stands, voiding takes any: see the SQLite adapter. */
  const take = (planRunId: RunId, applyRunId: RunId | null): boolean => {
    const plan = runs.get(planRunId)?.run;
    if (plan?.verb !== 'plan' || (applyRunId !== null && plan.state !== 'planned')) return false;
    const isTaken = applyRunId !== null && [...spentPlans.values()].includes(applyRunId);
    if (isTaken || spentPlans.has(planRunId)) return false;
    spentPlans.set(planRunId, applyRunId);
    put({ ...plan, spent: true });
    return true;
  };

  const giveBack = (applyRunId: RunId): void => {
    const planRunId = runs.get(applyRunId)?.run.planRunId ?? null;
    const plan = planRunId === null ? undefined : runs.get(planRunId)?.run;
    if (plan === undefined || spentPlans.get(plan.id) !== applyRunId) return;
    spentPlans.delete(plan.id);
    put({ ...plan, spent: false });
  };

  return {
    add: (run) =>
      enter(() => {
        if (run.spent) throw new TypeError('a new run cannot be spent: only `spend` and `void` decide that');
        if (runs.has(run.id)) throw new TypeError(`run ${run.id} is there already`);
        put(run);
        latestRuns.set(latestKey(run), run.id);
      }),
    get: (id) => enter(() => runs.get(id)?.run ?? null),
    latest: (pull) =>
      enter(() =>
        [...latestRuns.values()]
          .flatMap((id) => runs.get(id)?.run ?? [])
          .filter((run) => isOf(pull, run))
          .toSorted((one, other) => order(one.project.key, other.project.key) || order(one.verb, other.verb)),
      ),
    inState: (states) => enter(() => inStates(states, () => true)),
    ofPull: (pull, states) => enter(() => inStates(states, (run) => isOf(pull, run))),
    planOf: (pull, project, digest) =>
      enter(() => {
        const plans = [...runs.values()].filter(
          ({ run }) =>
            isOf(pull, run) &&
            run.project.key === project &&
            run.verb === 'plan' &&
            run.plan?.digest === digest,
        );
        return plans.toSorted((one, other) => other.seq - one.seq)[0]?.run ?? null;
      }),
    planBefore: (plan) =>
      enter(() => {
        const seq = runs.get(plan.id)?.seq ?? 0;
        const plans = [...runs.values()].filter(
          (one) =>
            isOf(plan, one.run) &&
            one.run.project.key === plan.project.key &&
            one.run.verb === 'plan' &&
            one.run.plan !== null &&
            one.seq < seq,
        );
        return plans.toSorted((one, other) => other.seq - one.seq)[0]?.run ?? null;
      }),
    waiting: (kinds) =>
      enter(() =>
        sortedBy(
          [...latestRuns.values()].flatMap((id) => runs.get(id) ?? []),
          ({ seq }) => seq,
        ).flatMap(({ run }) => (run.state === 'planned' && !run.spent && asks(run, kinds) ? [run] : [])),
      ),
    standing: (repositoryId, project) =>
      enter(() =>
        [...latestRuns.values()]
          .flatMap((id) => runs.get(id)?.run ?? [])
          .filter(
            (run) =>
              run.repositoryId === repositoryId &&
              run.project.key === project &&
              run.verb === 'plan' &&
              run.state === 'planned',
          )
          .map(({ pullNumber }) => ({ repositoryId, pullNumber }))
          .toSorted((one, other) => one.pullNumber - other.pullNumber),
      ),
    ofBatch: (batch) => enter(() => all().filter((run) => run.batchId === batch)),
    listed: (wish) =>
      enter(() => {
        const found = [...runs.values()]
          .filter(
            ({ run, seq }) =>
              (wish.repositories === null || wish.repositories.includes(run.repositoryId)) &&
              (wish.pullNumber === null || run.pullNumber === wish.pullNumber) &&
              (wish.states === null || wish.states.includes(run.state)) &&
              (wish.before === null || seq < wish.before),
          )
          .toSorted((one, other) => other.seq - one.seq);
        const shown = found.slice(0, wish.limit);
        return {
          runs: shown.flatMap(({ run: { plan: _plan, spent: _spent, output: _output, ...run } }) => {
            const repo = tables.batches.get(run.batchId)?.repo;
            return repo === undefined ? [] : [{ ...run, repo }];
          }),
          next: shown.length < wish.limit ? null : (shown.at(-1)?.seq ?? null),
        };
      }),
    counts: (states) =>
      enter(() => {
        const counts = new Map<string, RunCount>();
        for (const { verb, state } of inStates(states, () => true)) {
          const before = counts.get(`${verb} ${state}`)?.runs ?? 0;
          counts.set(`${verb} ${state}`, { verb, state, runs: before + 1 });
        }
        return [...counts.values()].toSorted(
          (one, other) => order(one.verb, other.verb) || order(one.state, other.state),
        );
      }),
    move: (id, event, at, change = {}) =>
      enter(() => {
        const run = runs.get(id)?.run;
        const state = run === undefined ? null : next(run, event);
        if (run === undefined || state === null) return null;
        const after = afterMove(run, { event, state, at }, change);
        put(after);
        if (event.kind === 'called-off') giveBack(id);
        return after;
      }),
    spend: (planRunId, applyRunId) => enter(() => take(planRunId, applyRunId)),
    void: (planRunId) => enter(() => void take(planRunId, null)),
  };
};
