import { readdirSync, readFileSync } from 'node:fs';

/** One process of this machine, for ever: a pid alone is given to somebody else once its owner is gone. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between boot and start (field 22 of proc_pid_stat(5)). */
  readonly startTime: string;
  /** Of the boot the ticks count from. */
  readonly bootId: string;
}

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

const bootId = (): string | null => read('/proc/sys/kernel/random/boot_id')?.trim() ?? null;

/** Null when there is no such process any more. One that ended and waits for its parent counts as gone. */
export const identityOf = (pid: number): ProcessIdentity | null => {
  const stat = read(`/proc/${pid}/stat`);
  const boot = bootId();
  if (stat === null || boot === null) return null;
  // The command's name is in brackets and may hold brackets and spaces itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTime = fields[19];
  if (startTime === undefined || state === 'Z' || state === 'X') return null;
  return { pid, startTime, bootId: boot };
};

/** Is exactly this process at work? No for a foreign one with its pid, and no for all after a reboot. */
export const isAlive = (known: ProcessIdentity): boolean => {
  const found = identityOf(known.pid);
  return found !== null && found.startTime === known.startTime && found.bootId === known.bootId;
};

/** Asked of what a record says. A pid of 0 or below would name a group. */
export const isIdentity = (value: unknown): value is ProcessIdentity =>
  typeof value === 'object' &&
  value !== null &&
  'pid' in value &&
  Number.isInteger(value.pid) &&
  Number(value.pid) > 1 &&
  'startTime' in value &&
  typeof value.startTime === 'string' &&
  'bootId' in value &&
  typeof value.bootId === 'string';

/** A process that works in a run's private home: its tools, and what they started. */
export interface Stray {
  readonly identity: ProcessIdentity;
  /** The tool itself, as its host started it: it leads a session of its own, or is the first behind a wall. */
  readonly leads: boolean;
}

const names = (): readonly string[] => {
  try {
    return readdirSync('/proc');
  } catch {
    return [];
  }
};

/** What bwrap calls itself, its monitor and its reaper alike. */
const isWall = (pid: string): boolean => read(`/proc/${pid}/comm`)?.trim() === 'bwrap';

const leads = (name: string): boolean => {
  if (isWall(name)) return false;
  const stat = read(`/proc/${name}/stat`) ?? '';
  // Fields 4 and 6: parent and session.
  const [, parent, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return session === name || (parent !== undefined && isWall(parent));
};

/**
 * Processes whose home is that of the run with this private folder. The name of the folder is given once, so they are the
 * run's own, also where nobody could write down their identity.
 */
export const straysOf = (folder: string): readonly Stray[] => {
  const isMark = (variable: string): boolean =>
    variable === `HOME=${folder}/home` || variable.startsWith(`HOME=${folder}/apart/`);
  const found: Stray[] = [];
  for (const name of names()) {
    if (!/^\d+$/.test(name) || read(`/proc/${name}/environ`)?.split('\0').some(isMark) !== true) continue;
    const identity = identityOf(Number(name));
    if (identity !== null) found.push({ identity, leads: leads(name) });
  }
  return found;
};
