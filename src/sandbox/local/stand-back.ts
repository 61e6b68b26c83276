import { readFileSync, writeFileSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

const { PRIORITY_LOW } = constants.priority;

/** sched(7): where the kernel shares by sessions first, what a session is worth is said here, and not by the priority of who is in it. */
const worthOf = (pid: number): string => `/proc/${pid}/autogroup`;

/**
 * That process, and what it starts from then on, has the processor when nobody else wants it. It is a favour to others: a system that
 * does not let us gives it as much as any other.
 */
export const standBack = (pid: number): void => {
  try {
    setPriority(pid, PRIORITY_LOW);
    writeFileSync(worthOf(pid), String(PRIORITY_LOW));
  } catch {
    // It has ended, or the kernel has no such groups.
  }
};

/** A tool has a session of its own, which is worth as much as any until that is said of it as well. */
export const standBackAsWe = (pid: number): void => {
  if (getPriority() === PRIORITY_LOW) standBack(pid);
};

/** proc_pid_oom_score_adj(5): whom the kernel kills when memory runs out, from -1000 (never) to 1000. */
const mostLikely = 1000;

/**
 * When memory runs out that process, and what it starts from then on, is likelier to be killed than `applies` and this server, for a plan can
 * be made again, and nobody knows what an apply had done that was killed in its place; or likelier than `all`. A system that does
 * not let us kills whom it likes.
 */
export const beKilledBefore = (pid: number, before: 'applies' | 'all'): void => {
  const file = `/proc/${pid}/oom_score_adj`;
  try {
    const own = Number(readFileSync(file, 'utf8'));
    writeFileSync(file, String(before === 'all' ? mostLikely : Math.ceil((own + mostLikely) / 2)));
  } catch {
    // It has ended, or there is no such file here.
  }
};
