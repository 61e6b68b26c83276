import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import type { Invocation, Tool } from './start-tool.ts';

const missing =
  'This step wants a terminal, and the package `node-pty` is not installed on the server. Install it with a compiler at hand (`npm install`, without leaving out optional packages), or take `terminal: true` out of the runner.';

const signalName = (number: number | undefined): string | null =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;

/**
 * Starts a tool that draws on a terminal of its own. The terminal is this process's: the end of the host is a hangup to the
 * tool, which is why no step that mutates gets one. What it draws goes to the file that others write to themselves.
 * Loaded only when asked for, and never in the server: node-pty leaves its side of a terminal open in every later child.
 */
export const startOnTerminal = async (
  invocation: Omit<Invocation, 'nohup' | 'stderr' | 'stdout'> & { readonly stdout: number },
): Promise<Tool | Error> => {
  const { file, args, cwd, environment, stdout } = invocation;
  let spawn: typeof import('node-pty')['spawn'];
  try {
    ({ spawn } = await import('node-pty'));
  } catch (cause) {
    return new Error(missing, { cause });
  }
  try {
    const terminal = spawn(file, args, {
      name: 'xterm-256color',
      cols: 120,
      rows: 40,
      cwd,
      env: { ...environment },
      encoding: null,
    });
    terminal.onData((data) => {
      try {
        writeSync(stdout, data);
      } catch {
        // A full disk: the tool goes on, as it would when it wrote there itself.
      }
    });
    const exited: Tool['exited'] = new Promise((resolve) =>
      terminal.onExit(({ exitCode, signal }) => {
        const name = signal === 0 ? null : signalName(signal);
        resolve({ code: name === null ? exitCode : null, signal: name });
      }),
    );
    return { pid: terminal.pid, stdout: null, exited };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
};
