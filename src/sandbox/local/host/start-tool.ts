import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Clock } from '../../../clock/port.ts';
import { isAlive, type ProcessIdentity } from '../identity.ts';
import type { Wall } from '../isolation/isolation.ts';
import { send, signalName } from '../signals.ts';
import { standBackAsWe } from '../stand-back.ts';
import { type Behind, toolBehind } from './tool-behind.ts';

/** A tool that runs, or is about to: what is before it may still be putting a wall up. */
export interface Tool {
  /** Of what was started: the tool, or what waits for it. Leads a group of its own. */
  readonly first: number;
  /** Where it is a pipe. Has to be listened to at once: Node throws away what nobody reads when a child exits. */
  readonly stdout: Readable | null;
  readonly ready: Promise<Ready>;
  readonly exited: Promise<Exit>;
}

export interface Ready {
  readonly pid: number;
  /** The leader of its group: all that it started, as far as that did not leave. */
  readonly group: number;
  /** Ends what the tool left behind its wall; false where it has none, and nobody can tell what is its own. */
  readonly endRest: () => boolean;
}

/** One of them is null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Invocation {
  /** Absolute. */
  readonly file: string;
  readonly args: readonly string[];
  readonly wall: Wall;
  readonly environment: Readonly<Record<string, string>>;
  /** `nohup`, absolute, where the machine has one. */
  readonly nohup: string | null;
  /** Descriptors of files. */
  readonly stdout: number | 'pipe';
  readonly stderr: number;
  readonly clock: Clock;
}

/** What is started, with the wall and whatever else stands before the tool. */
export const commandOf = (
  { file, args, wall }: Pick<Invocation, 'file' | 'args' | 'wall'>,
  nohup: string | null,
): readonly [string, ...string[]] => {
  const [first, ...rest] = [...(nohup === null ? [] : [nohup]), ...wall.through, file];
  return [first ?? file, ...rest, ...args];
};

/** A tool that lost whoever waited for it behind a wall is nobody's child: it is asked for so often, in milliseconds. */
const pollMs = 200;

/**
 * How a tool behind a wall ended, by what those who waited for it told: a shell's way of telling a signal. While the tool is
 * there, nobody's word counts: they may have been killed, or made to say what is not so by what else is behind the wall. How
 * it ends then nobody sees.
 */
const exitBehind = async (
  { code, signal }: Exit,
  tool: ProcessIdentity | null,
  clock: Clock,
): Promise<Exit> => {
  if (tool !== null && isAlive(tool)) {
    while (isAlive(tool)) await clock.sleep(pollMs);
    return { code: null, signal };
  }
  return code !== null && code > 128 ? { code: null, signal: signalName(code - 128) } : { code, signal };
};

const readyOf = ({ tool, reaper }: Behind): Ready => ({
  pid: tool.pid,
  group: reaper.pid,
  endRest: () => {
    // Not our child: its number may be somebody else's by now.
    if (isAlive(reaper)) send(reaper.pid, 'SIGKILL');
    return true;
  },
});

/** The tool of a process that was started: itself, or what it puts a wall around. */
export const behind = (
  pid: number,
  wall: Wall,
  exited: Promise<Exit>,
  clock: Clock,
): Pick<Tool, 'first' | 'ready' | 'exited'> => {
  standBackAsWe(pid);
  const itself: Ready = { pid, group: pid, endRest: () => false };
  if (wall.behind === null) return { first: pid, ready: Promise.resolve(itself), exited };
  // Null: it ended before anybody saw it, or the wall could not be put up.
  const found = toolBehind(pid, wall.behind.programs, exited, clock);
  return {
    first: pid,
    ready: found.then((it) => (it === null ? itself : readyOf(it))),
    exited: exited.then(async (exit) => exitBehind(exit, (await found)?.tool ?? null, clock)),
  };
};

/**
 * Starts a tool in a session of its own with nothing to read. Without a pipe, nobody's death can end it: it has its own
 * descriptors, no terminal, and a hangup means nothing to it. Node gives a child the default dispositions of all signals,
 * which is why `nohup` has to ignore that one; it becomes the tool, so pid and start time stay. So does a wall without
 * processes of its own.
 * Returns an error where the system does not let it start.
 */
export const startTool = async (invocation: Invocation): Promise<Tool | Error> => {
  const { wall, clock } = invocation;
  const [first, ...rest] = commandOf(invocation, invocation.nohup);
  const child = spawn(first, rest, {
    cwd: wall.cwd,
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
    if (pid === undefined) return new Error('the system gave the tool no pid');
    return { stdout, ...behind(pid, wall, exited, clock) };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
};
