import PQueue from 'p-queue';
import type { ConsumersLook } from '../domain/consumers.ts';
import type { RunId } from '../domain/ids.ts';
import type { MergeGroup } from '../domain/merge-group.ts';
import { isOperation } from '../domain/operation.ts';
import type { PullRef } from '../domain/pull.ts';
import { changesWorld, type Run, runStates } from '../domain/run.ts';
import type { PullKey } from '../store/port.ts';
import type { Admitted } from './admit.ts';
import { adopt, type Left } from './adopt.ts';
import { apply } from './apply.ts';
import type { Turn } from './checkouts.ts';
import { lookAtConsumers } from './consumers/look.ts';
import { type Control, createHandle, type Handle } from './control.ts';
import { artifactBinding, rescueState } from './execute.ts';
import { nothingToRescue } from './lay-out.ts';
import { checkGroup, type InTurn } from './merge-group.ts';
import { operate } from './operate.ts';
import { plan } from './plan.ts';
import type { FlowPorts } from './ports.ts';
import { lookAtPreviews } from './previews/look.ts';
import { type Recovering, recover } from './recover.ts';
import { wantBoard } from './report.ts';

/** Runs under way: side by side up to the server's limit, one at a time per checkout. */
export interface Jobs {
  start(pull: PullRef, admitted: Admitted): void;
  /** A plan that was queued when the last server ended. */
  resume(pull: PullRef, run: Run): void;
  /** A run that the last server had started. Before any `resume`: it comes first to its checkout. */
  adopt(left: Left): void;
  /** Ends the processes of plans, asks those of applies to end: one SIGINT. */
  interrupt(runs: readonly RunId[]): void;
  /** A second SIGINT for the tool of an apply. */
  insist(runs: readonly RunId[]): void;
  /** Looks at what an apply left, and mends it where asked to. Not counted among `parallel_runs`: people wait, and it is short. */
  recover(recovering: Recovering): void;
  /** Looks at a commit of a merge queue. */
  check(group: MergeGroup): void;
  /** Looks at projects of other repositories that use what a pull request changes. */
  lookAtConsumers(look: ConsumersLook): void;
  /** Previews of what waits for trust, where some wait to be made. Behind all else, one at a time on this server. */
  preview(pull: PullKey): void;
  /** For what applies left: as a plan that somebody asked for. */
  readonly inTurn: InTurn;
  /** For looks at the world: whatever pull requests ask for, and what is looked at for them, goes first. */
  readonly inTurnLast: InTurn;
  /** Somebody waits for a run: one that a pull request asked for is queued or goes on. */
  isWaitedFor(): boolean;
  /** Removes the checkouts of a pull request that is over; state files in them are kept first. */
  clean(pull: PullRef): void;
  /** Begins no more and ends plans; the next server plans again. Applies go on. */
  drain(): void;
  /** One SIGINT for every apply that is still going on. */
  interruptApplies(): void;
  /** Lets go of everything: applies are left to their hosts. */
  leave(): void;
}

export const createJobs = (
  ports: FlowPorts,
  options: { readonly track: (work: Promise<void>) => void; readonly ring: () => void },
): Jobs => {
  const { store, checkouts, log } = ports;
  const tools = new PQueue({ concurrency: ports.operator.parallelRuns });
  const previews = new PQueue({ concurrency: 1 });
  const under = new Map<RunId, Handle>();
  /** A look is given up: the next server looks. */
  const going = new AbortController();
  let stopping = false;
  /** Runs that somebody asked for on a pull request, until they are over. */
  let waitedFor = 0;

  /** Holds the run's checkout and its handle while `work` goes on. */
  const holding = async (
    run: Run,
    work: (control: Control, turn: Turn) => Promise<Run | null | undefined>,
  ): Promise<void> => {
    const handle = createHandle(run.verb);
    under.set(run.id, handle);
    try {
      await checkouts.exclusive(checkouts.folderOf(run), (turn) => work(handle.control, turn));
    } catch (error) {
      // The others of its command have their turn all the same.
      log.error('a run failed inside Tidegate', { run: run.id, error });
    } finally {
      under.delete(run.id);
      options.ring();
    }
  };

  const go = async (pull: PullRef, run: Run): Promise<void> => {
    waitedFor += 1;
    try {
      await holding(run, (control, turn) =>
        tools.add(() => stage(pull, run, control, turn), { priority: changesWorld(run.verb) ? 1 : 0 }),
      );
    } finally {
      waitedFor -= 1;
    }
  };

  /** Nothing begins on a full disk: what runs already needs what is left to write down how it ended. */
  const waitForRoom = async (pull: PullRef, { interrupted, leaving }: Control): Promise<void> => {
    if (!(await ports.space.isLow())) return;
    await wantBoard(ports, pull);
    options.ring();
    await ports.space.room(AbortSignal.any([interrupted, leaving, going.signal]));
  };

  const stage = async (pull: PullRef, run: Run, control: Control, turn: Turn): Promise<Run | null> => {
    if (stopping) return null;
    await waitForRoom(pull, control);
    if (stopping) return null;
    await wantBoard(ports, pull);
    options.ring();
    if (isOperation(run.verb)) return operate(ports, { ...run, verb: run.verb }, control);
    return run.verb === 'plan' ? plan(ports, run, control, turn) : apply(ports, run, control);
  };

  /** Applies of one command go one after another, in the order of their dependencies. */
  const startAll = async (pull: PullRef, { batch, runs }: Admitted): Promise<void> => {
    if (batch.verb === 'plan') await Promise.all(runs.map((run) => go(pull, run)));
    else for (const run of runs) await go(pull, run);
  };

  /** Its plans have their turns as any other. */
  const inTurnAt =
    (priority: number): InTurn =>
    async (run, work) => {
      let done: Awaited<ReturnType<typeof work>> | undefined;
      await holding(run, (control) =>
        tools.add(
          async () => {
            if (!stopping) done = await work(control);
            return null;
          },
          { priority },
        ),
      );
      return done;
    };

  const preview = async (pull: PullKey): Promise<void> => {
    await previews.add(async () => {
      if (stopping || (await ports.space.isLow())) return;
      await lookAtPreviews(ports, pull, { leaving: going.signal, ring: options.ring });
    });
  };

  const clean = async (pull: PullRef): Promise<void> => {
    const runs = await store.runs.ofPull({ repositoryId: pull.repo.id, pullNumber: pull.number }, runStates);
    const folders = new Map(runs.map((run) => [checkouts.folderOf(run), run]));
    for (const [folder, run] of folders)
      await checkouts.exclusive(folder, () =>
        ports.git.removeCheckout(run.repositoryId, folder, rescueState(ports, run)),
      );
    const { id: repositoryId } = pull.repo;
    const previewed = checkouts.folderOfPreviews({ repositoryId, pullNumber: pull.number });
    await checkouts.exclusive(previewed, () =>
      ports.git.removeCheckout(repositoryId, previewed, nothingToRescue),
    );
    // Nothing of a pull request that is over can be applied any more, so its plans need not be kept.
    for (const run of runs)
      if (run.plan !== null) await ports.blobs.delete(run.plan.artifact, artifactBinding(run));
  };

  const each = (runs: readonly RunId[], act: (handle: Handle) => void): void => {
    for (const id of runs) {
      const handle = under.get(id);
      if (handle !== undefined) act(handle);
    }
  };

  return {
    start: (pull, admitted) => options.track(startAll(pull, admitted)),
    preview: (pull) => options.track(preview(pull)),
    resume: (pull, run) => options.track(go(pull, run)),
    // Not counted among `parallel_runs`: it runs already, and must not wait for those that do not.
    adopt: ({ run }) => options.track(holding(run, (control) => adopt(ports, run, control))),
    interrupt: (runs) => each(runs, (handle) => handle.interrupt()),
    insist: (runs) => each(runs, (handle) => handle.insist()),
    recover: (recovering) => options.track(recover(ports, recovering, going.signal)),
    check: (group) => options.track(checkGroup(ports, group, inTurnAt(0))),
    lookAtConsumers: (look) =>
      options.track(
        lookAtConsumers(ports, look, { inTurn: inTurnAt(-1), leaving: going.signal, ring: options.ring }),
      ),
    inTurn: inTurnAt(0),
    inTurnLast: inTurnAt(-2),
    isWaitedFor: () => waitedFor > 0,
    clean: (pull) => options.track(clean(pull)),
    drain: () => {
      stopping = true;
      going.abort();
      for (const handle of under.values()) if (handle.verb === 'plan') handle.interrupt();
    },
    interruptApplies: () => {
      for (const handle of under.values()) if (changesWorld(handle.verb)) handle.interrupt();
    },
    leave: () => {
      stopping = true;
      going.abort();
      for (const handle of under.values()) handle.leave();
    },
  };
};
