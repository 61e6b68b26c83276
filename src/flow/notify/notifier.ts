import type { Channel } from '../../notify/port.ts';
import { type Loop, startLoop } from '../loop.ts';
import type { FlowPorts } from '../ports.ts';
import { forget, gather } from './gather.ts';
import { createSender } from './send.ts';

/** Tells others what happened. What has to survive is in the store: it may end at any point and be started again. */
export interface Notifier {
  start(): Promise<void>;
  /** Something may have happened. */
  ring(): void;
  /** Begins nothing more; waits for what is under way, ten seconds at most. */
  stop(): Promise<void>;
}

export const createNotifier = (
  ports: Pick<FlowPorts, 'store' | 'clock' | 'log' | 'mask' | 'pageUrl' | 'operator'>,
  channels: readonly Channel[],
): Notifier => {
  const { clock, log, store, operator } = ports;
  const loops: Loop[] = [];
  const senders: Loop[] = [];
  const onError = (error: unknown): void => log.error('telling others failed inside Tidegate', { error });
  const gatherTurn = async (): Promise<number | null> => {
    const more = await gather({ store, clock, notify: operator.notify });
    for (const loop of senders) loop.ring();
    return more ? 0 : null;
  };
  return {
    start: async () => {
      // Nobody to tell: whoever is added one day begins with what comes then.
      if (channels.length === 0) return forget(store);
      for (const channel of channels)
        senders.push(startLoop({ clock, turn: createSender(ports, channel).turn, onError }));
      loops.push(startLoop({ clock, turn: gatherTurn, onError }));
    },
    ring: () => {
      for (const loop of loops) loop.ring();
    },
    stop: async () => {
      await Promise.all([...loops, ...senders].map((loop) => loop.stop()));
    },
  };
};
