import { lineUp, reportPriority } from '../../domain/report-priority.ts';
import { githubPace, unlimitedPace } from '../../domain/write-budget.ts';
import type { PullKey } from '../../store/port.ts';
import type { ReportHead } from '../../store/reports/port.ts';
import { startLoop } from '../loop.ts';
import { createGate, type InstallationFigures } from './gate.ts';
import { createLane, type Lane, type LanePorts } from './lane.ts';

/** How it stands with what is to be said, for who watches. */
export interface OutboxFigures {
  /** Things that are not up to date. */
  readonly waiting: number;
  /** Things that were given up. */
  readonly parked: number;
  /** How long the oldest wish is due and not sent; 0 where none is. */
  readonly oldestMs: number;
  readonly installations: readonly InstallationFigures[];
}

/**
 * Stage 8: sends what is wished for. Each thing is rendered from the store when it is sent, so a
 * repeated or late sending says what is true then. One write at a time on a pull request, pull requests
 * side by side, what is urgent first, and never faster than GitHub lets us.
 */
export interface Outbox {
  start(): Promise<void>;
  /** There are new wishes. */
  ring(): void;
  /**
   * Begins nothing more but what applies came to, for a few seconds, and waits as long for what is under
   * way. What is left stays in the store.
   */
  stop(): Promise<void>;
  figures(): Promise<OutboxFigures>;
}

const stopWithinMs = 5_000;
const afterErrorMs = 2_000;

interface PullLane {
  readonly installationId: number;
  readonly lane: Lane;
  /** Set while a step is under way. */
  step: Promise<void> | null;
  /** No step before this time of the monotonic clock, unless there is a wish that this version does not have. */
  rest: { readonly until: number; readonly version: number } | null;
}

export const createOutbox = (ports: LanePorts): Outbox => {
  const { store, clock, log } = ports;
  const gate = createGate({
    clock,
    pace: ports.operator.writePace === 'unlimited' ? unlimitedPace : githubPace,
    primary: (installationId) => ports.forge.primaryLimit(installationId),
  });
  const lanes = new Map<string, PullLane>();
  /** `results`: at a stop. `closed`: the store may close at any moment. */
  let mode: 'all' | 'results' | 'closed' = 'all';

  const nameOf = ({ repositoryId, pullNumber }: PullKey): string => `${repositoryId}/${pullNumber}`;

  const laneOf = (head: ReportHead): PullLane => {
    const { repositoryId, pullNumber, installationId } = head;
    const known = lanes.get(nameOf(head));
    if (known !== undefined) return known;
    const own = createLane(ports, gate, { repositoryId, pullNumber });
    const lane = { installationId, lane: own, step: null, rest: null };
    lanes.set(nameOf(head), lane);
    return lane;
  };

  const begin = (head: ReportHead, oldest: boolean): void => {
    const one = laneOf(head);
    const atLeast = mode === 'all' ? reportPriority.closing : reportPriority.result;
    const go = async (): Promise<void> => {
      let next: number | 'now' | null = clock.monotonic() + afterErrorMs;
      try {
        next = await one.lane.step({ oldest, atLeast, isClosed: () => mode === 'closed' });
      } catch (error) {
        log.error('sending failed inside Tidegate', { pull: head.pullNumber, error });
      }
      one.step = null;
      one.rest = typeof next === 'number' ? { until: next, version: head.version } : null;
      loop?.ring();
    };
    one.step = go();
  };

  /** Begins what may be sent now; returns when to look again. */
  const turn = async (): Promise<number | null> => {
    const wall = clock.now();
    const least = mode === 'all' ? reportPriority.closing : reportPriority.result;
    // Who is first where nothing else decides must not hang on how a store happens to group its rows.
    const heads = (await store.reports.heads(wall))
      .filter(({ priority }) => priority >= least)
      .toSorted((a, b) => a.repositoryId - b.repositoryId || a.pullNumber - b.pullNumber);
    const named = new Set(heads.map(nameOf));
    for (const [name, { step }] of lanes) if (step === null && !named.has(name)) lanes.delete(name);
    const waits: number[] = [];
    for (const [installationId, some] of Map.groupBy(heads, (head) => head.installationId)) {
      const now = clock.monotonic();
      const under = [...lanes.values()].filter(
        (lane) => lane.step !== null && lane.installationId === installationId,
      ).length;
      let places = gate.places(installationId) - under;
      const free = some.filter((head) => laneOf(head).step === null);
      for (const { item: head, oldest } of lineUp(free, gate.served(installationId))) {
        const { rest } = laneOf(head);
        if (rest !== null && rest.version === head.version && rest.until > now) waits.push(rest.until - now);
        else if (places > 0 && mode !== 'closed') {
          begin(head, oldest);
          places -= 1;
        }
      }
    }
    const due = await store.reports.nextDue(wall);
    if (due !== null) waits.push(Math.max(0, due - clock.now()));
    return waits.length === 0 ? null : Math.ceil(Math.min(...waits));
  };

  let loop: ReturnType<typeof startLoop> | null = null;
  const underWay = (): readonly Promise<void>[] =>
    [...lanes.values()].flatMap(({ step }) => (step === null ? [] : [step]));

  return {
    start: async () => {
      await store.reports.release();
      gate.load(await store.reports.writesSince(clock.now() - 3_600_000));
      const onError = (error: unknown) => log.error('a turn failed inside Tidegate', { error });
      loop = startLoop({ clock, turn, onError });
    },
    ring: () => loop?.ring(),
    stop: async () => {
      mode = 'results';
      await loop?.stop();
      const enough = new AbortController();
      const late = clock.sleep(stopWithinMs, enough.signal).then(() => {
        mode = 'closed';
      });
      for (;;) {
        await turn();
        const steps = underWay();
        if (steps.length === 0 || mode !== 'results') break;
        await Promise.race([late, ...steps]);
      }
      mode = 'closed';
      enough.abort();
      await late;
    },
    figures: async () => {
      const { waiting, parked, oldest } = await store.reports.backlog();
      return {
        waiting,
        parked,
        oldestMs: oldest === null ? 0 : Math.max(0, clock.now() - oldest),
        installations: gate.figures(),
      };
    },
  };
};
