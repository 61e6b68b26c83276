import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../clock/port.ts';

/** Beside this file, in the form this file is in: `.ts` in development, `.js` in the package. */
const script = fileURLToPath(
  new URL(`./host/main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

/**
 * A host does little and often nothing: a small nursery, and of V8's compilers those that take little. Measured on Node 24, at
 * rest and under a flood of 200 MB: 55 and 59 MB resident, 65 without the second flag, and the log comes as fast. The third
 * keeps a signal from opening a debugger.
 */
const flags = ['--max-semi-space-size=1', '--no-turbofan', '--disable-sigusr1'];

/** One that nobody takes ends after this, milliseconds. */
const spareLastsMs = 10_000;

export interface HostStarter {
  /** A run will be opened soon: its host can start now, beside whatever has to be done first. */
  wake(): void;
  /** A host for the run with that private folder (absolute), the waiting one if there is one. It has said nothing and heard nothing. */
  take(folder: string): ChildProcess;
  /** Ends the waiting one. */
  close(): Promise<void>;
}

interface Spare {
  readonly host: ChildProcess;
  /** What it prints, absolute. */
  readonly errors: string;
}

export interface HostStarterOptions {
  /** Of all runs, absolute; made when missing. */
  readonly folder: string;
  /** Where Node keeps the host's code ready to run, absolute: reading TypeScript anew takes 18 MB and 50 ms per host. */
  readonly codeCache: string;
  readonly clock: Clock;
}

export const createHostStarter = ({ folder, codeCache, clock }: HostStarterOptions): HostStarter => {
  let spare: Spare | null = null;
  let waiting = new AbortController();
  let count = 0;
  let closed = false;

  const start = (): Spare => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    count += 1;
    const errors = join(folder, `.host-${process.pid}-${count}.err`);
    const file = openSync(errors, 'a', 0o600);
    try {
      // It sees nothing of the server: no environment, no option, no terminal.
      const host = spawn(process.execPath, [...flags, script], {
        cwd: folder,
        env: { NODE_COMPILE_CACHE: codeCache, MALLOC_ARENA_MAX: '2' },
        detached: true,
        stdio: ['ignore', 'ignore', file, 'ipc'],
        serialization: 'advanced',
      });
      // Failing to start or to be written to shows as an exit.
      host.on('error', () => host.kill('SIGKILL'));
      return { host, errors };
    } finally {
      closeSync(file);
    }
  };

  /** Without a server a host that has no step ends by itself. */
  const end = async ({ host, errors }: Spare): Promise<void> => {
    const gone = host.exitCode === null && host.signalCode === null ? once(host, 'exit') : null;
    if (host.connected) host.disconnect();
    await gone?.catch(() => undefined);
    rmSync(errors, { force: true });
  };

  const drop = (): Promise<void> => {
    const old = spare;
    spare = null;
    waiting.abort();
    return old === null ? Promise.resolve() : end(old);
  };

  return {
    wake: () => {
      if (closed) return;
      waiting.abort();
      const own = new AbortController();
      waiting = own;
      if (spare?.host.connected !== true) spare = start();
      void clock.sleep(spareLastsMs, own.signal).then(() => (own.signal.aborted ? undefined : drop()));
    },
    take: (run) => {
      const taken = spare?.host.connected === true ? spare : start();
      if (taken === spare) {
        spare = null;
        waiting.abort();
      }
      renameSync(taken.errors, join(run, 'host.err'));
      return taken.host;
    },
    close: () => {
      closed = true;
      return drop();
    },
  };
};
