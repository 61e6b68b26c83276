import type { ChildProcess } from 'node:child_process';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { countsForNothing } from '../../domain/exit-codes.ts';
import { nothingPrinted } from '../../domain/printed.ts';
import type { Step } from '../../runner/port.ts';
import { HostLost, type Session, type StepOptions, type StepResult, type Trouble } from '../port.ts';
import { readText } from './capped-text.ts';
import {
  type Hello,
  isFromHost,
  leaveGraceMs,
  type StepEnd,
  type StepRequest,
  type ToHost,
} from './host/messages.ts';
import { isAlive, type ProcessIdentity, straysOf } from './identity.ts';
import { apartOf, filesOf, freshOf, type Wall, workOf } from './isolation/isolation.ts';
import { logFiles } from './log-files.ts';
import { unpacked } from './packed.ts';
import { removeTree } from './remove-tree.ts';
import { send } from './signals.ts';

export interface SessionOptions {
  readonly hello: Hello;
  /** Has heard nothing yet. */
  readonly host: ChildProcess;
  /** The project's folder, absolute; has to be there at the first step. */
  readonly cwd: string;
  /** Only for messages. */
  readonly dir: string;
  /** `apart`: the folder that a step has to itself, absolute; null for a tool. */
  readonly environment: (step: Step, apart: string | null) => Readonly<Record<string, string>>;
  /** What a step's tool is started through; throws a UserError where the tree does not allow it. */
  readonly wall: (
    step: Step,
    environment: Readonly<Record<string, string>>,
    apart: string | null,
  ) => Promise<Wall>;
  /** Makes a folder, and what a step that runs apart finds in it. */
  readonly furnish: (apart: string) => Promise<void>;
  readonly mask: (text: string, secrets: readonly string[]) => string;
  /** Ends what is left of the run's tools, where that can be told. */
  readonly end: () => Promise<void>;
  /** Removes the folder when a run without a step that mutates is let go. */
  readonly removeOnDetach: boolean;
}

interface UnderWay {
  readonly step: Step;
  tool: ProcessIdentity | null;
  readonly chunks: Buffer[];
  readonly onStarted: () => void;
  readonly onTrouble: (trouble: Trouble) => void;
  readonly ended: (end: StepEnd) => void;
  readonly lost: (error: HostLost) => void;
}

const isFolder = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
};

/** Makes a host that of a run, and speaks with it. Its folder is there already. */
export const openSession = (options: SessionOptions): Session => {
  const { hello, host } = options;
  const { folder } = hello;
  let count = 0;
  let apartCount = 0;
  /** By number. */
  const underWay = new Map<number, UnderWay>();
  /** A step that mutates was given to the host, and nobody heard of its end. */
  let open = false;
  /** A step that mutates was given to the host: what it left behind may be meant to stay. */
  let mutated = false;
  /** Nothing is begun any more. */
  let leaving = false;
  let left = false;
  const working = new Set<Promise<unknown>>();
  let gone = host.pid === undefined;

  const tell = (message: ToHost): void => {
    if (host.connected) host.send(message, () => {});
  };
  const lose = (message: string): void => {
    const all = [...underWay.values()];
    underWay.clear();
    for (const { lost } of all) lost(new HostLost(message));
  };
  const exited = new Promise<void>((resolve) => {
    const onGone = (): void => {
      gone = true;
      // Nobody else would: a plan's tool has a session of its own.
      for (const { step, tool } of underWay.values())
        if (!step.mutates && tool !== null && isAlive(tool)) send(-tool.pid, 'SIGKILL');
      // One that left its tool's group would go on in the checkout, under whatever comes next; so would a tool that the
      // host was killed before it told of.
      if (!mutated)
        for (const { identity } of straysOf(folder)) if (isAlive(identity)) send(identity.pid, 'SIGKILL');
      lose(`the process that hosted run ${hello.runId} ended without a word`);
      resolve();
    };
    if (gone) onGone();
    host.once('exit', onGone);
    host.once('error', () => {
      if (host.pid === undefined) onGone();
    });
  });
  host.on('message', (message) => {
    if (!isFromHost(message) || message.kind === 'ready') return;
    const step = underWay.get(message.number);
    if (step === undefined) return;
    if (message.kind === 'started') {
      step.tool = message.tool;
      step.onStarted();
    } else if (message.kind === 'data') step.chunks.push(Buffer.from(message.chunk));
    else if (message.kind === 'trouble') step.onTrouble(message.trouble);
    else {
      underWay.delete(message.number);
      if (step.step.mutates) open = false;
      step.ended(message);
    }
  });
  tell(hello);

  const request = async (
    step: Step,
    number: number,
    ready: Pick<StepRequest, 'environment' | 'wall' | 'cwd'>,
    more: StepOptions,
  ): Promise<StepResult> => {
    const secrets = more.secrets ?? [];
    const disposable = more.disposable === true && !step.mutates;
    const message: StepRequest = { kind: 'step', number, step, secrets, disposable, ...ready };
    const chunks: Buffer[] = [];
    const interrupt = (): void => tell({ kind: 'interrupt', number });
    const end = new Promise<StepEnd>((resolve, reject) => {
      if (gone) return reject(new HostLost(`run ${hello.runId} has no host any more`));
      if (step.mutates) {
        open = true;
        mutated = true;
      }
      underWay.set(number, {
        step,
        tool: null,
        chunks,
        onStarted: more.onStarted ?? (() => {}),
        onTrouble: more.onTrouble ?? (() => {}),
        ended: resolve,
        lost: reject,
      });
      tell(message);
      more.signal?.addEventListener('abort', interrupt, { once: true });
    });
    try {
      const { ended, exitCode, flooded } = await end;
      const files = logFiles(hello, number, step.name);
      const text = await readText(files, (text) => options.mask(text, secrets));
      if (disposable && countsForNothing(step, { ended, exitCode }))
        await Promise.all([files.log, files.facts].map((file) => rm(file, { force: true })));
      const data = flooded ? nothingPrinted : unpacked(chunks);
      return { step: step.name, ended, exitCode, data, text };
    } finally {
      more.signal?.removeEventListener('abort', interrupt);
    }
  };

  const begin = async (step: Step, more: StepOptions): Promise<StepResult> => {
    const apart = step.apart === true ? await ownFolder() : null;
    const cwd = apart === null ? options.cwd : workOf(apart);
    const there = await isFolder(cwd);
    const environment = options.environment(step, apart);
    const wall = there ? await options.wall(step, environment, apart) : null;
    if (more.signal?.aborted || leaving)
      return { step: step.name, ended: 'cancelled', exitCode: null, data: nothingPrinted, text: '' };
    if (wall === null) throw new Error(`the checkout has no folder ${JSON.stringify(options.dir)}`);
    count += 1;
    return request(step, count, { environment, wall, cwd }, more);
  };

  /** Of this step alone: what an earlier one left is none of its business. */
  const ownFolder = async (): Promise<string> => {
    apartCount += 1;
    const apart = join(apartOf(folder), String(apartCount));
    await options.furnish(apart);
    return apart;
  };

  const run = async (step: Step, more: StepOptions = {}): Promise<StepResult> => {
    if (gone || left) throw new HostLost(`run ${hello.runId} has no host any more`);
    const result = begin(step, more);
    const settled = result.catch(() => {}).finally(() => working.delete(settled));
    working.add(settled);
    return result;
  };

  const letGo = async (): Promise<void> => {
    left = true;
    if (host.connected) host.disconnect();
    await exited;
  };

  return {
    folder,
    files: filesOf(folder),
    fresh: freshOf(folder),
    apart: apartOf(folder),
    run,
    insist: () => {
      for (const [number, { step }] of underWay) if (step.mutates) tell({ kind: 'insist', number });
    },
    detach: async () => {
      if (leaving) return;
      leaving = true;
      if (!open) {
        // The step under way, if any, hears of the end of its tool: the host speaks before it leaves.
        for (const number of underWay.keys()) tell({ kind: 'interrupt', number, graceMs: leaveGraceMs });
        await Promise.all(working);
        await letGo();
        await options.end();
        if (options.removeOnDetach) await removeTree(folder);
        return;
      }
      left = true;
      host.disconnect();
      host.unref();
      lose(`run ${hello.runId} was left to its host`);
    },
    dispose: async () => {
      if (open) throw new Error(`run ${hello.runId} may still be at work: its folder stays`);
      await letGo();
      await options.end();
      await removeTree(folder);
    },
  };
};
