import { batchId } from '../domain/ids.ts';
import type { PullRef } from '../domain/pull.ts';
import { reportPriority } from '../domain/report-priority.ts';
import { changesWorld, isOver, isRefused, type Run } from '../domain/run.ts';
import { momentText } from '../domain/suspension.ts';
import type { GlassNote, PostMortemView } from '../render/post-mortem.ts';
import type { PullKey, StoreTables } from '../store/port.ts';
import { glassView } from './break-glass.ts';
import type { FlowPorts } from './ports.ts';

/** The issue about an apply past what rules ask for. */
const thingOf = (batch: string): string => `post-mortem:${batch}`;

/** Something of such an apply has ended: whether all of it has is asked when the issue is to be written. */
export const wantPostMortem = (
  tables: Pick<StoreTables, 'reports'>,
  { clock }: Pick<FlowPorts, 'clock'>,
  pull: PullRef,
  batch: string,
): Promise<void> => tables.reports.want(pull, thingOf(batch), clock.now(), undefined, reportPriority.result);

const wasBegun = (run: Run): boolean => changesWorld(run.verb) && run.startedAt !== null && !isRefused(run);

/**
 * What people should talk about afterwards: the timeline and the difference. Null: it is not over yet, or nothing of it was begun, so that
 * nothing went past any rule.
 */
export const postMortemView = async (
  { store, pageUrl }: Pick<FlowPorts, 'store' | 'pageUrl'>,
  pull: PullRef,
  id: string,
): Promise<PostMortemView | null> => {
  const [glass, batch] = [await glassView(store, id), await store.batches.get(batchId(id))];
  if (glass === null || batch === null) return null;
  const runs = await store.runs.ofBatch(batch.id);
  if (!runs.every(({ state }) => isOver(state)) || !runs.some(wasBegun)) return null;
  const projects = await Promise.all(
    runs.filter(wasBegun).map(async (run) => {
      const plan = run.planRunId === null ? null : ((await store.runs.get(run.planRunId))?.plan ?? null);
      const at = (await store.audit.ofRun(run.id)).findLast(({ kind }) => kind === 'apply.allowed')?.at;
      return {
        name: run.project.name,
        digest: plan?.digest ?? null,
        summary: plan?.summary ?? null,
        allowed: at === undefined ? null : momentText(at),
        url: pageUrl(`/runs/${run.id}`),
        planUrl: run.planRunId === null ? null : pageUrl(`/runs/${run.planRunId}`),
      };
    }),
  );
  const names = new Set(projects.map(({ name }) => name));
  return {
    glass: { ...glass, projects: glass.projects.filter(({ name }) => names.has(name)) },
    pullNumber: pull.number,
    asked: momentText(batch.createdAt),
    projects,
  };
};

/** For the board and the check: what of the newest applies went past the rules, and where that is talked about. */
export const glassNotes = async (
  { batches, reports }: Pick<StoreTables, 'batches' | 'reports'>,
  pull: PullKey,
  runs: readonly Run[],
): Promise<readonly GlassNote[]> => {
  const ids = [...new Set(runs.filter(wasBegun).map((run) => run.batchId))];
  const found = await Promise.all(
    ids.map(async (id): Promise<readonly GlassNote[]> => {
      const batch = await batches.get(id);
      if (batch?.breakGlass === undefined) return [];
      const report = await reports.get(pull, thingOf(id));
      const names = runs
        .filter((run) => run.batchId === id && wasBegun(run))
        .map(({ project }) => project.name);
      const issue = report?.externalId ?? null;
      const isTried = report !== null && report.digest !== null;
      return [{ names, login: batch.actor?.login ?? '', issue, lacksIssue: issue === null && isTried }];
    }),
  );
  return found.flat();
};
