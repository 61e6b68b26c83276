import { z } from 'zod';
import { askIdOf } from '../domain/asked.ts';
import type { Batch } from '../domain/batch.ts';
import type { ProjectKey } from '../domain/ids.ts';
import type { PullRef } from '../domain/pull.ts';
import { reportPriority } from '../domain/report-priority.ts';
import type { Run, RunEvent } from '../domain/run.ts';
import type { PullKey, StoreTables } from '../store/port.ts';
import { openDues } from './dues.ts';
import type { FlowPorts } from './ports.ts';
import { wantPostMortem } from './post-mortem.ts';

/*
 * A comment of its own, because somebody has to act and would not be told: nobody hears of a comment that is edited. Decision 31
 * has the table of what is worth one.
 */

const named = { names: z.array(z.string()).readonly() };

const suspended = { login: z.string(), reason: z.string(), until: z.number().int(), ...named };

/** As it is kept with its report. What it says is looked up when it is sent, where it can be. */
const nudgeContent = z.discriminatedUnion('kind', [
  /** Applies of a batch failed, and may have done a part. */
  z.object({ kind: z.literal('stopped'), batchId: z.string() }),
  /** Nobody knows how applies of a batch ended. */
  z.object({ kind: z.literal('unknown'), batchId: z.string() }),
  /** What the merge asks for does not go on by itself. */
  z.object({ kind: z.literal('after-merge'), commit: z.string() }),
  /** Plans that were approved are other ones now, and nobody pushed. */
  z.object({ kind: z.literal('approvals'), batchId: z.string(), ...named }),
  /** It was in line, and was planned when its turn came. */
  z.object({ kind: z.literal('turn'), batchId: z.string() }),
  /** It was merged, and nobody has applied it. */
  z.object({ kind: z.literal('not-applied'), commit: z.string(), ...named }),
  /** An administrator has applies begun past what rules ask for. */
  z.object({ kind: z.literal('break-glass'), batchId: z.string() }),
  /** What a comment suspended ends soon, or has ended. */
  z.object({ kind: z.literal('suspension-ends'), comment: z.number().int(), ...suspended }),
  z.object({ kind: z.literal('suspension-over'), comment: z.number().int(), ...suspended }),
  /** Somebody took locks away without a word here. */
  z.object({ kind: z.literal('lock-taken'), batchId: z.string(), login: z.string(), ...named }),
]);

export type NudgeContent = z.infer<typeof nudgeContent>;

/** Throws for content that this version did not write. */
export const readNudgeContent = (content: unknown): NudgeContent => nudgeContent.parse(content);

const thingOf = (content: NudgeContent): string => `nudge:${content.kind}:${eventOf(content)}`;

const eventOf = (content: NudgeContent): string => {
  if (content.kind === 'suspension-ends' || content.kind === 'suspension-over')
    return String(content.comment);
  return 'commit' in content ? content.commit : content.batchId;
};

/** Once for each event, however often it is found: the second wish finds the first. */
export const wantNudge = async (
  ports: Pick<FlowPorts, 'clock'> & { readonly store: Pick<StoreTables, 'reports'> },
  pull: PullRef,
  content: NudgeContent,
): Promise<void> => {
  const { store, clock } = ports;
  const isResult = content.kind === 'stopped' || content.kind === 'unknown';
  // Behind the comment that it points to.
  const priority = isResult ? reportPriority.result : reportPriority.plan;
  await store.reports.want(pull, thingOf(content), clock.now(), content, priority);
};

const turnName = ({ repositoryId, pullNumber }: PullKey, project: ProjectKey): string =>
  `turn:${repositoryId}/${pullNumber}:${project}`;

/** The turn of a pull request in the line for a project has come, and it is being planned. */
export const noteTurn = (
  { cursors }: Pick<StoreTables, 'cursors'>,
  pull: PullKey,
  project: ProjectKey,
): Promise<void> => cursors.set(turnName(pull, project), true);

/** Called with the end of a run, all or nothing. */
export const nudgeAfterRun = async (
  tables: StoreTables,
  ports: Pick<FlowPorts, 'clock'>,
  pull: PullRef,
  batch: Batch,
  run: Run,
  event: RunEvent,
): Promise<void> => {
  const nudge = (content: NudgeContent) => wantNudge({ store: tables, clock: ports.clock }, pull, content);
  const { id: batchId } = batch;
  const { verb, state, startedAt, problem, plan } = run;
  // Operations have an answer of their own, and so has an apply that was refused.
  if (verb === 'apply') {
    // Told when it was said; this is how it ended.
    if (batch.breakGlass !== undefined) {
      await nudge({ kind: 'break-glass', batchId });
      await wantPostMortem(tables, ports, pull, batchId);
    }
    if (state === 'unresolved') await nudge({ kind: 'unknown', batchId });
    if (event.kind === 'failed' && startedAt !== null) await nudge({ kind: 'stopped', batchId });
    return;
  }
  const isOver = state === 'planned' || (state === 'failed' && problem?.code !== 'plan-interrupted');
  if (verb !== 'plan' || !isOver) return;
  const isWork = state === 'failed' || plan?.summary.hasChanges === true;
  const turn = turnName(run, run.project.key);
  if ((await tables.cursors.get(turn)) === true) {
    await tables.cursors.set(turn, null);
    if (isWork) await nudge({ kind: 'turn', batchId });
    return;
  }
  if (state !== 'failed' || askIdOf(batch) !== null) return;
  const [due] = await openDues(tables, run, run.project.key);
  if (due !== undefined) await nudge({ kind: 'after-merge', commit: due.commit });
};
