/** Names and values beside a message: they can be searched for, the message is for people. */
export type Facts = Readonly<Record<string, unknown>>;

/** What every room logs through. Errors go in as a fact, for example `{ error }`. */
export interface Log {
  debug(message: string, facts?: Facts): void;
  info(message: string, facts?: Facts): void;
  warn(message: string, facts?: Facts): void;
  error(message: string, facts?: Facts): void;
  /** A log that adds these facts to every line. */
  child(facts: Facts): Log;
}

/** Says nothing: for tests and tools without a log. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
