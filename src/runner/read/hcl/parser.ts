import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../../clock/port.ts';
import { type Answer, answersIn, type Question } from './messages.ts';

/** Beside this file, in the form this file is in: `.ts` in development, `.js` in the package. */
const script = fileURLToPath(
  new URL(`./process${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

export interface Parser {
  /** Starts the process, if there is none, ahead of the first question. */
  start(): void;
  /**
   * One list at a time. Never rejects: what went wrong is in the answer. There may be fewer answers than questions, and of several
   * questions none at all: then one of them has to be asked alone to know which it was.
   */
  ask(questions: readonly Question[]): Promise<readonly Answer[]>;
  /** Ends the process if there is one; a later question starts another. */
  stop(): Promise<void>;
}

export interface ParserOptions {
  readonly clock: Clock;
  /** Milliseconds for one file. */
  readonly limitMs: number;
  readonly script?: string;
}

/** The parser's process: started by the first question at the latest, replaced when it hangs or dies. */
export const createParser = (options: ParserOptions): Parser => {
  let running: ChildProcess | null = null;

  const start = (): ChildProcess => {
    // It sees nothing of the server: no environment, no option, no terminal.
    const child = fork(options.script ?? script, [], {
      env: {},
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'json',
    });
    child.once('exit', () => {
      if (running === child) running = null;
    });
    // Failing to start or to be written to shows as an exit or as a time limit.
    child.on('error', () => child.kill('SIGKILL'));
    running = child;
    return child;
  };

  const stop = async (): Promise<void> => {
    const child = running;
    running = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };

  const ask = async (questions: readonly Question[]): Promise<readonly Answer[]> => {
    const child = running ?? start();
    const over = new AbortController();
    const failed = (error: string): readonly Answer[] => (questions.length === 1 ? [{ error }] : []);
    const answered = new Promise<readonly Answer[]>((resolve) => {
      const onMessage = (message: unknown) =>
        resolve(answersIn(message, questions.length) ?? failed('the parser gave no answer'));
      const onExit = () => resolve(failed('the parser crashed on this file'));
      child.once('message', onMessage);
      child.once('exit', onExit);
      over.signal.addEventListener('abort', () => {
        child.off('message', onMessage);
        child.off('exit', onExit);
      });
    });
    const late = options.clock.sleep(options.limitMs, over.signal).then(() => null);
    child.send(questions, () => {});
    const answers = await Promise.race([answered, late]);
    over.abort();
    const last = answers?.at(-1);
    // What somebody's file did to it must not make the files of others unreadable.
    if (last !== undefined && 'error' in last && last.spent === true) await stop();
    if (answers !== null) return answers;
    await stop();
    return failed(`the parser did not finish this file within ${options.limitMs / 1000} s`);
  };

  return { start: () => void (running ?? start()), ask, stop };
};
