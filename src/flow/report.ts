import { type AskId, isPress } from '../domain/asked.ts';
import type { Batch } from '../domain/batch.ts';
import type { ConsumersLook } from '../domain/consumers.ts';
import type { MergeGroup } from '../domain/merge-group.ts';
import type { Project } from '../domain/project.ts';
import type { PullRef } from '../domain/pull.ts';
import { reportPriority } from '../domain/report-priority.ts';
import { changesWorld, isOver, type Run } from '../domain/run.ts';
import type { PullKey, StoreTables } from '../store/port.ts';
import type { Report } from '../store/reports/port.ts';
import type { FlowPorts } from './ports.ts';
import type { ReplyContent } from './reply.ts';

/** Seen; planned; applied; not done. */
export type CommandReaction = 'eyes' | '+1' | 'rocket' | 'confused';

/** A progress edit waits this long, so that it is never sent when the result is there before. */
const progressDelayMs = 2_000;
/**
 * Progress is shown at most that often, and the less the longer it goes on: next when `times` as long has passed as from the
 * beginning to the last. A command that takes two minutes for fifty projects is a few calls of GitHub for that, not fifty. A check only says that
 * it is not over yet, once in five minutes; the comment says how far it is.
 */
const rarestMs = 300_000;
const pace = {
  board: { everyMs: 10_000, times: 3 },
  check: { everyMs: rarestMs, times: 3 },
} as const;
/** Above this many projects, one check for all of them is all there is. */
const projectChecksUpTo = 20;

const keyOf = (pull: PullRef): PullKey => ({ repositoryId: pull.repo.id, pullNumber: pull.number });

/**
 * Wishes board and checks up to date. While runs of this pull request are still going on this is
 * progress and may wait; the last result goes out at once. What an apply came to is never only progress,
 * until the board has told it.
 */
export const wantBoard = async (
  ports: Pick<FlowPorts, 'clock'> & { readonly store: StoreTables },
  pull: PullRef,
): Promise<void> => {
  const { store, clock } = ports;
  const key = keyOf(pull);
  const batch = await store.batches.latest(key, 'plan');
  if (batch === null) return;
  const [runs, board] = await Promise.all([store.runs.latest(key), store.reports.get(key, 'board')]);
  const busy = runs.some((run) => !isOver(run.state));
  const untold = runs.some((run) => isNews(run, board?.toldAt ?? 0));
  const now = clock.now();
  const began = Math.min(...runs.filter((run) => !isOver(run.state)).map((run) => run.createdAt));
  const dueOf = async (thing: string): Promise<number> => {
    if (!busy) return now;
    if (thing === 'board') return progressAt(now, board, untold ? now : began, pace.board);
    const last = await store.reports.get(key, thing);
    return untold ? progressAt(now, last, now, pace.board) : progressAt(now, last, began, pace.check);
  };
  const priority = untold ? reportPriority.result : busy ? reportPriority.progress : reportPriority.plan;
  const things = ['board', ...checksOf(batch)];
  // At once, so that they share one wait for the disk.
  await Promise.all(
    things.map(async (thing) => store.reports.want(pull, thing, await dueOf(thing), undefined, priority)),
  );
};

/** An apply that ended after the board was told last. */
const isNews = ({ verb, startedAt, endedAt }: Run, toldAt: number): boolean =>
  changesWorld(verb) && startedAt !== null && endedAt !== null && endedAt >= toldAt;

/** When progress may be shown: not at once, and not soon after other progress. */
const progressAt = (
  now: number,
  last: Report | null,
  began: number,
  { everyMs, times }: (typeof pace)[keyof typeof pace],
): number => {
  const soon = now + progressDelayMs;
  if (last === null || !last.early || last.toldAt === null) return soon;
  const apart = Math.min(Math.max(everyMs, times * (last.toldAt - began)), rarestMs);
  return Math.min(Math.max(soon, last.toldAt + apart), now + apart);
};

/** What was given up on a pull request is wished for anew, as urgent as it was. */
export const wantParked = async (
  ports: Pick<FlowPorts, 'clock'> & { readonly store: StoreTables },
  pull: PullRef,
): Promise<void> => {
  for (const { thing, priority } of await ports.store.reports.parkedOf(keyOf(pull)))
    await ports.store.reports.want(pull, thing, ports.clock.now(), undefined, priority);
};

/**
 * A push leaves checks of the older head behind. What was not finished there never will be: it is
 * closed, so that nothing waits for it. `all`: runs of that head were cut off too. Nobody looks there
 * at this moment, and people wait for the new head: it may take as long as progress.
 */
export const closeChecks = async (
  ports: Pick<FlowPorts, 'clock'> & { readonly store: StoreTables },
  pull: PullRef,
  old: Batch,
  all: boolean,
): Promise<void> => {
  const due = ports.clock.now() + progressDelayMs;
  const own = checksOf(old);
  for (const thing of all ? own : own.filter((one) => one === `check:${old.headSha}:tidegate/apply`))
    await ports.store.reports.want(pull, thing, due, undefined, reportPriority.closing);
};

/**
 * Things, the two that are always there first. None on the tip of a base branch itself, of which drift issues are: nothing is to be merged,
 * and its checks are of the pull request that brought it.
 */
export const checksOf = ({ affected, headSha, baseSha }: Batch): readonly string[] =>
  headSha === baseSha
    ? []
    : [
        'tidegate/plan',
        'tidegate/apply',
        ...(affected.length > projectChecksUpTo ? [] : affected.map(projectCheckName)),
      ].map((name) => `check:${headSha}:${name}`);

/** Our two checks on the commit of a merge queue. The queue waits for them. */
export const wantGroup = async (
  { store, clock }: Pick<FlowPorts, 'clock'> & { readonly store: StoreTables },
  { repo, pullNumber, commit }: MergeGroup,
): Promise<void> => {
  const pull: PullRef = { repo, number: pullNumber };
  for (const name of ['tidegate/plan', 'tidegate/apply'])
    await store.reports.want(pull, `group:${commit}:${name}`, clock.now(), undefined, reportPriority.result);
};

/** The comment about projects of other repositories; how far they are is progress. */
export const wantConsumers = (
  { store, clock }: Pick<FlowPorts, 'clock'> & { readonly store: StoreTables },
  { repo, pullNumber, state }: Pick<ConsumersLook, 'repo' | 'pullNumber' | 'state'>,
): Promise<void> => {
  const isDone = state !== 'looking';
  return store.reports.want(
    { repo, number: pullNumber },
    'consumers',
    clock.now() + (isDone ? 0 : progressDelayMs),
    undefined,
    isDone ? reportPriority.answer : reportPriority.progress,
  );
};

/** Is a check of this name one of ours? */
export const isOurCheck = (name: string): boolean =>
  name === 'tidegate/plan' ||
  name === 'tidegate/apply' ||
  name === 'tidegate/drift' ||
  name.startsWith('tidegate: ');

export const projectCheckName = (project: Pick<Project, 'name'>): string => `tidegate: ${project.name}`;

export const wantReply = (
  ports: Pick<FlowPorts, 'clock'> & { readonly store: StoreTables },
  pull: PullRef,
  id: AskId,
  content: ReplyContent,
): Promise<void> =>
  ports.store.reports.want(pull, `reply:${id}`, ports.clock.now(), content, reportPriority.answer);

/** The same, later: for an answer that a better one will most likely replace before. */
export const wantReplyLater = (
  ports: Pick<FlowPorts, 'clock'> & { readonly store: StoreTables },
  pull: PullRef,
  id: AskId,
  content: ReplyContent,
  afterMs: number,
): Promise<void> => ports.store.reports.want(pull, `reply:${id}`, ports.clock.now() + afterMs, content);

/** Has this comment, or press, got its answer? */
export const isAnswered = async (
  { store }: Pick<FlowPorts, 'store'>,
  pull: PullRef,
  id: AskId,
): Promise<boolean> =>
  (await store.reports.get({ repositoryId: pull.repo.id, pullNumber: pull.number }, `reply:${id}`)) !== null;

/** Nobody can react to a press: its result is on the board and the checks. */
export const wantReaction = (
  ports: Pick<FlowPorts, 'clock'> & { readonly store: StoreTables },
  pull: PullRef,
  id: AskId,
  reaction: CommandReaction,
): Promise<void> =>
  isPress(id)
    ? Promise.resolve()
    : ports.store.reports.want(
        pull,
        `reaction:${id}:${reaction}`,
        ports.clock.now(),
        undefined,
        reportPriority.answer,
      );
