import type { PullRef } from '../domain/pull.ts';
import type { Run } from '../domain/run.ts';
import type { FlowPorts } from './ports.ts';

type Ports = Pick<FlowPorts, 'store' | 'clock' | 'newId' | 'log'>;

export interface Recovered {
  /** Plans that were waiting for their turn. */
  readonly restart: readonly { readonly pull: PullRef; readonly run: Run }[];
  /** Pull requests whose boards say something else now. */
  readonly touched: readonly PullRef[];
}

/**
 * After a start: what was going on when the last server ended. Plans are planned again by
 * themselves. An apply that had started is `unresolved`: nobody here knows how it ended, so its lock
 * stays. One that had not started is dropped, because applies are never repeated unasked (promise 3).
 */
export const reconcile = async (ports: Ports): Promise<Recovered> => {
  const { store, clock, log } = ports;
  const restart: { pull: PullRef; run: Run }[] = [];
  const touched = new Map<string, PullRef>();
  for (const run of await store.runs.inState(['queued', 'running'])) {
    const batch = await store.batches.get(run.batchId);
    if (batch === null) throw new Error(`run ${run.id} has no batch`);
    const pull: PullRef = { repo: batch.repo, number: run.pullNumber };
    if (run.verb === 'plan' && run.state === 'queued') {
      restart.push({ pull, run });
      continue;
    }
    touched.set(`${batch.repositoryId}/${run.pullNumber}`, pull);
    log.warn('a run was cut off by a stop', { run: run.id, verb: run.verb, state: run.state });
    await store.transact(async (tables) => {
      const now = clock.now();
      if (run.state === 'queued') {
        await tables.runs.move(run.id, { kind: 'cancelled' }, now);
        return;
      }
      await tables.runs.move(run.id, { kind: 'lost' }, now, {
        problem: run.verb === 'apply' ? unknown : interrupted,
      });
      if (run.verb === 'apply') return;
      await tables.deliveries.record({
        id: `tidegate-${ports.newId()}`,
        event: 'plan_interrupted',
        action: null,
        repository: `${batch.repo.owner}/${batch.repo.name}`,
        trigger: { kind: 'stale', pull, project: run.project.key },
        receivedAt: now,
      });
    });
  }
  return { restart, touched: [...touched.values()] };
};

const unknown = {
  code: 'outcome-unknown',
  sentence: 'Tidegate was stopped while this was being applied, and nobody knows how it ended.',
  advice: 'Compare the state with the plan before anything else. The lock stays until a person has looked.',
} as const;

const interrupted = {
  code: 'plan-interrupted',
  sentence: 'Tidegate was stopped while this was being planned.',
  advice: 'It is being planned again by itself.',
} as const;
