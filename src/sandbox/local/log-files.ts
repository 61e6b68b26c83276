import { join } from 'node:path';

export interface LogFiles {
  /** What people see: masked. */
  readonly log: string;
  /** What the tool wrote, as it came; gone once all of it is in the log. */
  readonly out: string;
  readonly err: string;
}

/** Where the output of a run's step lies. `folder` is the run's. */
export const logFiles = (folder: string, number: number, step: string): LogFiles => {
  const base = join(folder, 'logs', `${String(number).padStart(2, '0')}-${step}`);
  return { log: `${base}.log`, out: `${base}.out`, err: `${base}.err` };
};
