import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Clock } from '../../../clock/port.ts';
import { identityOf, type ProcessIdentity } from '../identity.ts';

export interface Behind {
  readonly tool: ProcessIdentity;
  /** The first process of the tool's own processes: it ends with all of them. */
  readonly reaper: ProcessIdentity;
}

/** From the start of bwrap to that of the tool it takes about 5 milliseconds. */
const lookEveryMs = 1;

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
};

/** Children of the main thread, by https://docs.kernel.org/filesystems/proc.html (3.7). */
const childOf = (pid: number): number | null => {
  const [child] = read(`/proc/${pid}/task/${pid}/children`)?.split(' ') ?? [];
  return child === undefined || child === '' ? null : Number(child);
};

/** Which file that is, whatever it is called. */
const fileAt = (path: string): string | null => {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
};

/** Does a process still run what puts the wall up? By its file; by its name where that may not be asked for. */
const createIsWall = (programs: readonly string[]): ((pid: number) => boolean) => {
  const files = programs.map(fileAt);
  const names = programs.map((program) => basename(program));
  return (pid) => {
    const file = fileAt(`/proc/${pid}/exe`);
    return file === null ? names.includes(read(`/proc/${pid}/comm`) ?? '') : files.includes(file);
  };
};

/**
 * The tool that a wall was put up for, once it is there: before that, a signal would reach what puts the wall up.
 * Null when it all ended before. `programs`: what stands before the tool, absolute.
 */
export const toolBehind = async (
  monitor: number,
  programs: readonly string[],
  exited: Promise<unknown>,
  clock: Clock,
): Promise<Behind | null> => {
  const isWall = createIsWall(programs);
  let over = false;
  void exited.then(() => {
    over = true;
  });
  while (!over) {
    const first = childOf(monitor);
    const second = first === null ? null : childOf(first);
    if (first !== null && second !== null && !isWall(second)) {
      const reaper = identityOf(first);
      const tool = identityOf(second);
      if (reaper !== null && tool !== null) return { tool, reaper };
    }
    await clock.sleep(lookEveryMs);
  }
  return null;
};
