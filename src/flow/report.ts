import type { Batch } from '../domain/batch.ts';
import type { Project } from '../domain/project.ts';
import type { PullRef } from '../domain/pull.ts';
import { isOver } from '../domain/run.ts';
import type { PullKey, StoreTables } from '../store/port.ts';
import type { FlowPorts } from './ports.ts';
import type { ReplyContent } from './reply.ts';

/** Seen; planned; applied; not done. */
export type CommandReaction = 'eyes' | '+1' | 'rocket' | 'confused';

/** A progress edit waits this long, so that it is never sent when the result is there before. */
const progressDelayMs = 2_000;
/** Above this many projects, one check for all of them is all there is. */
const projectChecksUpTo = 20;

const keyOf = (pull: PullRef): PullKey => ({ repositoryId: pull.repo.id, pullNumber: pull.number });

/**
 * Wishes board and checks up to date. While runs of this pull request are still going on this is
 * progress and may wait; the last result goes out at once.
 */
export const wantBoard = async (
  ports: Pick<FlowPorts, 'clock'> & { readonly store: StoreTables },
  pull: PullRef,
): Promise<void> => {
  const { store, clock } = ports;
  const batch = await store.batches.latest(keyOf(pull), 'plan');
  if (batch === null) return;
  const runs = await store.runs.latest(keyOf(pull));
  const busy = runs.some((run) => !isOver(run.state));
  const due = clock.now() + (busy ? progressDelayMs : 0);
  const checks = checkNames(batch.affected).map((name) => `check:${batch.headSha}:${name}`);
  // At once, so that they share one wait for the disk.
  await Promise.all(['board', ...checks].map((thing) => store.reports.want(pull, thing, due)));
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
  for (const name of all ? checkNames(old.affected) : ['tidegate/apply'])
    await ports.store.reports.want(pull, `check:${old.headSha}:${name}`, ports.clock.now() + progressDelayMs);
};

const checkNames = (affected: readonly Project[]): readonly string[] => [
  'tidegate/plan',
  'tidegate/apply',
  ...(affected.length > projectChecksUpTo ? [] : affected.map(projectCheckName)),
];

export const projectCheckName = (project: Pick<Project, 'name'>): string => `tidegate: ${project.name}`;

export const wantReply = (
  ports: Pick<FlowPorts, 'clock'> & { readonly store: StoreTables },
  pull: PullRef,
  commentId: number,
  content: ReplyContent,
): Promise<void> => ports.store.reports.want(pull, `reply:${commentId}`, ports.clock.now(), content);

/** The same, later: for an answer that a better one will most likely replace before. */
export const wantReplyLater = (
  ports: Pick<FlowPorts, 'clock'> & { readonly store: StoreTables },
  pull: PullRef,
  commentId: number,
  content: ReplyContent,
  afterMs: number,
): Promise<void> =>
  ports.store.reports.want(pull, `reply:${commentId}`, ports.clock.now() + afterMs, content);

/** Has this comment got its answer? */
export const isAnswered = async (
  { store }: Pick<FlowPorts, 'store'>,
  pull: PullRef,
  commentId: number,
): Promise<boolean> =>
  (await store.reports.get({ repositoryId: pull.repo.id, pullNumber: pull.number }, `reply:${commentId}`)) !==
  null;

export const wantReaction = (
  ports: Pick<FlowPorts, 'clock'> & { readonly store: StoreTables },
  pull: PullRef,
  commentId: number,
  reaction: CommandReaction,
): Promise<void> => ports.store.reports.want(pull, `reaction:${commentId}:${reaction}`, ports.clock.now());
