import { driftStatuses } from '../domain/drift/drift.ts';
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
  const notifications = await store.notifications.counts();
  const putAside = await store.deliveries.putAside();
  const drifts = await store.drifts.counts();
  const suspensions = await store.suspensions.all();
  const now = clock.now();
  const suspended = suspensions.filter(({ until }) => until > now).map(({ project }) => project.key);
  return {
    ...other,
    runs,
    locks,
    reports: {
      waiting: reports.waiting,
      parked: reports.parked,
      overdue: secondsSince(reports.oldest, now),
    },
    notifications: {
      waiting: notifications.waiting,
      dead: notifications.dead,
      oldest: secondsSince(notifications.oldestAt, now),
    },
    drift: {
      projects: Object.fromEntries(driftStatuses.map((status) => [status, drifts.byStatus[status] ?? 0])),
      oldest: secondsSince(drifts.oldestAt, now),
      suspended: new Set(suspended).size,
    },
    deliveries: {
      pending: deliveries.pending,
      oldest: secondsSince(deliveries.oldestAt, now),
      putAside,
    },
  };
};
