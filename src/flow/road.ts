import type { Delivery } from '../domain/trigger.ts';
import { follow } from './follow.ts';
import { type Answer, createInbox } from './inbox.ts';
import { interpret } from './interpret.ts';
import { createJobs } from './jobs.ts';
import { type Loop, startLoop } from './loop.ts';
import type { FlowPorts } from './ports.ts';
import { receive } from './receive.ts';
import { reconcile } from './reconcile.ts';
import { createReporter } from './outbox/outbox.ts';

/**
 * The whole road, and what comes after what. What has to survive is in the store; this file only
 * decides what to look at next, so it may end at any point and be started again.
 */
export interface Road {
  /** Resolves when the delivery is durable. */
  receive(delivery: Delivery): Promise<void>;
  /** Picks up what the last server left, and goes. */
  start(): Promise<void>;
  /** Takes no new work, ends plans, waits for applies and for what is being written. */
  stop(): Promise<void>;
  /** Resolves when nothing is left to do at this moment. */
  idle(): Promise<void>;
}

export const createRoad = (ports: FlowPorts): Road => {
  const { store, clock, log } = ports;
  const working = new Set<Promise<void>>();
  const loops: Loop[] = [];

  const ring = (): void => {
    for (const loop of loops) loop.ring();
  };

  const track = (work: Promise<void>): void => {
    const job = work
      .catch((error: unknown) => log.error('a job failed inside Tidegate', { error }))
      .finally(() => {
        working.delete(job);
        ring();
      });
    working.add(job);
  };

  const jobs = createJobs(ports, { track, ring });

  const answer = async (delivery: Delivery): Promise<Answer> => {
    const wish = await interpret(ports, delivery);
    if (wish.kind === 'ignore') return { outcome: 'ignored', reason: wish.reason };
    // Its process needs as long to start as the fetch takes: they go side by side.
    if (wish.kind === 'plan') ports.configuration.wake();
    const { admitted, superseded, closed } = await follow(ports, wish, ring);
    jobs.abort(superseded);
    if (admitted !== null) jobs.start(wish.pull.ref, admitted);
    if (closed !== null) jobs.clean(closed.ref);
    ring();
    return { outcome: 'done' };
  };

  const inbox = createInbox(ports, { answer, track });
  const reporter = createReporter(ports);

  const takeDeliveries = async (): Promise<number | null> => {
    return (await inbox.take()) === 'more' ? 0 : null;
  };

  const sendReports = async (): Promise<number | null> => {
    while ((await reporter.send()) > 0);
    const due = await store.reports.nextDue();
    return due === null ? null : Math.max(due - clock.now(), 0);
  };

  const isIdle = async (): Promise<boolean> =>
    working.size === 0 &&
    (await store.deliveries.pending(1)).length === 0 &&
    (await store.reports.nextDue()) === null &&
    (await store.runs.inState(['queued', 'running'])).length === 0;

  return {
    receive: async (delivery) => {
      if ((await receive(ports, delivery)) === 'new') ring();
    },
    start: async () => {
      for (const { pull, run } of await reconcile(ports)) jobs.resume(pull, run);
      const onError = (error: unknown) => log.error('a turn failed inside Tidegate', { error });
      loops.push(startLoop({ clock, turn: takeDeliveries, onError }));
      loops.push(startLoop({ clock, turn: sendReports, onError }));
    },
    stop: async () => {
      inbox.stop();
      jobs.stop();
      ports.space.stop();
      await Promise.all(loops.map((loop) => loop.stop()));
      // A delivery that was being worked on may have begun jobs since; the store must outlive them.
      while (working.size > 0) await Promise.all(working);
    },
    idle: async () => {
      while (!(await isIdle())) await clock.sleep(20);
    },
  };
};
