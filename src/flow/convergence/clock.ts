import { type Convergence, mostLooks } from '../../domain/convergence/convergence.ts';
import type { RunId } from '../../domain/ids.ts';
import type { PullRef } from '../../domain/pull.ts';
import { changesWorld, type Run } from '../../domain/run.ts';
import type { Store, StoreTables } from '../../store/port.ts';
import { releaseLock, voidPlans } from '../conclude.ts';
import { lookAfter, noteLookAfter } from '../drift/after-apply.ts';
import type { Sight } from '../drift/see.ts';
import type { InTurn } from '../merge-group.ts';
import type { FlowPorts } from '../ports.ts';
import { wantBoard } from '../report.ts';
import { judge, lookAgain, remember } from './look.ts';

/** Looks at what applies left, and ends that. All of it is in the store: the next server goes on. */
export interface ConvergenceClock {
  /** Begins what is due. Returns when to look again, in milliseconds; null: nothing is open. */
  turn(): Promise<number | null>;
  /** Begins nothing more. */
  stop(): void;
}

interface Options {
  /** Its looks have their turns as plans have. */
  readonly inTurn: InTurn;
  readonly track: (work: Promise<void>) => void;
  readonly ring: () => void;
}

/** Another run of the pull request may end without a word to us. */
const leastMs = 1_000;

type Ended = Pick<Convergence, 'outcome'> & Partial<Pick<Convergence, 'remaining' | 'unsettled' | 'because'>>;

export const createConvergenceClock = (
  ports: FlowPorts,
  { inTurn, track, ring }: Options,
): ConvergenceClock => {
  const { store, clock, log, operator } = ports;
  const going = new Set<RunId>();
  let stopped = false;

  const refOf = ({ repo, pullNumber: number }: Convergence): PullRef => ({ repo, number });

  /** The lock was to be given back meanwhile. What was planned under it since then has its turn in the line. */
  const giveBack = async (tables: StoreTables, row: Convergence): Promise<void> => {
    const { project, pullNumber, repo } = row;
    const lock = await tables.locks.get(project);
    if (!row.endsLock || lock === null || lock.pullNumber !== pullNumber) return;
    const key = { repositoryId: repo.id, pullNumber };
    const plans = await tables.runs.ofPull(key, ['queued', 'running', 'planned']);
    if (plans.some((run) => run.project.key === project && !run.spent && run.createdAt >= row.since)) {
      await voidPlans(tables, key, (one) => one === project, clock.now());
      await tables.locks.wait(project, key, clock.now());
    }
    await releaseLock(tables, ports, refOf(row), project);
  };

  const end = async (
    tables: StoreTables,
    row: Convergence,
    { apply, sight }: { readonly apply: Run | null; readonly sight: Sight | null },
    came: Ended,
  ): Promise<void> => {
    const at = clock.now();
    const over: Convergence = { ...row, ...came, endedAt: at };
    const { outcome, project, remaining, unsettled, because } = over;
    await tables.convergences.put(over);
    if (outcome !== 'superseded') {
      await tables.audit.append({
        at,
        kind: `converge.${outcome}`,
        actor: null,
        repositoryId: row.repo.id,
        pullNumber: row.pullNumber,
        runId: row.run,
        facts: { project, remaining, unsettled, because },
      });
      if (sight !== null && outcome !== 'unchecked') await remember(tables, over, sight, at);
      if (apply !== null && sight !== null) await noteLookAfter(tables, ports, apply, sight);
      else if (apply !== null) await lookAfter(tables, ports, apply);
    }
    await giveBack(tables, over);
    await wantBoard({ store: tables, clock }, refOf(row));
  };

  /** Has something else been done to the project since, or is it being done? */
  const isSuperseded = async (
    tables: Pick<Store, 'tracked' | 'runs'>,
    row: Convergence,
  ): Promise<boolean> => {
    const busy = await tables.runs.inState(['running', 'unresolved']);
    if (busy.some((run) => changesWorld(run.verb) && run.project.key === row.project)) return true;
    const { applied = null, attempted = null } = (await tables.tracked.get(row.project)) ?? {};
    return [applied, attempted].some((one) => one !== null && one.run !== row.run && one.at >= row.since);
  };

  const over = async (row: Convergence, came: Ended): Promise<void> => {
    await store.transact(async (tables) => {
      const now = await tables.convergences.get(row.run);
      if (now?.outcome !== null) return;
      await end(tables, now, { apply: await tables.runs.get(row.run), sight: null }, came);
    });
    ring();
  };

  const look = async (row: Convergence): Promise<void> => {
    const apply = await store.runs.get(row.run);
    const planRun = apply?.planRunId == null ? null : await store.runs.get(apply.planRunId);
    const summary = planRun?.plan?.summary ?? null;
    if (apply === null || planRun === null || summary === null)
      return over(row, { outcome: 'unchecked', because: 'its plan is not kept any more' });
    if (await isSuperseded(store, row)) return over(row, { outcome: 'superseded' });
    if (row.looks >= mostLooks)
      return over(row, {
        outcome: 'unchecked',
        because: 'the server ended again and again while it was planned',
      });
    await store.convergences.put({ ...row, looks: row.looks + 1 });
    const sight = await lookAgain(ports, row.repo, { apply, planRun }, inTurn);
    await store.transact(async (tables) => {
      const now = await tables.convergences.get(row.run);
      // Its time was over, or the lock was wanted.
      if (now === null || now.outcome !== null) return;
      // This server goes: it is the next one's.
      if (sight === undefined) return tables.convergences.put({ ...now, looks: row.looks });
      if (await isSuperseded(tables, now))
        return end(tables, now, { apply, sight: null }, { outcome: 'superseded' });
      if ('problem' in sight)
        return end(
          tables,
          now,
          { apply, sight: null },
          { outcome: 'unchecked', because: sight.problem.sentence },
        );
      const came = await judge(tables, now, { apply, summary }, sight, clock.now());
      if ('first' in came) return tables.convergences.put({ ...now, ...came });
      return end(tables, now, { apply, sight }, came);
    });
    ring();
  };

  const go = (row: Convergence): void => {
    going.add(row.run);
    track(
      look(row)
        .catch((error: unknown) => {
          if (!stopped) log.error('an apply could not be looked at', { run: row.run, error });
        })
        .finally(() => going.delete(row.run)),
    );
  };

  /** What people asked for goes first, and has the checkout. */
  const isBusy = async ({ repo, pullNumber }: Convergence): Promise<boolean> =>
    (await store.runs.ofPull({ repositoryId: repo.id, pullNumber }, ['queued', 'running'])).length > 0;

  return {
    turn: async () => {
      if (stopped) return null;
      const open = await store.convergences.open();
      if (open.length === 0) return null;
      const isLow = await ports.space.isLow();
      let wait = Number.POSITIVE_INFINITY;
      for (const row of open) {
        const now = clock.now();
        if (now >= row.until || !operator.allows(`${row.repo.owner}/${row.repo.name}`)) {
          await over(row, { outcome: 'unchecked', because: 'there was no time for it' });
          continue;
        }
        wait = Math.min(wait, row.until - now);
        if (going.has(row.run)) continue;
        if (row.dueAt > now) wait = Math.min(wait, row.dueAt - now);
        else if (isLow || (await isBusy(row))) wait = Math.min(wait, leastMs);
        else if (!stopped) go(row);
      }
      return wait;
    },
    stop: () => {
      stopped = true;
    },
  };
};
