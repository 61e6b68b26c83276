import { type ExitCodes, exitWordOf } from '../domain/exit-codes.ts';
import type { Problem } from '../domain/problem.ts';
import type { Step } from '../runner/port.ts';
import type { StepResult } from '../sandbox/port.ts';

/** Between the attempts of a step that says each time that it may go well later. */
export const pausesMs = [2_000, 10_000, 45_000] as const;

/** As people would type it. */
export const commandOf = ({ command, argv }: Pick<Step, 'command' | 'argv'>): string =>
  command ?? argv.slice(0, 2).join(' ');

/** What was run, as people would type it, and how far it may have gone. */
interface Ran {
  readonly command: string;
  readonly mutates: boolean;
  readonly timeoutMs: number;
  readonly exitCodes?: ExitCodes | undefined;
}

export const ranOf = (step: Step): Ran => ({
  command: commandOf(step),
  mutates: step.mutates,
  timeoutMs: step.timeoutMs,
  exitCodes: step.exitCodes,
});

/** Why a step that did not end well failed, and what to do next. */
export const problemOf = ({ command, mutates, timeoutMs, exitCodes }: Ran, result: StepResult): Problem => {
  switch (result.ended) {
    case 'not-found':
      return {
        code: 'tool-missing',
        sentence: `\`${command.split(' ')[0]}\` is not installed on the server.`,
        advice:
          'Ask the people who run Tidegate to install it; the image has a build argument for each tool.',
      };
    case 'timeout':
      return {
        code: 'tool-timeout',
        sentence: `\`${command}\` was stopped: it took longer than ${Math.round(timeoutMs / 60_000)} minutes, or said nothing for too long.`,
        advice: 'Find out what it waits for; operators can raise `step_timeout` and `idle_timeout`.',
      };
    case 'cancelled':
      return mutates && result.exitCode !== null
        ? {
            code: 'apply-cancelled',
            sentence: `\`${command}\` was asked to stop, and ended in order: what it had begun is done and in the state, the rest is not.`,
            advice: 'Comment `/plan` to see what is left.',
          }
        : {
            code: 'tool-failed',
            sentence: `\`${command}\` was cancelled.`,
            advice: 'Comment `/plan` to plan again.',
          };
    case 'signal':
      return {
        code: mutates ? 'outcome-unknown' : 'tool-failed',
        sentence: `\`${command}\` was killed.`,
        advice: mutates
          ? 'Nobody knows what was done and what was not: compare the state with the plan before anything else.'
          : 'The server may be short of memory; comment `/plan` to try again.',
      };
    case 'exit': {
      const word = exitWordOf(exitCodes, result.exitCode);
      if (word === 'blocked') return blocked(command, mutates);
      if (word === 'again') return busy(command, mutates);
      return {
        code: 'tool-failed',
        sentence: `\`${command}\` ended with exit code ${result.exitCode ?? 'unknown'}.`,
        advice: 'Its own words are below. Mend the configuration and push, or comment `/plan` to try again.',
      };
    }
    default: {
      const never: never = result.ended;
      return never;
    }
  }
};

const blocked = (command: string, mutates: boolean): Problem => ({
  code: 'tool-blocked',
  sentence: `\`${command}\` says that a human has to act first.`,
  advice: mutates
    ? 'Its own words are below. Do what they ask, then comment `/plan` to see what is left.'
    : 'Its own words are below. Do what they ask, then comment `/plan`.',
});

const busy = (command: string, mutates: boolean): Problem =>
  mutates
    ? {
        code: 'tool-busy',
        sentence: `\`${command}\` says that it may go well later. What changes something is not tried again by itself.`,
        advice: 'Comment `/plan` to see what is left.',
      }
    : {
        code: 'tool-busy',
        sentence: `\`${command}\` said ${pausesMs.length + 1} times that it may go well later.`,
        advice: 'Its own words are below. Comment `/plan` in a while.',
      };
