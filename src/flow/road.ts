import type { Problem } from '../domain/problem.ts';
import { fullNameOf } from '../domain/pull.ts';
import type { Delivery } from '../domain/trigger.ts';
import { commandLimits, createCommandRates } from './command-rates.ts';
import { noteUsed } from './consumers/used.ts';
import { createConvergenceClock } from './convergence/clock.ts';
import { askLook, type PageLook } from './drift/ask.ts';
import { createDriftClock } from './drift/clock.ts';
import { asThreads } from './drift/thread.ts';
import { follow } from './follow.ts';
import { type Answer, createInbox } from './inbox.ts';
import { interpret } from './interpret.ts';
import { createJobs } from './jobs.ts';
import { isOldNews, noteFollowed } from './journal.ts';
import { type Loop, startLoop } from './loop.ts';
import { createNotifier } from './notify/notifier.ts';
import { createOutbox } from './outbox/outbox.ts';
import { followBase } from './pending.ts';
import type { FlowPorts } from './ports.ts';
import { notePress } from './press.ts';
import { receive } from './receive.ts';
import { reconcile } from './reconcile.ts';
import { wantBoard } from './report.ts';
import { createRetention } from './retention.ts';
import { suspensionTurn } from './suspended/clock.ts';
import { createSweep, type SweepNumbers } from './sweep.ts';
import { type PageUnlock, unlockOne } from './unlock.ts';
import { asAsked } from './whose.ts';

/**
 * The whole road, and what comes after what. What has to survive is in the store; this file only
 * decides what to look at next, so it may end at any point and be started again.
 */
export interface Road {
  /** Resolves when the delivery is durable. */
  receive(delivery: Delivery): Promise<void>;
  /** Picks up what the last server left, and goes. */
  start(): Promise<void>;
  /**
   * Begins no run more, ends plans and waits for applies; commands are still taken. Applies get one SIGINT a minute
   * before the time is over, and are left to their hosts when it is.
   */
  drain(withinMs: number): Promise<void>;
  /** Takes no new work, leaves applies to their hosts and plans to the next server, waits for what is being written. */
  stop(): Promise<void>;
  /** Resolves when nothing is left to do at this moment; what comes round by the clock is not waited for. */
  idle(): Promise<void>;
  /** A lock is asked back on a page. Null: it was given back. */
  unlock(wish: PageUnlock): Promise<Problem | null>;
  /** The same of a look at a project, which begins at once. */
  look(wish: PageLook): Promise<Problem | null>;
  /** What the sweep for lost webhooks did since the start. */
  sweep(): SweepNumbers;
}

/** What an apply is given to end in order before the time of a drain is over. */
const lastWordMs = 60_000;
/** For what has to be written when everything is left. */
const graceMs = 5_000;

export const createRoad = (given: FlowPorts): Road => {
  const forge = asAsked(asThreads(given.forge, given.store), given.store);
  const ports: FlowPorts = { ...given, forge };
  const { store, clock, log } = ports;
  const working = new Set<Promise<void>>();
  const loops: Loop[] = [];

  const ring = (): void => {
    for (const loop of loops) loop.ring();
    outbox.ring();
    notifier.ring();
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

  /** Deliveries that are being worked on. */
  let answering = 0;
  const isQuiet = (): boolean => answering === 0 && !jobs.isWaitedFor();

  const drift = createDriftClock(ports, { inTurn: jobs.inTurnLast, isQuiet, track, ring });

  const convergence = createConvergenceClock(ports, { inTurn: jobs.inTurn, track, ring });

  const rates = createCommandRates(commandLimits);

  const answer = async (delivery: Delivery): Promise<Answer> => {
    const wish = await interpret(ports, delivery, rates);
    if (wish.kind === 'ignore') return { outcome: 'ignored', reason: wish.reason };
    if (wish.kind === 'push' || wish.kind === 'pending' || wish.kind === 'tags') {
      await followBase(ports, wish);
      if (wish.kind === 'push') await noteUsed(ports, wish.repo);
      ring();
      return { outcome: 'done' };
    }
    if (await isOldNews(ports, wish)) return { outcome: 'ignored', reason: 'it was followed already' };
    if (delivery.trigger?.kind === 'button') await notePress(ports, delivery.trigger, wish);
    // Their processes need as long to start as the fetch takes: they go side by side.
    if (wish.kind === 'plan' || wish.kind === 'trust') ports.configuration.wake();
    if (wish.kind === 'plan' || wish.kind === 'apply' || wish.kind === 'trust') ports.sandbox.wake?.();
    const { admitted, superseded, interrupt, insist, recovering, group, consumers, closed } = await follow(
      ports,
      wish,
      { ring, inTurn: jobs.inTurn },
    );
    jobs.interrupt([...superseded, ...interrupt]);
    jobs.insist(insist);
    if (recovering !== null) jobs.recover(recovering);
    if (admitted !== null) jobs.start(wish.pull.ref, admitted);
    if (admitted !== null && admitted.batch.held.length > 0) jobs.preview(admitted.batch);
    if (group !== null) jobs.check(group);
    if (consumers !== null) jobs.lookAtConsumers(consumers);
    if (closed !== null) jobs.clean(closed.ref);
    // A comment that was answered before a crash says nothing of a head that was pushed since.
    if (wish.kind !== 'plan' || admitted !== null) await noteFollowed(ports, wish);
    ring();
    return { outcome: 'done' };
  };

  const answerCounted = async (delivery: Delivery): Promise<Answer> => {
    answering += 1;
    try {
      return await answer(delivery);
    } finally {
      answering -= 1;
    }
  };

  const inbox = createInbox(ports, { answer: answerCounted, track, interrupt: jobs.interrupt });
  const sweep = createSweep(ports, {
    ring,
    noteUsed: async (repo) => {
      if (!ports.operator.consumers.isNamed(fullNameOf(repo))) return 0;
      const noting = noteUsed(ports, repo);
      // A sweep that stops waits for nothing, and the mirror that is fetched into would.
      track(noting.then(() => {}));
      return noting;
    },
  });
  let draining = false;
  const notifier = createNotifier(ports, ports.channels);
  const outbox = createOutbox({ ...ports, isDraining: () => draining, woken: ring });

  /** A drain may take an hour, and whoever looks at a check that goes on should know what it waits for. */
  const sayRestarting = async (): Promise<void> => {
    const waiting = await store.runs.inState(['queued', 'running']);
    for (const id of new Set(waiting.map((run) => run.batchId))) {
      const batch = await store.batches.get(id);
      if (batch !== null) await wantBoard(ports, { repo: batch.repo, number: batch.pullNumber });
    }
    ring();
  };

  const takeDeliveries = async (): Promise<number | null> => {
    return (await inbox.take()) === 'more' ? 0 : null;
  };

  const isIdle = async (): Promise<boolean> =>
    working.size === 0 &&
    !sweep.isBusy() &&
    (await store.deliveries.pending(1)).length === 0 &&
    (await store.reports.nextDue()) === null &&
    (await store.runs.inState(['queued', 'running'])).length === 0 &&
    (await store.convergences.open()).length === 0;

  return {
    receive: async (delivery) => {
      if ((await receive(ports, delivery)) === 'new') ring();
    },
    start: async () => {
      const legacy = await reconcile(ports);
      for (const left of legacy.started) jobs.adopt(left);
      for (const { pull, run } of legacy.waiting) jobs.resume(pull, run);
      for (const group of legacy.groups) jobs.check(group);
      for (const look of legacy.consumers) jobs.lookAtConsumers(look);
      for (const pull of legacy.previews) jobs.preview(pull);
      const onError = (error: unknown) => log.error('a turn failed inside Tidegate', { error });
      loops.push(startLoop({ clock, turn: takeDeliveries, onError }));
      await outbox.start();
      await notifier.start();
      loops.push(startLoop({ clock, turn: createRetention(ports).turn, onError }));
      loops.push(startLoop({ clock, turn: sweep.turn, onError }));
      loops.push(startLoop({ clock, turn: () => suspensionTurn(ports, ring), onError }));
      loops.push(startLoop({ clock, turn: convergence.turn, onError }));
      await drift.start();
      loops.push(startLoop({ clock, turn: drift.turn, onError }));
    },
    drain: async (withinMs) => {
      draining = true;
      drift.stop();
      convergence.stop();
      jobs.drain();
      await sayRestarting();
      const started = clock.monotonic();
      const over = new AbortController();
      const at = async (ms: number, act: () => void): Promise<void> => {
        await clock.sleep(ms, over.signal);
        if (!over.signal.aborted) act();
      };
      const timed = [at(Math.max(0, withinMs - lastWordMs), jobs.interruptApplies), at(withinMs, jobs.leave)];
      while (working.size > 0 && clock.monotonic() - started < withinMs + graceMs)
        await Promise.race([Promise.all(working), clock.sleep(withinMs + graceMs, over.signal)]);
      over.abort();
      await Promise.all(timed);
    },
    stop: async () => {
      inbox.stop();
      sweep.stop();
      drift.stop();
      convergence.stop();
      jobs.leave();
      ports.space.stop();
      await Promise.all(loops.map((loop) => loop.stop()));
      // A delivery that was being worked on may have begun jobs since; the store must outlive them.
      while (working.size > 0) await Promise.all(working);
      // What applies came to is for people to see before the server is gone; the rest is sent by the next one.
      await outbox.stop();
      await notifier.stop();
    },
    unlock: async (wish) => {
      const { reply, superseded, touched } = await unlockOne(ports, wish);
      for (const pull of touched) await wantBoard(ports, pull);
      jobs.interrupt(superseded);
      ring();
      return reply.kind === 'problem' ? reply.problem : null;
    },
    look: async (wish) => {
      const problem = await askLook(ports, wish);
      ring();
      return problem;
    },
    sweep: sweep.numbers,
    idle: async () => {
      while (!(await isIdle())) await clock.sleep(20);
    },
  };
};
