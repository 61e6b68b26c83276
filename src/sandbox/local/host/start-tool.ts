import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';

const isProgram = async (file: string): Promise<boolean> => {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
};

/** Absolute path of a program on `path`, or null. A name with a slash is a path already, seen from `cwd`. */
export const findProgram = async (name: string, path: string, cwd: string): Promise<string | null> => {
  const candidates = name.includes('/')
    ? [resolve(cwd, name)]
    : path
        .split(delimiter)
        .filter((folder) => folder.startsWith('/'))
        .map((folder) => join(folder, name));
  for (const file of candidates) if (await isProgram(file)) return file;
  return null;
};

/** A tool that runs. */
export interface Tool {
  /** Of the tool and of its group. */
  readonly pid: number;
  /** Where it is a pipe. */
  readonly stdout: Readable | null;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

export interface Invocation {
  /** Absolute. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** `nohup`, absolute, where the machine has one. */
  readonly nohup: string | null;
  /** Descriptors of files. */
  readonly stdout: number | 'pipe';
  readonly stderr: number;
}

/**
 * Starts a tool in a session of its own with nothing to read. Without a pipe, nobody's death can end it: it has its own
 * descriptors, no terminal, and a hangup means nothing to it. Node gives a child the default dispositions of all signals,
 * which is why `nohup` has to ignore that one; it becomes the tool, so pid and start time stay.
 * Returns an error where the system does not let it start.
 */
export const startTool = async (invocation: Invocation): Promise<Tool | Error> => {
  const { file, args, nohup } = invocation;
  const child = spawn(nohup ?? file, nohup === null ? args : [file, ...args], {
    cwd: invocation.cwd,
    env: invocation.environment,
    detached: true,
    stdio: ['ignore', invocation.stdout, invocation.stderr],
  });
  const exited: Tool['exited'] = new Promise((done) =>
    child.once('exit', (code, signal) => done({ code, signal })),
  );
  try {
    if (child.pid === undefined) await once(child, 'spawn');
    const { pid, stdout } = child;
    return pid === undefined ? new Error('the system gave the tool no pid') : { pid, stdout, exited };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
};
