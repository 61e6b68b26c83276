import type { PullRef } from '../../domain/pull.ts';
import { ForgeError } from '../../forge/port.ts';
import type { PullKey, Report } from '../../store/port.ts';
import type { FlowPorts } from '../ports.ts';
import { send } from './draft.ts';

type Ports = Pick<
  FlowPorts,
  'forge' | 'store' | 'renderer' | 'clock' | 'operator' | 'log' | 'mask' | 'space'
>;

/** A limit that does not say how long. */
const limitMs = 60_000;
/** How often a thing that GitHub refuses, or that we fail to make, is tried once more. */
const triesWithoutHope = 3;

const keyOf = (pull: PullRef): PullKey => ({ repositoryId: pull.repo.id, pullNumber: pull.number });

/** By installation: not before this time, Unix milliseconds. GitHub counts calls, not things. */
type Limits = Map<number, number>;

export interface Reporter {
  /** Sends what is due and returns how much that was; 0 when nothing is left for now. */
  send(): Promise<number>;
}

/**
 * Stage 8: sends what is due. Each thing is rendered from the store now, so a repeated or late
 * sending says what is true now. Things of one pull request go out one after another.
 */
export const createReporter = (ports: Ports): Reporter => {
  const limits: Limits = new Map();
  return {
    send: async () => {
      const due = await ports.store.reports.due(ports.clock.now(), 50);
      const byPull = Map.groupBy(due, (item) => `${item.pull.repo.id}/${item.pull.number}`);
      await Promise.all(
        [...byPull.values()].map(async (items) => {
          for (const item of items) await sendOrPostpone(ports, limits, item);
        }),
      );
      return due.length;
    },
  };
};

const sendOrPostpone = async (ports: Ports, limits: Limits, item: Report): Promise<void> => {
  const { store, log, clock } = ports;
  const key = keyOf(item.pull);
  const { installationId } = item.pull.repo;
  const until = limits.get(installationId) ?? 0;
  // A newer wish brings a thing forward, past the time that it was to wait.
  if (until > clock.now()) return store.reports.held(key, item.thing, until);
  try {
    const externalId = await send(ports, item);
    await store.reports.sent(key, item.thing, item.wanted, externalId);
  } catch (error) {
    const failure = error instanceof ForgeError ? error : null;
    const facts = {
      thing: item.thing,
      pull: item.pull.number,
      attempts: item.attempts,
      error: String(error),
    };
    // GitHub refuses what it does not know everywhere yet, a commit pushed a second ago: a few more tries.
    const refused = failure?.failure === 'gone' || failure?.failure === 'refused';
    const hopeless = failure === null || refused ? item.attempts >= triesWithoutHope : false;
    if (hopeless) {
      log.error('report given up', facts);
      return giveUp(ports, item, String(error));
    }
    if (failure?.failure === 'limited')
      limits.set(installationId, clock.now() + (failure.retryAfterMs ?? limitMs));
    log.warn('report postponed', facts);
    const backOff = Math.min(1_000 * 2 ** item.attempts, 300_000);
    await store.reports.postponed(
      key,
      item.thing,
      clock.now() + Math.max(failure?.retryAfterMs ?? 0, backOff),
    );
  }
};

/** Only what was tried: a wish that came in the meantime has its own tries. */
const giveUp = ({ store, clock }: Ports, item: Report, reason: string): Promise<void> =>
  store.transact(async ({ reports }) => {
    const key = keyOf(item.pull);
    await reports.park(key, item.thing, reason);
    const latest = await reports.get(key, item.thing);
    if (latest !== null && latest.wanted > item.wanted)
      await reports.want(item.pull, item.thing, clock.now() + 1_000);
  });
