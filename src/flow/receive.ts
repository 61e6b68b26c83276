import type { Delivery } from '../domain/trigger.ts';
import type { FlowPorts } from './ports.ts';

export const notAllowed = 'the operator file does not allow this repository';

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
  const { repository, trigger } = delivery;
  const ignored =
    trigger === null || repository === null
      ? 'asks nothing of us'
      : operator.allows(repository)
        ? undefined
        : notAllowed;
  const outcome = await store.deliveries.record(delivery, ignored);
  if (outcome === 'known' || ignored === undefined) return outcome;
  if (trigger !== null) log.info('delivery ignored', { delivery: delivery.id, repository, reason: ignored });
  return 'ignored';
};
