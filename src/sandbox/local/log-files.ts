import { join } from 'node:path';

export interface LogFiles {
  /** What people see: masked. */
  readonly log: string;
  /** When the step began and how it ended, for people; nothing is decided by it. */
  readonly facts: string;
  /** What the tool wrote, as it came; gone once all of it is in the log. */
  readonly out: string;
  readonly err: string;
}

/** What a run's tools write, as it comes: in its private folder. */
export const rawLogsOf = (folder: string): string => join(folder, 'logs');

/** Where the output of a run lies; both absolute. */
export interface LogPlace {
  /** The run's private one, which goes with the run. */
  readonly folder: string;
  /** What people see, which stays. */
  readonly logs: string;
}

/** Where the output of a run's step lies. */
export const logFiles = ({ folder, logs }: LogPlace, number: number, step: string): LogFiles => {
  const name = `${String(number).padStart(2, '0')}-${step}`;
  const raw = join(rawLogsOf(folder), name);
  const kept = join(logs, name);
  return { log: `${kept}.log`, facts: `${kept}.json`, out: `${raw}.out`, err: `${raw}.err` };
};
