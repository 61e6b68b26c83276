import { artifactDigest } from '../../domain/ids.ts';
import type { Run } from '../../domain/run.ts';
import type { PullKey } from '../port.ts';
import type { ForgottenRun, Pruning, RunsCursor, StoredPlan } from '../pruning/port.ts';
import { nameOfLook } from './consumers.ts';
import { type Enter, isOf, type MemoryTables, nameOf, type ReportRow } from './tables.ts';

const milestones = new Set(['pull.closed', 'pull.merged', 'plan.admitted', 'apply.admitted']);
const needing = new Set<Run['state']>(['queued', 'running', 'unresolved']);

const inOrder = (one: RunsCursor, other: RunsCursor): number =>
  one.endedAt - other.endedAt || (one.id < other.id ? -1 : Number(one.id > other.id));

const forgotten = ({ id, project, headSha, plan }: Run): ForgottenRun => ({
  id,
  project: { key: project.key },
  headSha,
  artifact: plan?.artifact ?? null,
});

const text = (facts: Readonly<Record<string, unknown>>, name: string): string => {
  const value = facts[name];
  if (typeof value !== 'string') throw new TypeError(`an audit event cannot be read back: no ${name}`);
  return value;
};

export const createPruning = (tables: MemoryTables, enter: Enter): Pruning => {
  const { deliveries, runs, latestRuns, locks, reports, audit, boardHistories, consumerLooks } = tables;
  const isOver = (pull: PullKey): boolean => {
    const last = [...audit.values()].findLast(
      ({ repositoryId, pullNumber, kind }) =>
        repositoryId === pull.repositoryId && pullNumber === pull.pullNumber && milestones.has(kind),
    );
    return last?.kind === 'pull.closed' || last?.kind === 'pull.merged';
  };
  const latestOf = (pull: PullKey): readonly Run[] =>
    [...latestRuns.values()].flatMap((id) => runs.get(id)?.run ?? []).filter((run) => isOf(pull, run));
  /** Is it the newest of its project, or the plan that the newest apply used? */
  const isNewest = (run: Run): boolean =>
    latestOf(run).some(
      (latest) => latest.project.key === run.project.key && [latest.id, latest.planRunId].includes(run.id),
    );
  const isLocked = (run: Run): boolean => {
    const lock = locks.get(run.project.key);
    return lock !== undefined && isOf(run, lock);
  };
  const isDone = ({ report }: ReportRow): boolean => report.parked !== null || report.sent >= report.wanted;

  return {
    isOver: (pull) => enter(() => isOver(pull)),
    lastRunAt: (pull) =>
      enter(() => {
        const times = latestOf(pull).map(({ createdAt }) => createdAt);
        return times.length === 0 ? null : Math.max(...times);
      }),
    deliveries: (before, limit) =>
      enter(() => {
        const old = (['done', 'ignored', 'failed'] as const).flatMap((state) =>
          [...deliveries.values()]
            .filter((row) => row.state === state)
            .slice(0, limit)
            .filter(({ finishedAt }) => finishedAt !== null && finishedAt < before),
        );
        for (const { delivery } of old) deliveries.delete(delivery.id);
        return old.length;
      }),
    runs: (before, after, limit) =>
      enter(() => {
        const all = [...runs.values()].map(({ run }) => run);
        const needed = new Set(all.flatMap((run) => (needing.has(run.state) ? (run.planRunId ?? []) : [])));
        const page = all
          .flatMap((run) => (run.endedAt === null ? [] : [{ id: run.id, run, endedAt: run.endedAt }]))
          .filter(({ run, endedAt }) => endedAt < before && (run.plan !== null || run.output !== null))
          .filter((each) => after === null || inOrder(each, after) > 0)
          .toSorted(inOrder)
          .slice(0, limit);
        const old = page
          .map(({ run }) => run)
          .filter((run) => !needing.has(run.state) && !needed.has(run.id))
          .filter((run) => !isNewest(run) || (!isLocked(run) && isOver(run)));
        for (const run of old) {
          const row = runs.get(run.id);
          if (row !== undefined) runs.set(run.id, { ...row, run: { ...run, plan: null, output: null } });
        }
        const last = page.length < limit ? undefined : page.at(-1);
        return {
          forgotten: old.map(forgotten),
          next: last === undefined ? null : { endedAt: last.endedAt, id: last.id },
        };
      }),
    reports: (before, after, limit) =>
      enter(() => {
        const page = [...reports.values()].filter(({ seq }) => seq > after).slice(0, limit);
        for (const row of page) {
          const { pull, thing, dueAt } = row.report;
          const key = { repositoryId: pull.repo.id, pullNumber: pull.number };
          if (dueAt >= before || !isDone(row) || !isOver(key)) continue;
          reports.delete(`${nameOf(key)} ${thing}`);
          if (thing === 'board') boardHistories.delete(nameOf(key));
        }
        return page.length < limit ? null : (page.at(-1)?.seq ?? null);
      }),
    looks: (before, limit) =>
      enter(() => {
        const old = [...consumerLooks.values()]
          .filter(({ at, state }) => at < before && state !== 'looking')
          .slice(0, limit);
        for (const look of old) consumerLooks.delete(nameOfLook(look));
        return old.length;
      }),
    plans: (after, limit) =>
      enter(() => {
        const page = [...runs.values()]
          .filter(({ seq, run }) => seq > after && run.plan !== null)
          .slice(0, limit);
        return {
          plans: page.flatMap(({ run }): readonly StoredPlan[] =>
            run.plan === null
              ? []
              : [{ ...forgotten(run), artifact: run.plan.artifact, toolVersion: run.plan.toolVersion }],
          ),
          next: page.length < limit ? null : (page.at(-1)?.seq ?? null),
        };
      }),
    rescues: () =>
      enter(() =>
        [...audit.values()]
          .filter(({ kind }) => kind === 'state.rescued')
          .map(({ facts }) => ({
            digest: artifactDigest(text(facts, 'digest')),
            binding: text(facts, 'binding'),
          })),
      ),
  };
};
