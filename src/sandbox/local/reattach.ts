import { existsSync } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../clock/port.ts';
import { nothingPrinted } from '../../domain/printed.ts';
import type { Ending, Reattached } from '../port.ts';
import { readText } from './capped-text.ts';
import { identityOf, isAlive, type ProcessIdentity, straysOf } from './identity.ts';
import { logFiles } from './log-files.ts';
import { type HostRecord, readRecord, type StepRecord, writeRecord } from './records.ts';
import { removeTree } from './remove-tree.ts';
import { openSecrets } from './secret-box.ts';
import { send } from './signals.ts';

export interface ReattachOptions {
  /** The run's private folder, absolute; may be gone. */
  readonly folder: string;
  /** Where people find its output, absolute. */
  readonly logs: string;
  readonly runId: string;
  readonly key: Uint8Array;
  readonly clock: Clock;
  /** Ends what is left of the run's tools, where that can be told. */
  readonly end: () => Promise<void>;
  readonly mask: (text: string, secrets: readonly string[]) => string;
}

/** Nobody tells us of the end of a process that is not our child. */
const pollMs = 200;

interface Left {
  readonly host: HostRecord | null;
  readonly step: StepRecord | null;
}

const isThere = async (path: string): Promise<boolean> => {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
};

/**
 * Finds what is left of a run whose server is gone: its host, or only its tool, or their records. Nothing is believed that does
 * not carry the run's mark, and no process is signalled that is not the very one on record.
 */
export const reattachRun = async (options: ReattachOptions): Promise<Reattached> => {
  const { folder, clock } = options;
  /** Tools at work that no record names: their host died in the moment of their start, or they change nothing. */
  let strays: readonly ProcessIdentity[] = [];
  const look = async (): Promise<Left> => {
    const host = await readRecord(folder, 'host', options);
    const step = await readRecord(folder, 'step', options);
    strays = [];
    if ((host !== null && isAlive(host.host)) || (step !== null && step.tool !== null)) return { host, step };
    const found = straysOf(folder);
    const tool = found.find(({ leads }) => leads)?.identity;
    if (step !== null && tool !== undefined) return { host, step: { ...step, tool } };
    strays = found.map(({ identity }) => identity);
    return { host, step };
  };
  let left = await look();
  let interrupted = false;

  const hostPid = (): number | null =>
    left.host !== null && isAlive(left.host.host) ? left.host.host.pid : null;
  const toolPid = (): number | null => {
    const tool = left.step?.tool ?? null;
    return tool !== null && isAlive(tool) ? tool.pid : null;
  };

  const isAtWork = (): boolean => hostPid() !== null || toolPid() !== null || strays.some(isAlive);

  /**
   * Before its step that mutates nothing of a run is worth waiting for, and nobody else ends it. The room for the exit record is
   * taken before that step is begun: with neither, it was not.
   */
  const endStrays = (): void => {
    if (
      left.step !== null ||
      ['step.json', 'exit.json', 'exit.json.new'].some((name) => existsSync(join(folder, name)))
    )
      return;
    for (const stray of strays) if (isAlive(stray)) send(stray.pid, 'SIGKILL');
  };

  const textOf = async (step: StepRecord): Promise<string> => {
    const secrets = openSecrets(options.key, step.secrets);
    return readText(logFiles(options, step.number, step.step), (text) => options.mask(text, secrets));
  };

  /** A host that died brought not all of its tool's words into the log: they go with the folder. */
  const keepRest = async (): Promise<void> => {
    const { step } = left;
    if (step === null) return;
    const files = logFiles(options, step.number, step.step);
    if (!(await isThere(files.out)) && !(await isThere(files.err))) return;
    await writeFile(files.log, await textOf(step), { mode: 0o600 });
  };

  /** Nothing of the run is at work any more. */
  const conclude = async (): Promise<Ending> => {
    const unknown = async (because: string): Promise<Ending> => ({
      kind: 'unknown',
      because,
      text: left.step === null ? '' : await textOf(left.step),
    });
    if (!(await isThere(folder))) return unknown('nothing is left of the run');
    const { step } = left;
    if (step === null)
      return (await isThere(join(folder, 'step.json')))
        ? unknown('the record of its tool is damaged or not ours')
        : { kind: 'not-started' };
    const exit = await readRecord(folder, 'exit', options);
    if (exit !== null && exit.number === step.number) {
      const { ended, exitCode } = exit;
      const text = await textOf(step);
      return {
        kind: 'ended',
        result: { step: step.step, ended, exitCode, data: nothingPrinted, text },
      };
    }
    const boot = identityOf(process.pid)?.bootId;
    const before = step.tool?.bootId ?? left.host?.host.bootId;
    if (before !== undefined && boot !== before)
      return unknown('the machine was started again while its tool was at work');
    if (exit === null && (await isThere(join(folder, 'exit.json'))))
      return unknown('the record of its end is damaged or not ours');
    return unknown(
      step.tool === null
        ? 'its host ended while the tool was being started'
        : 'its host ended before its tool did, and nobody saw how that ended',
    );
  };

  const over = new AbortController();
  const watch = async (): Promise<Ending> => {
    for (;;) {
      // A host that lives has the last word: after the record it still brings the log to its end.
      const host = hostPid();
      left = await look();
      if (host === null && !isAtWork()) return conclude();
      if (hostPid() === null) endStrays();
      await clock.sleep(pollMs, over.signal);
      // Nobody waits any more.
      if (over.signal.aborted) return new Promise<Ending>(() => {});
    }
  };

  const running = isAtWork();
  const ending = watch();
  // Not everybody who asks whether it runs waits for its end.
  ending.catch(() => undefined);
  return {
    folder,
    running,
    ending,
    interrupt: () => {
      const host = hostPid();
      if (host !== null) return send(host, 'SIGINT');
      const tool = toolPid();
      const { step } = left;
      if (tool === null || step === null || step.interrupted || interrupted) return;
      interrupted = true;
      send(tool, 'SIGINT');
      void writeRecord(folder, 'step', options.key, { ...step, interrupted: true }).catch(() => {});
    },
    insist: () => {
      const host = hostPid();
      if (host !== null) return send(host, 'SIGUSR2');
      const tool = toolPid();
      if (tool !== null) send(tool, 'SIGINT');
    },
    detach: () => over.abort(),
    dispose: async () => {
      if (isAtWork()) throw new Error(`run ${options.runId} is still at work: its folder stays`);
      over.abort();
      await keepRest().catch(() => undefined);
      await options.end();
      await removeTree(folder);
    },
  };
};
