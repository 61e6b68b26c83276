import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

export interface FileLock {
  release(): void;
}

/**
 * An exclusive lock that the kernel drops with the process, whatever ends it; null while another process has it. SQLite's are
 * record locks (fcntl): they are not inherited, so a tool that outlives its server does not hold the file, as it would an flock
 * on a handle it was given; no process id is written down that another process could get later.
 *
 * Whoever takes it keeps it in reach: collected as garbage it would be dropped.
 */
export const tryLock = (file: string): FileLock | null => {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // Whoever may read it may hold a lock on it, and keep everybody else out.
    chmodSync(file, 0o600);
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const busy = error instanceof Error && 'errcode' in error && error.errcode === 5;
    if (busy) return null;
    throw error;
  }
  return {
    release: () => {
      if (database.isOpen) database.close();
    },
  };
};
