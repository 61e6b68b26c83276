import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { Clock } from '../../../clock/port.ts';
import { identityOf, type ProcessIdentity } from '../identity.ts';

export interface Behind {
  readonly tool: ProcessIdentity;
  /** The first process of the tool's own processes: it ends with all of them. */
  readonly reaper: number;
}

/** From the start of bwrap to that of the tool it takes about 5 milliseconds. */
const lookEveryMs = 1;

/** Children of the main thread, by https://docs.kernel.org/filesystems/proc.html (3.7). */
const childOf = (pid: number): number | null => {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return child === undefined || child === '' ? null : Number(child);
  } catch {
    return null;
  }
};

const programOf = (pid: number): string | null => {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    return null;
  }
};

/**
 * The tool that a wall was put up for, once it is there: before that, a signal would reach what puts the wall up.
 * Null when it all ended before.
 */
export const toolBehind = async (
  monitor: number,
  programs: readonly string[],
  exited: Promise<unknown>,
  clock: Clock,
): Promise<Behind | null> => {
  let over = false;
  void exited.then(() => {
    over = true;
  });
  while (!over) {
    const reaper = childOf(monitor);
    const pid = reaper === null ? null : childOf(reaper);
    const program = pid === null ? null : programOf(pid);
    if (reaper !== null && pid !== null && program !== null && !programs.includes(program)) {
      const tool = identityOf(pid);
      if (tool !== null) return { tool, reaper };
    }
    await clock.sleep(lookEveryMs);
  }
  return null;
};
