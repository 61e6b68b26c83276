import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface FoundProcess {
  readonly pid: number;
  readonly parent: number;
  /** Clock ticks since boot; with the pid it names one process for ever. */
  readonly startedAt: string;
  readonly command: string;
}

/** Whose processes to look for: those that hold for one of the three are found. */
export interface Search {
  /** Children of this process, and theirs. */
  readonly ancestor: number;
  /** A folder: processes that work in it, or name it in their arguments. */
  readonly root: string;
  /** `NAME=value` in the environment. */
  readonly mark: string;
}

export const identity = (found: FoundProcess): string => `${found.pid}@${found.startedAt}`;

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // The process ended, or belongs to somebody else.
  }
};

const workingFolder = (pid: number): string => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
};

const describe = (pid: number): FoundProcess | null => {
  const stat = read(`/proc/${pid}/stat`);
  // The command's name is in brackets and may hold brackets and spaces itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent] = fields;
  const startedAt = fields[19];
  // A zombie has ended; it only waits to be counted by its parent.
  if (state === undefined || parent === undefined || startedAt === undefined || state === 'Z') return null;
  const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  return { pid, parent: Number(parent), startedAt, command: command || stat };
};

/**
 * Processes of this machine that belong to a test. Parentage alone is not enough: a tool that runs
 * in a session of its own has process 1 as its parent once who started it is gone.
 * Empty where there is no /proc (not Linux).
 */
export const findProcesses = (search: Search): readonly FoundProcess[] => {
  let names: string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  const all = names.flatMap((name) => describe(Number(name)) ?? []);
  const family = new Set([search.ancestor]);
  // A child may have a smaller pid than its parent after the numbers wrapped: repeat until nothing is added.
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const each of all) if (family.has(each.parent)) family.add(each.pid);
  }
  return all.filter(
    (each) =>
      each.pid !== search.ancestor &&
      (family.has(each.pid) ||
        workingFolder(each.pid).startsWith(search.root) ||
        each.command.includes(search.root) ||
        read(`/proc/${each.pid}/environ`).split('\0').includes(search.mark)),
  );
};

/**
 * Gives processes a moment to end by themselves, then ends the rest.
 * @param find looks again at each call
 * @returns those that had to be ended
 */
export const stopProcesses = async (
  find: () => readonly FoundProcess[],
  graceMs = 3_000,
): Promise<readonly FoundProcess[]> => {
  for (let waited = 0; waited < graceMs && find().length > 0; waited += 50) await delay(50);
  const left = find();
  for (const each of left) {
    try {
      process.kill(each.pid, 'SIGKILL');
    } catch {
      // It ended in the meantime.
    }
  }
  return left;
};
