import { type Log, silentLog } from '../../src/observe/log.ts';

/** Keeps what is logged as a warning or an error. */
export const logTo = (complaints: string[]): Log => {
  const note = (message: string, facts?: Readonly<Record<string, unknown>>) =>
    void complaints.push(`${message} ${String(facts?.['error'] ?? '')}`);
  return { ...silentLog, warn: note, error: note, child: () => logTo(complaints) };
};
