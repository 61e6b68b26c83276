import type { Delivery } from '../domain/trigger.ts';
import type { FlowPorts } from './ports.ts';

/**
 * Stage 1: commits a webhook before it is answered (promise 2). Nothing is decided here beyond
 * "may this server work for that repository at all": a delivery of another one is kept on record
 * and ignored.
 */
export const receive = async (
  ports: Pick<FlowPorts, 'store' | 'operator' | 'log'>,
  delivery: Delivery,
): Promise<'new' | 'known' | 'ignored'> => {
  const { store, operator, log } = ports;
  const outcome = await store.deliveries.record(delivery);
  if (outcome === 'known') return 'known';
  const { repository, trigger } = delivery;
  const reason =
    trigger === null || repository === null
      ? 'asks nothing of us'
      : operator.allows(repository)
        ? null
        : 'the operator file does not allow this repository';
  if (reason === null) return 'new';
  await store.deliveries.finish(delivery.id, 'ignored', reason);
  if (trigger !== null) log.info('delivery ignored', { delivery: delivery.id, repository, reason });
  return 'ignored';
};
