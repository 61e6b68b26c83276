import type { Clock } from '../../clock/port.ts';
import type { Deliveries, PullKey } from '../port.ts';
import { asStored, type DeliveryRow, type Enter, isOf, type MemoryTables } from './tables.ts';

const subjectOf = ({ trigger }: DeliveryRow['delivery']): PullKey | null =>
  trigger === null ? null : { repositoryId: trigger.pull.repo.id, pullNumber: trigger.pull.number };

export const createDeliveries = ({ deliveries }: MemoryTables, clock: Clock, enter: Enter): Deliveries => {
  const inState = (state: DeliveryRow['state']) =>
    [...deliveries.values()].filter((row) => row.state === state);
  const isKnown = ({ delivery, pull, commentId, press }: DeliveryRow): boolean =>
    deliveries.has(delivery.id) ||
    [...deliveries.values()].some(
      (row) =>
        row.pull?.repositoryId === pull?.repositoryId &&
        ((commentId !== null && row.commentId === commentId) || (press !== null && row.press === press)),
    );

  return {
    record: (wanted, ignored) =>
      enter(() => {
        const delivery = asStored(wanted);
        const { trigger } = delivery;
        const row: DeliveryRow = {
          delivery,
          pull: subjectOf(delivery),
          commentId: trigger?.kind === 'comment' ? trigger.commentId : null,
          press: trigger?.kind === 'button' ? trigger.pressId : null,
          state: ignored === undefined ? 'pending' : 'ignored',
          finishedAt: ignored === undefined ? null : clock.now(),
        };
        if (isKnown(row)) return 'known';
        deliveries.set(delivery.id, row);
        return 'new';
      }),
    pending: (limit, except = new Set()) =>
      enter(() =>
        inState('pending')
          .map(({ delivery }) => delivery)
          .filter(({ id }) => !except.has(id))
          .slice(0, limit),
      ),
    commentOf: (repositoryId, commentId) =>
      enter(() => {
        const row = [...deliveries.values()].find(
          (one) => one.commentId === commentId && one.pull?.repositoryId === repositoryId,
        );
        const trigger = row?.delivery.trigger ?? null;
        return trigger?.kind === 'comment' ? trigger.body : null;
      }),
    isPress: (repositoryId, press) =>
      enter(() =>
        [...deliveries.values()].some(
          (row) => row.press === press && row.pull?.repositoryId === repositoryId,
        ),
      ),
    lastPress: (pull) =>
      enter(
        () =>
          [...deliveries.values()].findLast(
            (row) => row.press !== null && row.pull !== null && isOf(pull, row.pull),
          )?.press ?? null,
      ),
    finish: (id, outcome) =>
      enter(() => {
        const row = deliveries.get(id);
        if (row !== undefined) deliveries.set(id, { ...row, state: outcome, finishedAt: clock.now() });
      }),
    ofPull: (pull, since) =>
      enter(() => {
        const its = (row: DeliveryRow) => row.pull !== null && isOf(pull, row.pull);
        return {
          pending: inState('pending').filter(its).length,
          failed: inState('failed').filter((row) => its(row) && row.delivery.receivedAt >= since).length,
        };
      }),
    putAside: () => enter(() => inState('failed').length),
    backlog: () =>
      enter(() => {
        const times = inState('pending').map(({ delivery }) => delivery.receivedAt);
        return { pending: times.length, oldestAt: times.length === 0 ? null : Math.min(...times) };
      }),
  };
};
