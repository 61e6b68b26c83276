import PQueue from 'p-queue';
import type { RunId } from '../domain/ids.ts';
import type { PullRef } from '../domain/pull.ts';
import { type Run, runStates } from '../domain/run.ts';
import type { Admitted } from './admit.ts';
import { apply } from './apply.ts';
import { artifactBinding, rescueState } from './execute.ts';
import { plan } from './plan.ts';
import type { FlowPorts } from './ports.ts';
import type { ReplyContent } from './reply.ts';
import { wantBoard, wantReaction, wantReply } from './report.ts';

/** Runs under way: side by side up to the server's limit, one at a time per checkout. */
export interface Jobs {
  start(pull: PullRef, admitted: Admitted): void;
  /** A plan that was queued when the last server ended. */
  resume(pull: PullRef, run: Run): void;
  /** Ends the processes of plans that mean nothing any more. */
  abort(runs: readonly RunId[]): void;
  /** Removes the checkouts of a pull request that is over; state files in them are kept first. */
  clean(pull: PullRef): void;
  /** Begins no more, ends plans; applies go on to their end. */
  stop(): void;
}

export const createJobs = (
  ports: FlowPorts,
  options: { readonly track: (work: Promise<void>) => void; readonly ring: () => void },
): Jobs => {
  const { store } = ports;
  const tools = new PQueue({ concurrency: ports.operator.parallelRuns });
  const under = new Map<RunId, { readonly controller: AbortController; readonly verb: Run['verb'] }>();
  let stopping = false;

  const go = async (pull: PullRef, run: Run): Promise<void> => {
    const controller = new AbortController();
    under.set(run.id, { controller, verb: run.verb });
    try {
      await ports.checkouts.exclusive(ports.checkouts.folderOf(run), () =>
        tools.add(() => stage(pull, run, controller.signal), { priority: run.verb === 'apply' ? 1 : 0 }),
      );
    } finally {
      under.delete(run.id);
      options.ring();
    }
  };

  /** Nothing begins on a full disk: what runs already needs what is left to write down how it ended. */
  const waitForRoom = async (pull: PullRef, signal: AbortSignal): Promise<void> => {
    if (!(await ports.space.isLow())) return;
    await wantBoard(ports, pull);
    options.ring();
    await ports.space.room(signal);
  };

  const stage = async (pull: PullRef, run: Run, signal: AbortSignal): Promise<Run | null> => {
    if (stopping) return null;
    await waitForRoom(pull, signal);
    if (stopping) return null;
    await wantBoard(ports, pull);
    options.ring();
    return run.verb === 'plan' ? plan(ports, run, signal) : apply(ports, run, signal);
  };

  /** Applies of one command go one after another, in the order of their dependencies. */
  const applyAll = async (pull: PullRef, { batch, runs, left }: Admitted): Promise<void> => {
    for (const run of runs) await go(pull, run);
    if (batch.commentId === null || batch.actor === null) return;
    // An edited comment notifies nobody; the reaction and the answer to the command do.
    const ended = await Promise.all(runs.map((run) => store.runs.get(run.id)));
    const applied = ended.every((run) => run?.state === 'applied');
    await wantReaction(ports, pull, batch.commentId, applied ? 'rocket' : 'confused');
    if (left.length > 0 || ended.some((run) => run?.state === 'failed' && run.startedAt === null)) {
      const { login } = batch.actor;
      const content: ReplyContent = {
        kind: 'refusals',
        login,
        command: '/apply',
        batchId: batch.id,
        left: [...left],
      };
      await wantReply(ports, pull, batch.commentId, content);
    }
    options.ring();
  };

  /** A plan that somebody asked for: they see on their comment that it is there. */
  const planAll = async (pull: PullRef, { batch, runs }: Admitted): Promise<void> => {
    await Promise.all(runs.map((run) => go(pull, run)));
    if (batch.commentId === null) return;
    const ended = await Promise.all(runs.map((run) => store.runs.get(run.id)));
    // Cut off by a newer push or a stop, it is somebody else's to finish.
    if (ended.some((run) => run === null || !['planned', 'failed'].includes(run.state))) return;
    const planned = batch.problem === null && ended.every((run) => run?.state === 'planned');
    await wantReaction(ports, pull, batch.commentId, planned ? '+1' : 'confused');
    options.ring();
  };

  const clean = async (pull: PullRef): Promise<void> => {
    const runs = await store.runs.ofPull({ repositoryId: pull.repo.id, pullNumber: pull.number }, runStates);
    const folders = new Map(runs.map((run) => [ports.checkouts.folderOf(run), run]));
    for (const [folder, run] of folders)
      await ports.checkouts.exclusive(folder, () =>
        ports.git.removeCheckout(run.repositoryId, folder, rescueState(ports, run)),
      );
    // Nothing of a pull request that is over can be applied any more, so its plans need not be kept.
    for (const run of runs)
      if (run.plan !== null) await ports.blobs.delete(run.plan.artifact, artifactBinding(run));
  };

  return {
    start: (pull, admitted) => {
      options.track(admitted.batch.verb === 'apply' ? applyAll(pull, admitted) : planAll(pull, admitted));
    },
    resume: (pull, run) => options.track(go(pull, run)),
    abort: (runs) => {
      for (const id of runs) under.get(id)?.controller.abort();
    },
    clean: (pull) => options.track(clean(pull)),
    stop: () => {
      stopping = true;
      for (const { controller, verb } of under.values()) if (verb === 'plan') controller.abort();
    },
  };
};
