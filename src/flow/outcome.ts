import type { ExitCodes } from '../domain/exit-codes.ts';
import { isOperation, operationWords } from '../domain/operation.ts';
import type { Problem } from '../domain/problem.ts';
import type { RunEvent, RunVerb } from '../domain/run.ts';
import type { Ending, StepResult } from '../sandbox/port.ts';

/** What an apply came to, ready to be written down. */
export interface Outcome {
  readonly event: RunEvent;
  readonly problem: Problem | null;
  readonly output: string | null;
}

/**
 * From how the tool of an apply ended to what the run came to. Only a tool that ended by itself and kept its
 * state is believed: one that was killed may have done anything, and one that could not write its
 * state has done what that state does not know. Pure.
 *
 * @param rescued a state that the tool could not write was found beside it
 * @param verb of the run, for people
 * @param codes exit codes that its runner knows
 * @param refusal what the caller makes of a step that failed, in the tool's name
 */
export const outcomeOf = (
  ending: Ending,
  rescued: boolean,
  refusal: (result: StepResult) => Problem,
  verb: RunVerb = 'apply',
  codes: ExitCodes = {},
): Outcome => {
  const unknown = (because: string): Problem => unknownEnd(because, verb);
  switch (ending.kind) {
    case 'not-started':
      return { event: { kind: 'failed' }, problem: notStarted(verb), output: null };
    case 'unknown':
      return { event: { kind: 'lost' }, problem: unknown(ending.because), output: ending.text };
    case 'ended': {
      const { result } = ending;
      const output = result.text;
      if (rescued) return { event: { kind: 'lost' }, problem: stateNotSaved, output };
      if (isKilled(result)) return { event: { kind: 'lost' }, problem: refusal(result), output };
      if (result.ended === 'exit' && result.exitCode === 0)
        return { event: { kind: 'applied' }, problem: null, output };
      if (hasCrashed(result, codes))
        return {
          event: { kind: 'lost' },
          problem: unknown(`it left with exit code ${result.exitCode}`),
          output,
        };
      return { event: { kind: 'failed' }, problem: refusal(result), output };
    }
    default: {
      const never: never = ending;
      return never;
    }
  }
};

/** Without an exit code the tool did not end by itself, or was never there. One that was told twice to stop dropped what it did. */
const isKilled = ({ ended, exitCode }: StepResult): boolean =>
  ended === 'signal' || (exitCode === null && ended !== 'not-found' && ended !== 'cancelled');

/**
 * 1 is how a tool says that it failed, with its state written. Others are those of a crash: terraform's panic is 11, that of the Go
 * runtime 2, and a wrapper tells of a tool that was killed by 128 and more.
 */
const hasCrashed = ({ exitCode }: StepResult, codes: ExitCodes): boolean =>
  exitCode !== null && exitCode !== 0 && exitCode !== 1 && codes[exitCode] === undefined;

const unknownEnd = (because: string, verb: RunVerb): Problem => ({
  code: 'outcome-unknown',
  sentence: `This ${wordOf(verb)} was started, and nobody knows how it ended: ${because}.`,
  advice: `${isOperation(verb) ? 'Look at the state' : 'Compare the state with the plan'} before anything else. The lock stays until a person has looked.`,
});

const wordOf = (verb: RunVerb): string => (isOperation(verb) ? `\`${operationWords[verb]}\`` : verb);

const stateNotSaved: Problem = {
  code: 'state-not-saved',
  sentence:
    'The tool changed things and could not write down what: it left its state in a file, which Tidegate keeps.',
  advice: 'Have an administrator push the rescued state back before anything else is planned or applied.',
};

/** The plan is used up, and nothing of it was done: it is planned again by itself. */
const notStarted = (verb: RunVerb): Problem => ({
  code: 'apply-interrupted',
  sentence: `The server was stopped before this ${wordOf(verb)} had started the tool. Nothing was changed.`,
  advice: isOperation(verb)
    ? 'It is being planned again by itself. Comment it again if it is meant.'
    : 'It is being planned again by itself; look at the new plan, then comment `/apply`.',
});
