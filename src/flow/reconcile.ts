import type { PullRef } from '../domain/pull.ts';
import type { Run } from '../domain/run.ts';
import { endRun } from './conclude.ts';
import type { FlowPorts } from './ports.ts';
import { wantReaction, wantReply } from './report.ts';

type Ports = Pick<FlowPorts, 'store' | 'clock' | 'newId' | 'log'>;

/** A plan that was waiting for its turn. */
export interface Waiting {
  readonly pull: PullRef;
  readonly run: Run;
}

/**
 * After a start: what was going on when the last server ended. Plans are planned again by
 * themselves. An apply that had started is `unresolved`: nobody here knows how it ended, so its lock
 * stays. One that had not started is dropped with a word to who asked, because applies are never
 * repeated unasked (promise 3).
 */
export const reconcile = async (ports: Ports): Promise<readonly Waiting[]> => {
  const { store, log } = ports;
  const waiting: Waiting[] = [];
  for (const run of await store.runs.inState(['queued', 'running'])) {
    const batch = await store.batches.get(run.batchId);
    if (batch === null) throw new Error(`run ${run.id} has no batch`);
    const pull: PullRef = { repo: batch.repo, number: run.pullNumber };
    if (run.verb === 'plan' && run.state === 'queued') {
      waiting.push({ pull, run });
      continue;
    }
    log.warn('a run was cut off by a stop', { run: run.id, verb: run.verb, state: run.state });
    if (run.verb === 'plan') await endRun(ports, run, { kind: 'lost' }, { problem: interrupted });
    else if (run.state === 'running') await endRun(ports, run, { kind: 'lost' }, { problem: unknown });
    else {
      // Said first: it is the run's row that brings us here again if this server ends in between.
      const { commentId, actor } = batch;
      if (commentId !== null && actor !== null) {
        const content = {
          kind: 'problem',
          login: actor.login,
          command: '/apply',
          problem: notStarted,
        } as const;
        await wantReply(ports, pull, commentId, content);
        await wantReaction(ports, pull, commentId, 'confused');
      }
      await endRun(ports, run, { kind: 'cancelled' }, { problem: notStarted });
    }
  }
  return waiting;
};

const unknown = {
  code: 'outcome-unknown',
  sentence: 'Tidegate was stopped while this was being applied, and nobody knows how it ended.',
  advice: 'Compare the state with the plan before anything else. The lock stays until a person has looked.',
} as const;

const interrupted = {
  code: 'plan-interrupted',
  sentence: 'Tidegate was stopped while this was being planned.',
  advice: 'It is being planned again by itself.',
} as const;

const notStarted = {
  code: 'apply-interrupted',
  sentence: 'Tidegate was stopped before this apply had started. Nothing of it was run.',
  advice: 'Comment `/apply` again; applies are never started by themselves.',
} as const;
