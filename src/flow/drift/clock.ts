import { nextTime } from '../../config/windows.ts';
import { afterLook, type Drift, unseen } from '../../domain/drift/drift.ts';
import { isFarAhead, nextLook, type Rhythm, rhythmOf, spreadOver } from '../../domain/drift/due.ts';
import type { DriftSchedule } from '../../domain/drift/settings.ts';
import { type ProjectKey, runId, type Sha } from '../../domain/ids.ts';
import { fullNameOf } from '../../domain/pull.ts';
import type { Tracked } from '../../domain/tracked.ts';
import { noteLooked } from '../../domain/tracking.ts';
import type { DriftTimes } from '../../store/drifts/port.ts';
import type { StoreTables } from '../../store/port.ts';
import type { InTurn } from '../merge-group.ts';
import type { FlowPorts } from '../ports.ts';
import { keep } from '../tracked/keep.ts';
import { noteFound, noteUnwatched, wakeCorrections } from './correction.ts';
import { rememberProjects } from './known-projects.ts';
import { type Looked, lookAtWorld } from './look.ts';
import { obstacleTo } from './obstacle.ts';
import { driftChanged, driftEnded, driftSettings, refOf, wantDriftCheck } from './told.ts';

/** Looks at every project that is to be looked at, at its time. */
export interface DriftClock {
  /** What the last server left: looks that it had begun. Before the first turn. */
  start(): Promise<void>;
  /** Begins what is due, as far as there is room. Returns when to look again, in milliseconds. */
  turn(): Promise<number>;
  /** Begins nothing more. */
  stop(): void;
}

interface Options {
  /** Its looks have their turns behind what pull requests ask for. */
  readonly inTurn: InTurn;
  /** Nobody waits for anything of a pull request. While somebody does, no look begins, but those that have waited for long. */
  readonly isQuiet: () => boolean;
  readonly track: (work: Promise<void>) => void;
  /** Has what a look found sent. */
  readonly ring: () => void;
}

/** All rows are read for the next looks: so often at most, and less often the longer that takes. */
const leastReadMs = 1_000;
const readShare = 50;
/** Somebody's apply is over in minutes. */
const putOffMs = 60_000;
/** A wall clock that runs away from the other one by more than this was set. */
const gapMs = 5 * 60_000;
/** On a server where somebody always waits for something, looks are made all the same. */
const patienceMs = 10 * 60_000;
/** What we wait for at most: nobody tells us of a schedule that was changed. */
const longestMs = 30_000;

interface Next {
  readonly project: ProjectKey;
  readonly at: number;
}

export const createDriftClock = (ports: FlowPorts, { inTurn, isQuiet, track, ring }: Options): DriftClock => {
  const { store, clock, operator, log } = ports;
  const { parallel, jitterMs } = operator.drift;
  const projectsIn = rememberProjects(ports);
  const free = Array.from({ length: parallel }, (_, slot) => slot);
  const going = new Set<ProjectKey>();
  /** Newest commits, by repository and branch, whose check was wished for. */
  const tips = new Map<string, Sha>();
  /** The next time of a schedule takes long to find, and is asked for each time that rows are read. */
  const times = new Map<ProjectKey, DriftSchedule & { readonly at: number; readonly next: number | null }>();
  let next: readonly Next[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  let stopped = false;
  /** How far the wall clock is ahead of the other one, and since when (Unix milliseconds) it has been counting without a gap. */
  let ahead = clock.now() - clock.monotonic();
  let upSince = clock.now();

  const noteGap = (): void => {
    const offset = clock.now() - clock.monotonic();
    if (Math.abs(offset - ahead) > gapMs) upSince = clock.now();
    ahead = offset;
  };

  const nextOf =
    (key: ProjectKey) =>
    (schedule: DriftSchedule, at: number): number | null => {
      const known = times.get(key);
      if (known?.at === at && known.cron === schedule.cron && known.zone === schedule.zone) return known.next;
      const found = nextTime(schedule, at);
      times.set(key, { ...schedule, at, next: found });
      return found;
    };

  const rhythm = (tracked: Tracked): Rhythm =>
    rhythmOf(driftSettings(tracked).schedule, {
      key: tracked.key,
      runner: tracked.project.settings.runner,
      jitterMs,
      nextTime: nextOf(tracked.key),
    });

  const isLookedAt = (tracked: Tracked): boolean =>
    driftSettings(tracked).mode !== 'off' &&
    tracked.goneAt === null &&
    refOf(tracked) !== null &&
    operator.allows(fullNameOf(tracked.repo));

  const whenOf = (tracked: Tracked, row: DriftTimes): number =>
    nextLook(row, rhythm(tracked), { now: clock.now(), upSince, spreadMs: jitterMs });

  /** Makes rows for what is to be looked at, takes away those of what is not, and says what is next. */
  const read = async (): Promise<readonly Next[]> => {
    const all = new Map((await store.tracked.all()).map((one) => [one.key, one]));
    const rows = new Map((await store.drifts.times()).map((row) => [row.project, row]));
    const found: Next[] = [];
    for (const [project, row] of rows) {
      const tracked = all.get(project);
      if (tracked !== undefined && isLookedAt(tracked)) continue;
      if (row.underWay === null) await end(project, tracked ?? null);
    }
    for (const [project, tracked] of all) {
      if (!isLookedAt(tracked)) continue;
      await noteTip(tracked);
      const row = rows.get(project) ?? (await begin(tracked));
      if (row.underWay !== null || going.has(project)) continue;
      const at = whenOf(tracked, await mended(tracked, row));
      if (Math.abs(at - row.dueAt) > 1_000) await store.drifts.noteDue(project, at);
      found.push({ project, at });
    }
    return found.sort((one, other) => one.at - other.at);
  };

  /** A check is of one commit: a newer one has none until somebody says so. */
  const noteTip = async ({ repo, desired }: Tracked): Promise<void> => {
    const branch = `${repo.id} ${desired?.ref}`;
    if (desired === null || tips.get(branch) === desired.sha) return;
    tips.set(branch, desired.sha);
    await store.transact((tables) => wantDriftCheck(tables, ports, repo, desired.sha));
    ring();
  };

  const mended = async (tracked: Tracked, row: DriftTimes): Promise<DriftTimes> => {
    const tickAt = clock.now();
    if (!isFarAhead(row, rhythm(tracked), tickAt)) return row;
    await store.drifts.mendTick(row.project, tickAt);
    return { ...row, tickAt };
  };

  const begin = async (tracked: Tracked): Promise<Drift> => {
    const now = clock.now();
    const { repo, project } = tracked;
    const its = { project: tracked.key, repo, name: project.name, ref: refOf(tracked) ?? '' };
    const row = unseen({ ...its, dueAt: rhythm(tracked).next(now) }, now);
    await store.drifts.put(row);
    return row;
  };

  const end = (project: ProjectKey, tracked: Tracked | null): Promise<void> =>
    store.transact(async (tables) => {
      const row = await tables.drifts.get(project);
      if (row === null) return;
      await driftEnded(tables, ports, row, tracked);
      await tables.drifts.remove(project);
      times.delete(project);
      await noteUnwatched(tables, project);
    });

  const look = async (project: ProjectKey, slot: number): Promise<void> => {
    const [tracked, row] = [await store.tracked.get(project), await store.drifts.get(project)];
    if (tracked === null || row === null || row.underWay !== null || !isLookedAt(tracked)) return;
    const now = clock.now();
    if (whenOf(tracked, row) > now) return;
    if ((await obstacleTo(ports, tracked)) !== null) return putOff(tracked, row, now);
    const id = runId(ports.newId());
    if (!(await store.drifts.begin(row, now, { look: id, since: now }))) return;
    const looked = await lookAtWorld(ports, tracked, { id, slot, inTurn, projectsIn });
    await store.transact(async (tables) => {
      const before = await tables.drifts.get(project);
      if (before?.underWay?.look !== id) return;
      // This server goes: it is the next one's, for the same moment.
      if (looked === undefined)
        return tables.drifts.put({ ...before, underWay: null, tickAt: row.tickAt, askedAt: row.askedAt });
      await noteSeen(tables, tracked, before, looked);
    });
    ring();
  };

  /** Asked again with it: what stood in the way may have ended meanwhile, and had a look asked for that must not wait. */
  const putOff = (tracked: Tracked, row: Drift, now: number): Promise<void> =>
    store.transact(async (tables) => {
      const because = await obstacleTo({ store: { ...store, ...tables } }, tracked);
      if (because === null) return;
      const since = row.putOff?.because === because ? row.putOff.since : now;
      await tables.drifts.putOff(tracked.key, { because, since, until: now + putOffMs });
    });

  const noteSeen = async (
    tables: StoreTables,
    lookedAt: Tracked,
    before: Drift,
    { seen, proven }: Looked,
  ): Promise<void> => {
    const known = await tables.tracked.get(lookedAt.key);
    if (known === null) return;
    const isStale =
      JSON.stringify([known.applied, known.attempted]) !==
        JSON.stringify([lookedAt.applied, lookedAt.attempted]) ||
      (await obstacleTo({ store: { ...store, ...tables } }, known)) !== null;
    // The world was changed under its eyes.
    if (isStale)
      return tables.drifts.put({ ...before, underWay: null, askedAt: before.askedAt ?? clock.now() });
    const { commit } = seen;
    const tracked =
      proven === null || commit === null
        ? known
        : await keep(tables, known, () => noteLooked(known, commit, proven, clock.now()));
    const { project } = tracked;
    const ended = afterLook(before, seen, clock.now());
    const after = {
      ...ended,
      name: project.name,
      repo: tracked.repo,
      ref: refOf(tracked) ?? before.ref,
      dueAt: rhythm(tracked).next(clock.now()),
    };
    await tables.drifts.put(after);
    await driftChanged(tables, ports, before, after, tracked);
    if (before.underWay !== null)
      await noteFound(tables, ports, tracked, { look: before.underWay.look, seen, row: after });
  };

  const go = (project: ProjectKey, slot: number): void => {
    going.add(project);
    track(
      look(project, slot)
        .catch((error: unknown) => {
          if (!stopped) log.error('a project could not be looked at', { project, error });
        })
        .finally(() => {
          going.delete(project);
          free.push(slot);
        }),
    );
  };

  return {
    start: async () => {
      for (const { project, underWay } of await store.drifts.times()) {
        if (underWay === null) continue;
        // It is not begun again for the same moment: perhaps it was that which killed the server.
        const since = clock.now();
        const until = since + spreadOver(project, jitterMs);
        const because = 'the server ended while it was being looked at';
        await store.transact(async (tables) => {
          const row = await tables.drifts.get(project);
          if (row !== null)
            await tables.drifts.put({ ...row, underWay: null, putOff: { because, since, until } });
        });
      }
    },
    turn: async () => {
      if (stopped || free.length === 0) return longestMs;
      noteGap();
      const isDry = !next.some(({ at, project }) => at <= clock.now() && !going.has(project));
      const isRead = isDry && clock.monotonic() >= readAt;
      if (isRead) {
        const began = clock.monotonic();
        next = await read();
        if (await wakeCorrections(ports)) ring();
        const took = clock.monotonic() - began;
        readAt = clock.monotonic() + Math.max(leastReadMs, took * readShare);
      }
      if (!stopped && !(await ports.space.isLow())) {
        const now = clock.now();
        const due = isQuiet() ? now : now - patienceMs;
        for (const { project, at } of next) {
          const [slot] = free;
          if (at > due || slot === undefined) break;
          next = next.filter((one) => one.project !== project);
          if (going.has(project)) continue;
          free.shift();
          go(project, slot);
        }
      }
      const [first] = next;
      const wait = first === undefined ? longestMs : first.at - clock.now();
      // Whoever rang has something to say that is not read yet, and nobody rings for it again.
      const untilRead = isDry && !isRead ? Math.max(1, readAt - clock.monotonic()) : longestMs;
      return Math.min(longestMs, untilRead, Math.max(leastReadMs, wait));
    },
    stop: () => {
      stopped = true;
    },
  };
};
