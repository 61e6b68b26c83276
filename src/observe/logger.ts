import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';
import type { Facts, Log } from './log.ts';
import type { Mask } from './masking.ts';

export interface LoggerOptions {
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  readonly mask: Mask;
  /** Gets one line of JSON, with its line break, at a time. Standard output when absent. */
  readonly destination?: DestinationStream;
}

const maskDeep = (value: unknown, mask: Mask): unknown => {
  if (typeof value === 'string') return mask.text(value);
  if (Array.isArray(value)) return value.map((item) => maskDeep(item, mask));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      mask.text(key),
      /^(?:proxy-)?authorization$/i.test(key) ? '***' : maskDeep(item, mask),
    ]),
  );
};

/** Value by value: what is escaped in a line is not what the mask knows, and a mask over the line could break its JSON. */
const maskLine = (line: string, mask: Mask): string => {
  try {
    return `${JSON.stringify(maskDeep(JSON.parse(line), mask))}\n`;
  } catch {
    return mask.text(line);
  }
};

/** A pino logger whose every line goes through the mask, for libraries that want pino itself (Probot). Rooms use `createLogger`. */
export const createPino = ({ level, mask, destination }: LoggerOptions): Logger => {
  const out = destination ?? pino.destination({ fd: 1, sync: true });
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, base: null, formatters }, { write: (line) => void out.write(maskLine(line, mask)) });
};

/** An Error has no properties of its own that JSON would show. */
const readable = (facts: Facts): Facts =>
  Object.fromEntries(
    Object.entries(facts).map(([key, value]) => [
      key,
      value instanceof Error ? stdSerializers.errWithCause(value) : value,
    ]),
  );

/** A Log over a pino logger that another library needs as well. */
export const wrapPino = (logger: Logger): Log => ({
  debug: (message, facts = {}) => logger.debug(readable(facts), message),
  info: (message, facts = {}) => logger.info(readable(facts), message),
  warn: (message, facts = {}) => logger.warn(readable(facts), message),
  error: (message, facts = {}) => logger.error(readable(facts), message),
  child: (facts) => wrapPino(logger.child(readable(facts))),
});

/** JSON lines with level, Unix milliseconds, message and facts; nothing the mask knows is in them. */
export const createLogger = (options: LoggerOptions): Log => wrapPino(createPino(options));
