import { mkdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunId } from '../../domain/ids.ts';
import { nothingPrinted, printedOf } from '../../domain/printed.ts';
import type { Step } from '../../runner/port.ts';
import {
  type Ending,
  HostLost,
  type Reattached,
  type Sandbox,
  type SandboxSpec,
  type StepOptions,
  type StepResult,
} from '../port.ts';

/** How a scripted invocation ends. What is not said: exit 0 without output. */
export interface ScriptedAnswer {
  readonly ended?: StepResult['ended'];
  readonly exitCode?: number | null;
  readonly data?: string | Buffer;
  readonly text?: string;
}

export interface ScriptedRun {
  readonly spec: SandboxSpec;
  readonly folder: string;
  /** Where the step starts, absolute. */
  readonly cwd: string;
  /** What it sees of variables that are for it alone: the project's and its runner's; where it runs apart, its own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Fires on the first SIGINT, and when the machine goes down. Who does not mutate should return then. */
  readonly signal: AbortSignal;
  /** Fires on the second SIGINT to a step that mutates. */
  readonly insisted: AbortSignal;
}

/**
 * Stands for the tool: may look at the checkout and write to it or to the session's folder. Like a tool it goes on when the
 * server dies, as long as it mutates.
 */
export type Script = (step: Step, run: ScriptedRun) => ScriptedAnswer | Promise<ScriptedAnswer>;

export interface ScriptedSandboxOptions {
  /** Absolute; holds the private folders, as with a real one. */
  readonly folder: string;
  readonly script: Script;
  /**
   * What `reattach` is to find of a run, whatever happened here. A promise is a tool that is still at work. Undefined: what
   * did happen here.
   */
  readonly afterlife?: (runId: RunId) => Ending | Promise<Ending> | undefined;
}

/** The machine and its processes: keep one for all servers of a story that are to live on the same machine. */
export interface ScriptedSandbox extends Sandbox {
  /** The server was killed: plan steps are interrupted, what mutates goes on, and `reattach` finds it. */
  abandon(): void;
  /** The host of a run was killed: its steps reject with HostLost, the tool goes on, and nobody sees how it ends. */
  killHost(runId: RunId): void;
  /** Nothing of what was at work is any more; records of what had ended by then stay. */
  reboot(): void;
}

interface Work {
  readonly stop: AbortController;
  readonly insisted: AbortController;
  readonly mutates: boolean;
  readonly lose: (error: HostLost) => void;
  done: Promise<unknown>;
}

interface Host {
  readonly folder: string;
  /** Steps that ran apart. */
  apart: number;
  gone: boolean;
  /** It was killed: nobody sees how its tool ends. */
  blind: boolean;
  /** A step that mutates is alone; others may run beside each other. */
  readonly work: Set<Work>;
  /** Of the step that mutates; the first word counts. */
  ending: PromiseWithResolvers<Ending> | null;
  ended: Ending | null;
}

const seenBy = (step: Step, spec: SandboxSpec): Readonly<Record<string, string>> =>
  step.apart === true ? step.environment : { ...spec.env, ...step.environment };

/** For a step that runs apart an empty folder that no other had. */
const cwdOf = (host: Host, spec: SandboxSpec, { apart }: Step): string => {
  if (apart !== true) return join(spec.checkout, spec.dir);
  host.apart += 1;
  const cwd = join(host.folder, 'apart', String(host.apart), 'work');
  // Not awaited: the script has to hear of an interrupt that comes right behind its step.
  mkdirSync(cwd, { recursive: true, mode: 0o700 });
  return cwd;
};

const resultOf = (step: Step, answer: ScriptedAnswer): StepResult => {
  const ended = answer.ended ?? 'exit';
  return {
    step: step.name,
    ended,
    exitCode: answer.exitCode ?? (ended === 'exit' ? 0 : null),
    data: step.output === 'data' ? printedOf(Buffer.from(answer.data ?? '')) : nothingPrinted,
    text: answer.text ?? '',
  };
};

const unknown = (because: string, text = ''): Ending => ({ kind: 'unknown', because, text });

const conclude = (host: Host, ending: Ending): void => {
  if (host.ended !== null) return;
  host.ended = ending;
  host.ending?.resolve(ending);
};

/**
 * Answers steps without starting a process. A script that throws is a tool that ended with exit code 1 and the error's message.
 */
export const createScriptedSandbox = (options: ScriptedSandboxOptions): ScriptedSandbox => {
  const hosts = new Map<string, Host>();

  const leave = (host: Host): void => {
    host.gone = true;
    for (const work of host.work) if (!work.mutates) work.stop.abort();
  };

  const start = (host: Host, spec: SandboxSpec, step: Step, more: StepOptions): Promise<StepResult> => {
    const stop = new AbortController();
    const insisted = new AbortController();
    const lost = Promise.withResolvers<never>();
    const onAbort = (): void => stop.abort();
    more.signal?.addEventListener('abort', onAbort, { once: true });
    if (step.mutates) {
      host.ending = Promise.withResolvers<Ending>();
      host.ended = null;
    }
    const work = async (): Promise<StepResult> => {
      let answer: ScriptedAnswer;
      try {
        const { folder } = host;
        const given = { spec, folder, cwd: cwdOf(host, spec, step), environment: seenBy(step, spec) };
        const run = { ...given, signal: stop.signal, insisted: insisted.signal };
        more.onStarted?.();
        answer = await options.script(step, run);
        if (stop.signal.aborted && !step.mutates) answer = { ...answer, ended: 'cancelled' };
        // What a tool says that was told to drop everything is worth nothing.
        if (step.mutates && insisted.signal.aborted && (answer.exitCode ?? 0) !== 0)
          answer = { ...answer, ended: 'signal' };
      } catch (error) {
        answer = { exitCode: 1, text: error instanceof Error ? error.message : String(error) };
      }
      more.signal?.removeEventListener('abort', onAbort);
      host.work.delete(current);
      const result = resultOf(step, answer);
      const blind = unknown('its host ended before its tool did, and nobody saw how that ended', result.text);
      if (step.mutates) conclude(host, host.blind ? blind : { kind: 'ended', result });
      return result;
    };
    const current: Work = { stop, insisted, mutates: step.mutates, lose: lost.reject, done: lost.promise };
    host.work.add(current);
    const done = work();
    current.done = done;
    return Promise.race([done, lost.promise]);
  };

  const open: Sandbox['open'] = async (spec) => {
    const folder = join(options.folder, spec.runId);
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    await mkdir(folder, { mode: 0o700 });
    for (const name of ['home', 'apart', 'files', 'fresh']) await mkdir(join(folder, name), { mode: 0o700 });
    const begun = { folder, apart: 0, gone: false, blind: false };
    const host: Host = { ...begun, work: new Set(), ending: null, ended: null };
    hosts.set(spec.runId, host);
    const remove = async (): Promise<void> => {
      if (hosts.get(spec.runId) === host) hosts.delete(spec.runId);
      await rm(folder, { recursive: true, force: true });
    };
    return {
      folder,
      files: join(folder, 'files'),
      fresh: join(folder, 'fresh'),
      apart: join(folder, 'apart'),
      run: async (step, more = {}) => {
        if (host.gone) throw new HostLost(`run ${spec.runId} has no host any more`);
        if (more.signal?.aborted) return resultOf(step, { ended: 'cancelled' });
        return start(host, spec, step, more);
      },
      insist: () => {
        for (const work of host.work) work.insisted.abort();
      },
      detach: async () => {
        const all = [...host.work];
        const mutating = all.find((work) => work.mutates);
        leave(host);
        if (mutating !== undefined)
          return mutating.lose(new HostLost(`run ${spec.runId} was left to its host`));
        await Promise.all(all.map((work) => work.done));
        if (spec.verb === 'plan') await remove();
      },
      dispose: async () => {
        if (host.ending !== null && host.ended === null)
          throw new Error(`run ${spec.runId} may still be at work: its folder stays`);
        host.gone = true;
        await remove();
      },
    };
  };

  const found = (runId: RunId, host: Host | undefined): Ending | Promise<Ending> => {
    const scripted = options.afterlife?.(runId);
    if (scripted !== undefined) return scripted;
    if (host === undefined) return unknown('nothing is left of the run');
    if (host.ending !== null) return host.ended ?? host.ending.promise;
    if (host.work.size === 0) return { kind: 'not-started' };
    const all = Promise.all([...host.work].map((work) => work.done));
    return all.then((): Ending => ({ kind: 'not-started' }));
  };

  const reattach = async (runId: RunId): Promise<Reattached> => {
    const host = hosts.get(runId);
    // Whoever asks is another server: the one that opened the run is gone, and hears of nothing any more.
    if (host !== undefined && !host.gone) leave(host);
    const ending = found(runId, host);
    return {
      folder: join(options.folder, runId),
      running: ending instanceof Promise,
      ending: Promise.resolve(ending),
      interrupt: () => {
        for (const work of host?.work ?? []) work.stop.abort();
      },
      insist: () => {
        for (const work of host?.work ?? []) work.insisted.abort();
      },
      detach: () => undefined,
      dispose: async () => {
        hosts.delete(runId);
        await rm(join(options.folder, runId), { recursive: true, force: true });
      },
    };
  };

  return {
    isolation: 'none',
    open,
    reattach,
    abandon: () => {
      for (const host of hosts.values()) leave(host);
    },
    killHost: (runId) => {
      const host = hosts.get(runId);
      if (host === undefined || host.gone) return;
      host.blind = true;
      leave(host);
      for (const work of host.work)
        work.lose(new HostLost(`the process that hosted run ${runId} ended without a word`));
    },
    reboot: () => {
      for (const host of hosts.values()) {
        const all = [...host.work];
        if (all.some((work) => work.mutates)) conclude(host, unknown('the machine was started again'));
        leave(host);
        for (const work of all) work.stop.abort();
        host.work.clear();
      }
    },
  };
};
