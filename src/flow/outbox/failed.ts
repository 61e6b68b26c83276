import { reportPriority } from '../../domain/report-priority.ts';
import { ForgeError } from '../../forge/port.ts';
import type { StoreTables } from '../../store/port.ts';
import type { Report } from '../../store/reports/port.ts';
import type { FlowPorts } from '../ports.ts';
import { checksOf } from '../report.ts';
import type { Gate } from './gate.ts';

type Ports = Pick<FlowPorts, 'store' | 'clock' | 'log'>;

/** How often a thing that GitHub refuses, or that we fail to make, is tried once more. */
const triesWithoutHope = 3;
/** A limit that does not say how long. */
const limitMs = 60_000;
/** Nothing is put off for longer. */
const longestMs = 10 * 60_000;
/** Smaller texts are not refused for their length. */
const worthCutting = 15_000;

/** How long a try waits for the next: a forge that is back should soon show what an apply came to. */
const backOffMs = (item: Report, passing: boolean): number => {
  const longest = passing ? (item.priority >= reportPriority.answer ? 15_000 : 60_000) : 300_000;
  return Math.min(1_000 * 2 ** item.attempts, longest);
};

/**
 * Decides what becomes of a thing that could not be sent: once more later, shorter at once, or given up with a
 * note beside it.
 *
 * @param bytes of its longest text; 0 where it was not even rendered
 */
export const failed = async (
  ports: Ports,
  gate: Gate,
  item: Report,
  bytes: number,
  error: unknown,
): Promise<void> => {
  const { store, log, clock } = ports;
  const key = { repositoryId: item.pull.repo.id, pullNumber: item.pull.number };
  const facts = {
    thing: item.thing,
    pull: item.pull.number,
    attempts: item.attempts,
    error: String(error),
  };
  const failure = error instanceof ForgeError ? error : null;
  const { priority } = item;
  const later = (ms: number, more: { readonly refusedBytes?: number; readonly uncounted?: true } = {}) =>
    store.reports.postponed(key, item.thing, clock.now() + Math.min(ms, longestMs), { priority, ...more });

  if (failure?.failure === 'limited') {
    const waitMs = failure.retryAfterMs ?? limitMs;
    log.warn('GitHub limits us, nothing is sent until then', { ...facts, waitMs });
    gate.limited(item.pull.repo.installationId, waitMs);
    // It is not the thing that failed.
    return later(waitMs, { uncounted: true });
  }
  const refused = failure?.failure === 'refused';
  if (refused && bytes > worthCutting && item.refusedBytes === null) {
    log.warn('report refused, it is tried once more with less in it', facts);
    return later(0, { refusedBytes: bytes });
  }
  // GitHub refuses what it does not know everywhere yet, a commit pushed a second ago: a few more tries.
  const passing = failure?.failure === 'unavailable';
  if (!passing && item.attempts >= triesWithoutHope) {
    log.error('report given up', facts);
    return giveUp(ports, item, String(error));
  }
  log.warn('report postponed', facts);
  await later(Math.max(failure?.retryAfterMs ?? 0, backOffMs(item, passing)));
};

/** Only what was tried: a wish that came in the meantime has its own tries. What stands beside it says that it is missing. */
const giveUp = ({ store, clock }: Ports, item: Report, reason: string): Promise<void> =>
  store.transact(async (tables) => {
    const { reports } = tables;
    const key = { repositoryId: item.pull.repo.id, pullNumber: item.pull.number };
    const now = clock.now();
    await reports.park(key, item.thing, reason);
    const latest = await reports.get(key, item.thing);
    if (latest !== null && latest.wanted > item.wanted) {
      await reports.want(item.pull, item.thing, now + 1_000, undefined, item.priority);
      return;
    }
    // Never what was given up itself: two that are refused would bring each other back for ever.
    const parked = new Set((await reports.parkedOf(key)).map(({ thing }) => thing));
    for (const thing of await besideOf(tables, item))
      if (!parked.has(thing)) await reports.want(item.pull, thing, now, undefined, item.priority);
  });

/** Where people look who miss the thing. */
const besideOf = async ({ batches }: StoreTables, item: Report): Promise<readonly string[]> => {
  if (item.thing.startsWith('check:')) return ['board'];
  if (item.thing !== 'board' && !/^(?:consumers$|reply:|nudge:)/.test(item.thing)) return [];
  const key = { repositoryId: item.pull.repo.id, pullNumber: item.pull.number };
  const batch = await batches.latest(key, 'plan');
  return batch === null ? [] : checksOf(batch).slice(0, 2);
};
