import type { PullRef } from '../../domain/pull.ts';
import { isDue, reportPriority } from '../../domain/report-priority.ts';
import type { PullKey } from '../port.ts';
import type { Report, ReportHead, Reports } from '../reports/port.ts';
import { asStored, type Enter, isOf, type MemoryTables, nameOf, type ReportRow } from './tables.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const keyOf = (pull: PullRef): PullKey => ({ repositoryId: pull.repo.id, pullNumber: pull.number });
const waits = ({ report }: ReportRow): boolean => report.parked === null && report.wanted > report.sent;

/** The row after another wish; what is parked, sent or being sent does not wait, and the wish's own time counts. */
const wished = (row: ReportRow, wish: Pick<Report, 'pull' | 'dueAt' | 'priority'>): ReportRow => {
  const { report } = row;
  const isUnsent = waits(row) && report.wanted > row.taken;
  return {
    ...row,
    report: {
      ...report,
      pull: wish.pull,
      wanted: report.wanted + 1,
      dueAt: isUnsent ? Math.min(report.dueAt, wish.dueAt) : wish.dueAt,
      priority: isUnsent ? Math.max(report.priority, wish.priority) : wish.priority,
      since: waits(row) ? report.since : wish.dueAt,
      attempts: report.parked === null ? report.attempts : 0,
      parked: null,
    },
  };
};

const unheardOf: Omit<Report, 'pull' | 'thing' | 'dueAt' | 'priority' | 'since'> = {
  wanted: 1,
  sent: 0,
  externalId: null,
  content: null,
  attempts: 0,
  parked: null,
  toldAt: null,
  early: false,
  digest: null,
  refusedBytes: null,
};

/** One for each pull request that has any of them. */
const headsOf = (rows: readonly ReportRow[]): readonly ReportHead[] => {
  const heads = new Map<string, ReportHead>();
  for (const { report } of rows) {
    const { installationId } = report.pull.repo;
    const key = keyOf(report.pull);
    const { priority, since, wanted: version } = report;
    const head = heads.get(nameOf(key)) ?? { ...key, installationId, priority, since, version: 0 };
    heads.set(nameOf(key), {
      ...key,
      installationId: Math.max(head.installationId, installationId),
      priority: Math.max(head.priority, priority),
      since: Math.min(head.since, since),
      version: head.version + version,
    });
  }
  return [...heads.values()];
};

export const createReports = (tables: MemoryTables, enter: Enter): Reports => {
  const { reports, forgeWrites } = tables;
  const place = (pull: PullKey, thing: string): string => `${nameOf(pull)} ${thing}`;
  const rowsOf = (pull: PullKey) =>
    [...reports.values()].filter(({ report }) => isOf(pull, keyOf(report.pull)));
  const waiting = () => [...reports.values()].filter(waits);
  const change = (pull: PullKey, thing: string, how: (row: ReportRow) => ReportRow): ReportRow | null => {
    const row = reports.get(place(pull, thing));
    if (row === undefined) return null;
    const after = how(row);
    reports.set(place(pull, thing), after);
    return after;
  };
  const count = (installationId: number, at: number): void => {
    const minuteAt = Math.floor(at / minuteMs) * minuteMs;
    for (const row of [...forgeWrites.values()])
      if (row.installationId === installationId && row.minuteAt < minuteAt - hourMs)
        forgeWrites.delete(`${row.installationId} ${row.minuteAt}`);
    const key = `${installationId} ${minuteAt}`;
    const writes = (forgeWrites.get(key)?.writes ?? 0) + 1;
    forgeWrites.set(key, { installationId, minuteAt, writes });
  };

  return {
    want: (pull, thing, dueAt, content, priority = reportPriority.plan) =>
      enter(() => {
        const key = place(keyOf(pull), thing);
        const before = reports.get(key);
        const row: ReportRow =
          before === undefined
            ? {
                seq: tables.nextSeq(),
                taken: 0,
                report: { ...unheardOf, thing, pull, dueAt, priority, since: dueAt },
              }
            : wished(before, { pull, dueAt, priority });
        const said = content === undefined ? {} : { content: asStored(content) };
        reports.set(key, { ...row, report: { ...row.report, ...said } });
      }),
    heads: (at) => enter(() => headsOf(waiting().filter(({ report }) => isDue(report.dueAt, at)))),
    waitingOf: (pull) =>
      enter(() =>
        rowsOf(pull)
          .filter(waits)
          .map(({ report }) => report),
      ),
    parkedOf: (pull) =>
      enter(() =>
        rowsOf(pull)
          .map(({ report }) => report)
          .filter(({ parked }) => parked !== null),
      ),
    nextDue: (after = Number.NEGATIVE_INFINITY) =>
      enter(() => {
        const times = waiting()
          .map(({ report }) => report.dueAt)
          .filter((dueAt) => dueAt > after);
        return times.length === 0 ? null : Math.min(...times);
      }),
    get: (pull, thing) => enter(() => reports.get(place(pull, thing))?.report ?? null),
    take: (pull, thing, wanted) =>
      enter(() => {
        const report = reports.get(place(pull, thing))?.report;
        if (report === undefined || report.wanted !== wanted || report.parked !== null) return false;
        change(pull, thing, (row) => ({ ...row, taken: wanted, report: { ...row.report, digest: null } }));
        return true;
      }),
    sent: (pull, thing, wanted, externalId, told) =>
      enter(() => {
        const after = change(pull, thing, (row) => ({
          ...row,
          report: {
            ...row.report,
            // Never back: an answer that comes late must not open again what a newer one closed.
            sent: Math.max(row.report.sent, wanted),
            since: row.report.wanted > wanted ? row.report.dueAt : row.report.since,
            attempts: 0,
            ...(externalId === null ? {} : { externalId }),
            ...(told === undefined ? {} : { toldAt: told.at, early: told.early, digest: told.digest }),
          },
        }));
        const wroteAt = told?.wroteAt ?? null;
        if (after !== null && wroteAt !== null) count(after.report.pull.repo.installationId, wroteAt);
      }),
    postponed: (pull, thing, dueAt, { priority = 0, refusedBytes, uncounted = false } = {}) =>
      enter(() => {
        change(pull, thing, (row) => ({
          ...row,
          taken: 0,
          report: {
            ...row.report,
            dueAt,
            attempts: row.report.attempts + (uncounted ? 0 : 1),
            // A wish that came meanwhile may be for less.
            priority: Math.max(row.report.priority, priority),
            ...(refusedBytes === undefined ? {} : { refusedBytes }),
          },
        }));
      }),
    park: (pull, thing, reason) =>
      enter(() => {
        change(pull, thing, (row) => ({ ...row, taken: 0, report: { ...row.report, parked: reason } }));
      }),
    release: () =>
      enter(() => {
        for (const row of waiting())
          if (row.taken > row.report.sent)
            change(keyOf(row.report.pull), row.report.thing, (each) => ({ ...each, taken: 0 }));
      }),
    wrote: (installationId, at) => enter(() => count(installationId, at)),
    writesSince: (at) =>
      enter(() =>
        [...forgeWrites.values()]
          .filter(({ minuteAt }) => minuteAt > at - minuteMs)
          .toSorted(
            (one, other) => one.minuteAt - other.minuteAt || one.installationId - other.installationId,
          ),
      ),
    backlog: () =>
      enter(() => {
        const times = waiting().map(({ report }) => report.since);
        return {
          waiting: times.length,
          oldest: times.length === 0 ? null : Math.min(...times),
          parked: [...reports.values()].filter(({ report }) => report.parked !== null).length,
        };
      }),
  };
};
