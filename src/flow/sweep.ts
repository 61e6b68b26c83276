import { z } from 'zod';
import type { RepoRef } from '../domain/pull.ts';
import {
  type Candidate,
  canAfford,
  inOrder,
  isDue,
  redeliverEveryMs,
  type Spending,
  spend,
  spendingAt,
} from '../domain/sweep.ts';
import { ForgeError } from '../forge/port.ts';
import { compareRepository, readCursor } from './compare.ts';
import { forgetUsed } from './consumers/used.ts';
import { wakeDueAsks } from './merge-asks.ts';
import { wakeOnceMore } from './pending-wakes.ts';
import type { FlowPorts } from './ports.ts';
import { createRedeliver } from './redeliver.ts';
import { wantParked } from './report.ts';
import { tellMissed } from './tracked/missed.ts';
import { lookAtUnseen } from './tracked/unseen.ts';
import { createWaitingLook } from './waiting.ts';

type Ports = Pick<
  FlowPorts,
  'forge' | 'git' | 'store' | 'clock' | 'log' | 'operator' | 'newId' | 'conditions' | 'sign'
>;

/** What the sweep did since this server started. Times are Unix milliseconds, null for not yet. */
export interface SweepNumbers {
  /** When failed webhooks were last asked for with success. */
  readonly redeliveredAt: number | null;
  /** Webhooks that were asked for once more. */
  readonly redelivered: number;
  /** When a round of comparisons last ended. */
  readonly comparedAt: number | null;
  readonly repositories: number;
  /** What no webhook had told us. */
  readonly repaired: number;
  /** Repositories that were due and left for the next round: no budget, or they could not be asked. */
  readonly left: number;
}

/** Mends what webhooks did not bring: they get lost, and GitHub never sends one twice by itself. */
export interface Sweep {
  /** Does what is due. Returns when to look again, in milliseconds. */
  turn(): Promise<number>;
  isBusy(): boolean;
  /** Begins nothing more; a turn under way returns at once and is forgotten. */
  stop(): void;
  numbers(): SweepNumbers;
}

/** How often the list of repositories is asked for, and how soon all is tried again after a failure. */
const listEveryMs = 60 * 60_000;
const roundEveryMs = 60_000;
const spendingName = 'sweep-spending';
const spendingSchema = z
  .object({ since: z.number(), by: z.record(z.string(), z.number()) })
  .nullable()
  .catch(null);

interface Listed extends Candidate {
  readonly repo: RepoRef;
  /** There are pull requests of before that were not looked at yet. */
  readonly hasUnread: boolean;
}

interface SweepOptions {
  /** Has new deliveries taken up. */
  readonly ring: () => void;
  /** Reads what a repository uses of others, where that is not known. Returns about how many requests it took. */
  readonly noteUsed: (repo: RepoRef) => Promise<number>;
}

export const createSweep = (ports: Ports, options: SweepOptions): Sweep => {
  const { forge, store, clock, log, operator } = ports;
  const redeliver = createRedeliver(ports);
  const stopped = Promise.withResolvers<number>();
  let isStopped = false;
  let isBusy = false;
  let redeliverAt = Number.NEGATIVE_INFINITY;
  let listAt = Number.NEGATIVE_INFINITY;
  let listed: readonly RepoRef[] = [];
  let fullFor = new Set<number>();
  /**
   * Compared by this server, by the installation that reaches it. Nobody took webhooks before it started, or while the App
   * was away, so each is compared once at once then.
   */
  const met = new Map<number, number>();
  const isMet = ({ id, installationId }: RepoRef): boolean => met.get(id) === installationId;
  let numbers: SweepNumbers = {
    redeliveredAt: null,
    redelivered: 0,
    comparedAt: null,
    repositories: 0,
    repaired: 0,
    left: 0,
  };

  const askAgain = async (): Promise<void> => {
    // The monotonic clock: a wall clock that jumps must neither flood GitHub nor keep us from looking.
    if (clock.monotonic() < redeliverAt) return;
    redeliverAt = clock.monotonic() + redeliverEveryMs;
    try {
      const { count, isBlind } = await redeliver();
      numbers = {
        ...numbers,
        redeliveredAt: clock.now(),
        redelivered: numbers.redelivered + count,
      };
      if (!isBlind) return;
      log.warn('webhooks were lost for longer than GitHub keeps them: everything is compared');
      listAt = Number.NEGATIVE_INFINITY;
      fullFor = new Set(listed.map(({ id }) => id));
    } catch (error) {
      // The store of a server that stopped is closed; nobody waits for this any more.
      if (isStopped) return;
      log.warn('failed webhooks could not be listed', { error });
    }
  };

  /** An installation that cannot be asked keeps nobody else from being. */
  const list = async (spending: Spending): Promise<Spending> => {
    if (clock.monotonic() < listAt) return spending;
    listAt = clock.monotonic() + listEveryMs;
    let after = spending;
    const found: RepoRef[] = [];
    let isWhole = true;
    try {
      for (const installation of await forge.installations()) {
        if (isStopped) return after;
        try {
          const repos = await forge.repositories(installation);
          after = spend(after, installation, 1 + Math.floor(repos.length / 100));
          found.push(...repos.filter(({ owner, name }) => operator.allows(`${owner}/${name}`)));
        } catch (error) {
          if (isStopped) return after;
          isWhole = false;
          log.warn('an installation does not say what it reaches', { installation, error });
          found.push(...listed.filter(({ installationId }) => installationId === installation));
        }
      }
      listed = found;
      const ids = new Set(found.map(({ id }) => id));
      for (const id of met.keys()) if (!ids.has(id)) met.delete(id);
      if (isWhole) await forgetUsed(ports, found);
    } catch (error) {
      listAt = clock.monotonic() + redeliverEveryMs;
      log.warn('the installations could not be listed', { error });
    }
    return after;
  };

  const candidates = async (): Promise<readonly Listed[]> => {
    const all: Listed[] = [];
    for (const repo of listed) {
      const cursor = await readCursor(ports, repo);
      const activeAt = await store.sightings.latest(repo.id);
      const hasUnread = (cursor?.unread ?? []).length > 0;
      all.push({ repo, activeAt, comparedAt: cursor?.comparedAt ?? null, hasUnread });
    }
    return all;
  };

  /** What GitHub refused may have been refused because the App was away, or not allowed to. */
  const wantGivenUp = async (repo: RepoRef): Promise<void> => {
    for (const { number } of await store.sightings.open(repo.id)) await wantParked(ports, { repo, number });
    options.ring();
  };

  const compare = async (): Promise<void> => {
    let spending = spendingAt(spendingSchema.parse(await store.cursors.get(spendingName)), clock.now());
    const before = spending;
    spending = await list(spending);
    const now = clock.now();
    const due = (await candidates()).filter(
      (one) => !isMet(one.repo) || one.hasUnread || fullFor.has(one.repo.id) || isDue(one, now),
    );
    const limited = new Set<number>();
    let left = 0;
    let repaired = 0;
    for (const { repo } of inOrder(due, now)) {
      if (isStopped) return;
      const { installationId } = repo;
      if (limited.has(installationId) || !canAfford(spending, installationId)) {
        left += 1;
        continue;
      }
      try {
        const { spent, made } = await compareRepository(ports, repo, fullFor.has(repo.id));
        spending = spend(spending, installationId, spent + (await options.noteUsed(repo)));
        fullFor.delete(repo.id);
        if (!isMet(repo)) await wantGivenUp(repo);
        met.set(repo.id, installationId);
        repaired += made;
        if ((await lookAtUnseen(ports, repo)) > 0) options.ring();
        if (made > 0) {
          log.warn('webhooks were missing', { repository: `${repo.owner}/${repo.name}`, repaired: made });
          options.ring();
        }
      } catch (error) {
        if (isStopped) return;
        left += 1;
        spending = spend(spending, installationId, 1);
        if (error instanceof ForgeError && error.failure === 'limited') limited.add(installationId);
        else met.delete(repo.id);
        log.warn('a repository could not be compared', {
          repository: `${repo.owner}/${repo.name}`,
          error,
        });
      }
    }
    if (spending !== before) await store.cursors.set(spendingName, spending);
    numbers = {
      ...numbers,
      comparedAt: clock.now(),
      repositories: listed.length,
      repaired: numbers.repaired + repaired,
      left,
    };
  };

  const waiting = createWaitingLook(ports);
  let waitingAt = Number.NEGATIVE_INFINITY;
  let compareAt = Number.NEGATIVE_INFINITY;
  const work = async (): Promise<number> => {
    try {
      await askAgain();
      if (isStopped) return roundEveryMs;
      if ((await wakeDueAsks(ports)) + (await wakeOnceMore(ports)) > 0) options.ring();
      if ((await tellMissed(ports)) > 0) options.ring();
      if (clock.monotonic() >= waitingAt) {
        waitingAt = clock.monotonic() + roundEveryMs;
        if ((await waiting.look()) > 0) options.ring();
      }
      if (clock.monotonic() >= compareAt) {
        compareAt = clock.monotonic() + roundEveryMs;
        await compare();
      }
    } catch (error) {
      if (!isStopped) throw error;
    }
    return roundEveryMs;
  };

  return {
    turn: async () => {
      if (isStopped) return roundEveryMs;
      // Whoever rings means somebody else.
      const due = Math.min(redeliverAt, compareAt) - clock.monotonic();
      if (due > 0) return due;
      isBusy = true;
      try {
        return await Promise.race([work(), stopped.promise]);
      } finally {
        isBusy = false;
      }
    },
    isBusy: () => isBusy,
    stop: () => {
      isStopped = true;
      stopped.resolve(roundEveryMs);
    },
    numbers: () => numbers,
  };
};
