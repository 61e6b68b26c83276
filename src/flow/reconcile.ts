import { askIdOf } from '../domain/asked.ts';
import type { ConsumersLook } from '../domain/consumers.ts';
import type { MergeGroup } from '../domain/merge-group.ts';
import { isOperation } from '../domain/operation.ts';
import type { PullRef } from '../domain/pull.ts';
import type { PullKey } from '../store/port.ts';
import type { Left } from './adopt.ts';
import { endRun } from './conclude.ts';
import type { FlowPorts } from './ports.ts';
import { lookAgain } from './recover.ts';
import { wantReaction, wantReply } from './report.ts';

type Ports = Pick<FlowPorts, 'store' | 'clock' | 'newId' | 'log'>;

/** What an earlier server left behind. */
export interface Legacy {
  /** Runs whose tools it had started: somebody has to find out what became of them. */
  readonly started: readonly Left[];
  /** Plans that were waiting for their turn, oldest first. */
  readonly waiting: readonly Left[];
  /** Commits of merge queues that were looked at. */
  readonly groups: readonly MergeGroup[];
  /** Projects of other repositories that were looked at. */
  readonly consumers: readonly ConsumersLook[];
  /** Pull requests whose previews were not made. */
  readonly previews: readonly PullKey[];
}

/**
 * After a start: what was going on when the last server ended. What it had started is for `adopt`.
 * Plans go on waiting. An apply that had not started is dropped with a word to who asked, because
 * applies are never begun unasked (promise 3).
 */
export const reconcile = async (ports: Ports): Promise<Legacy> => {
  const { store, log } = ports;
  const started: Left[] = [];
  const waiting: Left[] = [];
  await lookAgain(ports);
  for (const run of await store.runs.inState(['queued', 'running'])) {
    const batch = await store.batches.get(run.batchId);
    if (batch === null) throw new Error(`run ${run.id} has no batch`);
    const pull: PullRef = { repo: batch.repo, number: run.pullNumber };
    if (run.state === 'running') {
      started.push({ pull, run });
      continue;
    }
    if (run.verb === 'plan') {
      waiting.push({ pull, run });
      continue;
    }
    log.warn('an apply had not begun when the last server stopped', { run: run.id });
    // Said first: it is the run's row that brings us here again if this server ends in between.
    const { actor } = batch;
    const id = askIdOf(batch);
    if (id !== null && actor !== null && !isOperation(run.verb)) {
      const content = {
        kind: 'problem',
        login: actor.login,
        command: '/apply',
        problem: notStarted,
      } as const;
      await wantReply(ports, pull, id, content);
      await wantReaction(ports, pull, id, 'confused');
    }
    await endRun(
      ports,
      run,
      { kind: 'cancelled' },
      { problem: isOperation(run.verb) ? notBegun : notStarted },
    );
  }
  const [groups, consumers] = [await store.mergeGroups.checking(), await store.consumers.looking()];
  const previews = new Map(
    (await store.previews.waiting(null)).map(({ repositoryId, pullNumber }) => [
      `${repositoryId}/${pullNumber}`,
      { repositoryId, pullNumber },
    ]),
  );
  return { started, waiting, groups, consumers, previews: [...previews.values()] };
};

const notBegun = {
  code: 'apply-interrupted',
  sentence: 'Tidegate was stopped before this had started. Nothing of it was run.',
  advice: 'Comment it again if it is meant; what changes a state is never started by itself.',
} as const;

const notStarted = {
  code: 'apply-interrupted',
  sentence: 'Tidegate was stopped before this apply had started. Nothing of it was run.',
  advice: 'Comment `/apply` again: what somebody commanded is never begun a second time by itself.',
} as const;
