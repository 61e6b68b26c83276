import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { App } from '../../src/app.ts';

const fromSource = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface ServerProcess extends App {
  readonly pid: number;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Resident memory as the kernel counts it (`VmRSS`), in MB of a million bytes. */
  residentMegabytes(): Promise<number>;
}

export interface ServerProcessOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of `main`, absolute; `src/main.ts` when absent. */
  readonly script?: string;
  /** For Node itself, before the script. */
  readonly nodeArguments?: readonly string[];
  /** Told of each line that it logs, at level `info`. */
  readonly onLine?: (line: string) => void;
}

interface ReadyLine {
  readonly url: string;
  readonly pagesUrl: string;
}

const readyLine = (line: string): ReadyLine | null => {
  if (!line.includes('tidegate is ready')) return null;
  const parsed: unknown = JSON.parse(line);
  return typeof parsed === 'object' && parsed !== null && 'url' in parsed && typeof parsed.url === 'string'
    ? { url: parsed.url, pagesUrl: 'metrics' in parsed ? new URL(String(parsed.metrics)).origin : '' }
    : null;
};

const addressesOf = async (child: ChildProcess): Promise<ReadyLine> => {
  if (child.stdout === null) throw new Error('the server has no standard output');
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = readyLine(line);
    if (ready !== null) return ready;
    process.stderr.write(`${line}\n`);
  }
  throw new Error('the server ended before it was ready');
};

/** Node's own options, as `npm start` gives them. */
const startOptions = async (): Promise<readonly string[]> => {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return /"start": "node (.*)src\/main\.ts serve"/.exec(text)?.[1]?.split(' ').filter(Boolean) ?? [];
};

/** `serve` in a process of its own, as it runs in production: it shares no event loop with who measures it. */
export const startServerProcess = async (options: ServerProcessOptions): Promise<ServerProcess> => {
  const { environment, script = fromSource, nodeArguments = [] } = options;
  const child = spawn(process.execPath, [...(await startOptions()), ...nodeArguments, script, 'serve'], {
    env: { ...environment, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  if (options.onLine !== undefined && child.stdout !== null)
    createInterface({ input: child.stdout }).on('line', options.onLine);
  const { pid } = child;
  if (pid === undefined) throw new Error('the server did not start');
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await gone;
  };
  try {
    const { url, pagesUrl } = await addressesOf(child);
    // Whoever measures must not slow the server down by leaving its pipe full.
    child.stdout?.resume();
    return {
      url,
      pagesUrl,
      pagesLink: null,
      pid,
      idle: async () => undefined,
      stop: async () => {
        await end('SIGTERM');
        return 'closed';
      },
      kill: () => end('SIGKILL'),
      residentMegabytes: async () => {
        const status = await readFile(`/proc/${pid}/status`, 'utf8');
        const kilobytes = Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN);
        return (kilobytes * 1024) / 1e6;
      },
    };
  } catch (error) {
    await end('SIGKILL');
    throw error;
  }
};
