import { writeSync } from 'node:fs';
import { signalName } from '../signals.ts';
import { behind, commandOf, type Invocation, type Tool } from './start-tool.ts';

const missing =
  'This step wants a terminal, and the package `node-pty` is not installed on the server. Install it with a compiler at hand (`npm install`, without leaving out optional packages), or take `terminal: true` out of the runner.';

/**
 * Starts a tool that draws on a terminal of its own. The terminal is this process's: the end of the host is a hangup to the
 * tool, which is why no step that mutates gets one. What it draws goes to the file that others write to themselves.
 * Loaded only when asked for, and never in the server: node-pty leaves its side of a terminal open in every later child.
 */
export const startOnTerminal = async (
  invocation: Omit<Invocation, 'nohup' | 'stderr' | 'stdout'> & { readonly stdout: number },
): Promise<Tool | Error> => {
  const { wall, environment, stdout, clock } = invocation;
  const [file, ...args] = commandOf(invocation, null);
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
      cwd: wall.cwd,
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
    return { stdout: null, ...behind(terminal.pid, wall, exited, clock) };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
};
