import PQueue from 'p-queue';
import { saysDiskFull } from '../domain/disk-full.ts';
import type { RunId } from '../domain/ids.ts';
import { type Problem, UserError } from '../domain/problem.ts';
import { noPull, type PullRef } from '../domain/pull.ts';
import type { Delivery, Trigger } from '../domain/trigger.ts';
import { ForgeError } from '../forge/port.ts';
import { grantNext } from './conclude.ts';
import { isPassing } from './passing.ts';
import type { FlowPorts } from './ports.ts';
import { failPress } from './press.ts';
import { explainPutAside } from './put-aside.ts';
import { wantReply } from './report.ts';

type Ports = Pick<FlowPorts, 'forge' | 'store' | 'clock' | 'log' | 'newId' | 'space'>;

/** What became of a delivery. */
export type Answer = { readonly outcome: 'done' } | { readonly outcome: 'ignored'; readonly reason: string };

/** Stored deliveries, worked on one after another per pull request, pull requests side by side. */
export interface Inbox {
  /** Takes up some of what is pending and not taken up yet. `more`: ask again, after others had their turn. */
  take(): Promise<'more' | 'done'>;
  /** No retry begins after this. */
  stop(): void;
}

const retryDelayMs = 2_000;
const longestDelayMs = 60_000;
/** A quarter of an hour of a forge that is down; what is wrong with the delivery itself shows sooner. */
const triesWhileForgeIsDown = 20;
const triesOtherwise = 3;
/** What is worked on at a time, side by side or waiting to be tried again. */
const inHand = 500;
/** Small, so that a flood that was acknowledged does not keep the next acknowledgement waiting. */
const bite = 50;

const problemOf = (delivery: Delivery, error: unknown): Problem => {
  if (error instanceof UserError) return error.problem;
  const again = delivery.trigger?.kind === 'comment' ? 'Comment it again' : 'Comment `/plan`';
  return {
    code: 'internal',
    sentence: `Tidegate failed while it worked on this; the delivery is \`${delivery.id}\`.`,
    advice: `${again}, and tell the people who run Tidegate if it stays.`,
  };
};

export const createInbox = (
  ports: Ports,
  options: {
    readonly answer: (delivery: Delivery) => Promise<Answer>;
    readonly track: (work: Promise<void>) => void;
    /** Ends the processes of runs that are over. */
    readonly interrupt: (runs: readonly RunId[]) => void;
  },
): Inbox => {
  const { store, clock, log } = ports;
  const lanes = new Map<string, PQueue>();
  const taken = new Set<string>();
  const stopping = new AbortController();

  const work = async (delivery: Delivery): Promise<void> => {
    for (let tries = 1; !stopping.signal.aborted; tries += 1) {
      try {
        const answer = await options.answer(delivery);
        const reason = answer.outcome === 'ignored' ? answer.reason : null;
        await store.deliveries.finish(delivery.id, answer.outcome, reason);
        return;
      } catch (error) {
        if (saysDiskFull(error) || (await ports.space.isLow())) {
          // Whatever it was, it is tried again when there is room, and it was not the delivery's fault.
          tries -= 1;
          if (saysDiskFull(error)) await ports.space.refused();
          await ports.space.room(stopping.signal);
          continue;
        }
        const failure = error instanceof ForgeError ? error : null;
        if (
          tries >= (isPassing(error) ? triesWhileForgeIsDown : triesOtherwise) ||
          error instanceof UserError
        )
          return await putAside(delivery, error);
        log.warn('delivery will be tried again', { delivery: delivery.id, tries, error });
        const backOff = Math.min(retryDelayMs * 2 ** (tries - 1), longestDelayMs);
        await clock.sleep(failure?.retryAfterMs ?? backOff, stopping.signal);
      }
    }
  };

  /** A delivery that fails again and again blocks nobody: it is kept with its reason, and who asked is told. */
  const putAside = async (delivery: Delivery, error: unknown): Promise<void> => {
    log.error('delivery put aside', { delivery: delivery.id, error });
    if (delivery.trigger?.kind === 'lock_freed') await passTurn(delivery.trigger);
    const problem = problemOf(delivery, error);
    const { pull } = delivery.trigger ?? {};
    if (pull !== undefined && pull.number !== noPull) await explain(pull, problem);
    if (delivery.trigger?.kind === 'comment') {
      const { pull, commentId, sender, body } = delivery.trigger;
      const command = body.split('\n', 1)[0]?.slice(0, 80) ?? '';
      await wantReply(ports, pull, commentId, { kind: 'problem', login: sender.login, command, problem });
    }
    if (delivery.trigger?.kind === 'button') await failPress(ports, delivery.trigger, problem);
    // Last: until then it is pending, and a crash has it tried again.
    await store.deliveries.finish(delivery.id, 'failed', String(error));
  };

  const explain = async (pull: PullRef, problem: Problem): Promise<void> => {
    try {
      options.interrupt(await explainPutAside(ports, pull, problem));
    } catch (error) {
      log.error('no check says that a delivery was put aside', { pull: pull.number, error });
    }
  };

  /** Those behind it in the line must not wait for a pull request that cannot be looked at. */
  const passTurn = (trigger: Extract<Trigger, { kind: 'lock_freed' }>): Promise<void> =>
    store.transact(async (tables) => {
      const { repo, number } = trigger.pull;
      await tables.locks.leave(trigger.project, { repositoryId: repo.id, pullNumber: number });
      await grantNext(tables, ports, repo, trigger.project);
    });

  return {
    take: async () => {
      const some = await store.deliveries.pending(Math.min(bite, inHand - taken.size), taken);
      for (const delivery of some) {
        if (delivery.trigger === null) {
          // The last server ended between storing it and finding that it asks nothing.
          await store.deliveries.finish(delivery.id, 'ignored', 'asks nothing of us');
          continue;
        }
        taken.add(delivery.id);
        const { pull } = delivery.trigger;
        const name = `${pull.repo.id}/${pull.number}`;
        const lane = lanes.get(name) ?? new PQueue({ concurrency: 1 });
        lanes.set(name, lane);
        const job = async (): Promise<void> => {
          try {
            await lane.add(() => work(delivery));
          } finally {
            taken.delete(delivery.id);
            if (lane.size === 0 && lane.pending === 0) lanes.delete(name);
          }
        };
        options.track(job());
      }
      return some.length === bite ? 'more' : 'done';
    },
    stop: () => stopping.abort(),
  };
};
