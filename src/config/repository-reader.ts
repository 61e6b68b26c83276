import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../clock/port.ts';
import { checkFile } from './file-format.ts';
import { type CheckedFile, compileRepositoryFile, type Refused, refusedFile } from './repository-file.ts';
import type { FileFormat, Parsed, RepositoryFile } from './types.ts';

/** Reads `tidegate.yaml`, or an `atlantis.yaml`, as strangers wrote it: whatever is in it, the server goes on meanwhile. */
export interface RepositoryFiles {
  /** As `parseRepositoryFile`; one that takes longer than `limitMs` is `config-invalid`, this time. */
  read(text: string, fileName: string, format?: FileFormat): Promise<Parsed<RepositoryFile>>;
  close(): Promise<void>;
}

export interface RepositoryFilesOptions {
  readonly clock: Clock;
  /**
   * Milliseconds for one file (default 5 s). The largest that is right takes half a second on a machine with nothing else to do;
   * on one with too much it must not be refused.
   */
  readonly limitMs?: number;
  /** Up to so many characters are read at once, which takes less than asking a process (default 2,000). */
  readonly atOnce?: number;
  /** The process ends after this long without a file, milliseconds (default a minute). */
  readonly idleMs?: number;
}

/** Beside this file, in the form this file is in: `.ts` in development, `.js` in the package. */
const program = fileURLToPath(
  new URL(`./repository-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

/**
 * A file within its limits needs a tenth of it. One that takes more ends the process: of a thread that runs out of memory V8
 * does not promise that the others outlive it, and a text of brackets is enough.
 */
const flags = ['--max-old-space-size=128', '--disable-sigusr1'];

/** The same file is read for every look at a pull request, and seldom changes. */
const kept = 50;

type Outcome = { readonly value: RepositoryFile } | { readonly refused: Refused };

const tooLong = (limitMs: number): CheckedFile => ({
  findings: [
    { line: 1, column: 1, sentence: `It takes longer than ${limitMs / 1000} s to be read.`, advice: '' },
  ],
});

const unread: CheckedFile = {
  findings: [{ line: 1, column: 1, sentence: 'It cannot be read.', advice: '' }],
};

const isChecked = (answer: unknown): answer is CheckedFile =>
  answer instanceof Object && ('findings' in answer || 'raw' in answer);

export const createRepositoryFiles = (options: RepositoryFilesOptions): RepositoryFiles => {
  const { clock, limitMs = 5_000, atOnce = 2_000, idleMs = 60_000 } = options;
  /** By the text's digest, least recently used first. */
  const outcomes = new Map<string, Outcome>();
  const late = tooLong(limitMs);
  let running: ChildProcess | null = null;
  let closed = false;
  let idle = new AbortController();
  let queue: Promise<unknown> = Promise.resolve();

  const stop = async (): Promise<void> => {
    const reader = running;
    running = null;
    if (reader === null || reader.exitCode !== null || reader.signalCode !== null) return;
    const gone = once(reader, 'exit').catch(() => undefined);
    reader.kill('SIGKILL');
    await gone;
  };

  const start = (): ChildProcess => {
    // It sees nothing of the server, and whatever it prints when it fails is a stranger's text.
    const reader = fork(program, {
      env: {},
      execArgv: flags,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    running = reader;
    reader.on('error', () => reader.kill('SIGKILL'));
    reader.once('exit', () => {
      if (running === reader) running = null;
    });
    return reader;
  };

  const ask = async (text: string, format: FileFormat): Promise<CheckedFile> => {
    if (closed) return unread;
    const known = running;
    const reader = known ?? start();
    const over = new AbortController();
    const { promise: answered, resolve } = Promise.withResolvers<CheckedFile>();
    const hear = (answer: unknown): void => resolve(isChecked(answer) ? answer : unread);
    // Ended by us, or because a text took all of its memory.
    const lose = (): void => resolve(unread);
    reader.once('error', lose).once('exit', lose);
    // The time of the file, not that of a process which begins: its first word is that it is there.
    if (known === null)
      await Promise.race([once(reader, 'message', { signal: over.signal }), answered]).catch(lose);
    reader.once('message', hear);
    if (reader.connected) reader.send({ text, format }, () => {});
    else lose();
    const timeIsUp = clock.sleep(limitMs, over.signal).then(() => null);
    const answer = await Promise.race([answered, timeIsUp]);
    over.abort();
    reader.off('message', hear).off('error', lose).off('exit', lose);
    if (answer === null) await stop();
    return answer ?? late;
  };

  const endWhenIdle = (): void => {
    // What was under way when it was closed comes by here as well.
    if (closed) return;
    const waiting = new AbortController();
    idle = waiting;
    void clock.sleep(idleMs, waiting.signal).then(() => {
      if (!waiting.signal.aborted) queue = queue.then(() => (waiting.signal.aborted ? undefined : stop()));
    });
  };

  /** One after another: each has its time for itself. */
  const inTurn = (text: string, format: FileFormat): Promise<CheckedFile> => {
    const turn = queue.then(async () => {
      idle.abort();
      return await ask(text, format).finally(endWhenIdle);
    });
    queue = turn.catch(() => undefined);
    return turn;
  };

  const outcomeOf = async (text: string, format: FileFormat): Promise<Outcome> => {
    const key = `${format} ${createHash('sha256').update(text).digest('base64')}`;
    const known = outcomes.get(key);
    const isShort = text.length <= atOnce;
    const checked =
      known !== undefined ? null : isShort ? checkFile(text, format) : await inTurn(text, format);
    const outcome = known ?? compileRepositoryFile(checked ?? unread);
    // Not what the text says, but what became of the process: another time it may be read.
    if (checked === unread || checked === late) return outcome;
    outcomes.delete(key);
    outcomes.set(key, outcome);
    const oldest = outcomes.size > kept ? outcomes.keys().next().value : undefined;
    if (oldest !== undefined) outcomes.delete(oldest);
    return outcome;
  };

  return {
    read: async (text, fileName, format = 'tidegate') => {
      const outcome = await outcomeOf(text, format);
      return 'refused' in outcome ? { problem: refusedFile(outcome.refused, fileName) } : outcome;
    },
    close: async () => {
      closed = true;
      idle.abort();
      await stop();
      await queue;
      await stop();
    },
  };
};
