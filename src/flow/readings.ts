import type { Readings } from '../observe/metrics.ts';
import type { FlowPorts } from './ports.ts';

/** The states of runs that are not over, or that somebody has to settle. Those that ended are counted when they end. */
export const liveStates = ['queued', 'running', 'unresolved'] as const;

const secondsSince = (at: number | null, now: number): number =>
  at === null ? 0 : Math.max(0, now - at) / 1000;

/** What stands in the store right now, in numbers. Costs as much as there is work to do, whatever lies behind. */
export const readNumbers = async (
  { store, clock }: Pick<FlowPorts, 'store' | 'clock'>,
  other: Pick<Readings, 'freeSpace' | 'ready'>,
): Promise<Readings> => {
  const runs = await store.runs.counts(liveStates);
  const locks = await store.locks.counts();
  const reports = await store.reports.backlog();
  const deliveries = await store.deliveries.backlog();
  const putAside = await store.deliveries.putAside();
  const now = clock.now();
  return {
    ...other,
    runs,
    locks,
    reports: {
      waiting: reports.waiting,
      parked: reports.parked,
      overdue: secondsSince(reports.oldest, now),
    },
    deliveries: {
      pending: deliveries.pending,
      oldest: secondsSince(deliveries.oldestAt, now),
      putAside,
    },
  };
};
