import { inOrder, isDue } from '../../domain/report-priority.ts';
import type { Write } from '../../domain/write-budget.ts';
import { ForgeError } from '../../forge/port.ts';
import type { PullKey } from '../../store/port.ts';
import type { Report } from '../../store/reports/port.ts';
import { wakeAfterCheck } from '../merge-asks.ts';
import type { FlowPorts } from '../ports.ts';
import type { WritingPorts } from './board-writing.ts';
import type { Draft } from './digest.ts';
import { draftOf } from './draft.ts';
import { failed } from './failed.ts';
import type { Gate, Way } from './gate.ts';
import { type Snapshot, type SnapshotPorts, snapshotOf } from './snapshot.ts';

export type LanePorts = Pick<FlowPorts, 'renderer' | 'operator' | 'log' | 'mask'> &
  SnapshotPorts &
  WritingPorts;

/** Things of one pull request, one write at a time. */
export interface Lane {
  /**
   * Sends one thing, and settles on the way what GitHub has already. Returns when something may be sent next: a
   * time of the monotonic clock, `now` for at once, null when nothing due is left.
   */
  step(how: {
    readonly oldest: boolean;
    /** Only what is at least as urgent. */
    readonly atLeast: number;
    /** What is heard after that is not written down: the store is closing. */
    readonly isClosed: () => boolean;
  }): Promise<number | 'now' | null>;
}

/** A look at the pull request serves things sent within this time, unless they are wished for anew. */
const looksLastMs = 60_000;

export const createLane = (ports: LanePorts, gate: Gate, key: PullKey): Lane => {
  const { store, clock } = ports;
  let seen: { readonly snapshot: Promise<Snapshot>; readonly covers: ReadonlyMap<string, number> } | null =
    null;
  let seenUntil = 0;

  /** Only what was wished for before the look is in it. */
  const lookAt = (rows: readonly Report[], item: Report): Promise<Snapshot> => {
    if (seen === null || clock.monotonic() > seenUntil || seen.covers.get(item.thing) !== item.wanted) {
      const snapshot = snapshotOf(ports, item.pull);
      seen = { snapshot, covers: new Map(rows.map(({ thing, wanted }) => [thing, wanted])) };
      seenUntil = clock.monotonic() + looksLastMs;
    }
    return seen.snapshot;
  };

  const sent = async (
    item: Report,
    how: {
      readonly externalId: number | null;
      readonly digest: string | null;
      readonly wroteAt: number | null;
    },
  ): Promise<void> => {
    const { externalId, ...rest } = how;
    const snapshot = await seen?.snapshot;
    const told = { at: snapshot?.at ?? clock.now(), early: snapshot?.early ?? false, ...rest };
    await store.reports.sent(key, item.thing, item.wanted, externalId, told);
  };

  return {
    step: async ({ oldest, atLeast, isClosed }) => {
      const rows = await store.reports.waitingOf(key);
      const now = clock.now();
      const due = inOrder(rows.filter((row) => isDue(row.dueAt, now) && row.priority >= atLeast));
      let next: number | null = null;
      for (const item of due) {
        const way: Way = {
          installationId: item.pull.repo.installationId,
          pull: `${key.repositoryId}/${key.pullNumber}`,
        };
        const write = writeOf(item, oldest);
        const ready = gate.readyAt(way, write);
        if (ready > clock.monotonic()) {
          next = Math.min(next ?? ready, ready);
          continue;
        }
        let draft: Draft | null = null;
        try {
          draft = await draftOf(ports, item, () => lookAt(rows, item));
        } catch (error) {
          seen = null;
          if (isClosed()) return null;
          // The look failed for all that needs it; GitHub is not asked once for each.
          const alike = error instanceof ForgeError && needsLook(item) ? due.filter(needsLook) : [item];
          for (const one of alike) await failed(ports, gate, one, 0, error);
          return 'now';
        }
        if (isClosed()) return null;
        if (draft === null || draft.digest === item.digest) {
          await sent(item, { externalId: null, digest: item.digest, wroteAt: null });
          continue;
        }
        if (!gate.spend(way, write) || !(await store.reports.take(key, item.thing, item.wanted)))
          return 'now';
        try {
          const externalId = await draft.send(item.externalId);
          if (isClosed()) return null;
          gate.wentThrough(way.installationId);
          const wroteAt = write.makes ? clock.now() : null;
          // Before it is written down as sent: a crash in between sends it once more.
          const isVerdict = item.thing.endsWith(':tidegate/apply');
          if (isVerdict && (await wakeAfterCheck(ports, item.pull, `${item.thing}-${item.wanted}`)))
            ports.woken?.();
          await sent(item, { externalId, digest: draft.digest, wroteAt });
        } catch (error) {
          if (isClosed()) return null;
          // GitHub counts what it refuses, and what it answers too late.
          if (write.makes) await store.reports.wrote(way.installationId, clock.now());
          await failed(ports, gate, item, draft.bytes, error);
        }
        return 'now';
      }
      if (next === null) seen = null;
      return next;
    },
  };
};

const needsLook = ({ thing }: Report): boolean => thing === 'board' || thing.startsWith('check:');

const writeOf = (item: Report, oldest: boolean): Write => {
  const isCheck = item.thing.startsWith('check:');
  return {
    priority: item.priority,
    makes: !isCheck || item.externalId === null,
    isComment: item.thing === 'board' || /^(reply|nudge):/.test(item.thing),
    oldest,
  };
};
