import { type Problem, UserError } from './problem.ts';

/**
 * What an exit code of a tool means. `summary`: it ended well, and what it wrote says whether there are changes; `blocked`: a
 * human has to act first; `again`: it may go well in a moment.
 */
export const exitWords = ['clean', 'changes', 'summary', 'error', 'blocked', 'again'] as const;
export type ExitWord = (typeof exitWords)[number];

/** By exit code. One that is not in it is an error. */
export type ExitCodes = Readonly<Record<number, ExitWord>>;

/** Of what says nothing of itself: 0 is fine. */
const plain: ExitCodes = { 0: 'summary' };

export const exitWordOf = (codes: ExitCodes | undefined, exitCode: number | null): ExitWord =>
  exitCode === null ? 'error' : ((codes ?? plain)[exitCode] ?? 'error');

export const isWell = (word: ExitWord): word is 'clean' | 'changes' | 'summary' =>
  word === 'clean' || word === 'changes' || word === 'summary';

/**
 * Of a step that may be run once more: did it end in a way that counts for nothing? What took too long, or is not there, does and is
 * so again.
 */
export const countsForNothing = (
  { exitCodes }: { readonly exitCodes?: ExitCodes | undefined },
  { ended, exitCode }: { readonly ended: string; readonly exitCode: number | null },
): boolean =>
  ended === 'exit' ? !isWell(exitWordOf(exitCodes, exitCode)) : ended === 'signal' || ended === 'cancelled';

/**
 * Throws UserError `tool-contradicts` where a tool says one thing with its exit code and another with its plan: nobody knows then
 * which of them is true.
 */
export const refuseContradiction = (said: readonly ExitWord[], changes: boolean): void => {
  const wrong = said.find((word) => (word === 'clean' && changes) || (word === 'changes' && !changes));
  if (wrong === undefined) return;
  const problem: Problem = {
    code: 'tool-contradicts',
    sentence:
      wrong === 'clean'
        ? 'The exit code of the tool says that there is nothing to change, and its plan has changes.'
        : 'The exit code of the tool says that there are changes, and its plan has none.',
    advice: 'Nothing can be applied. Mend the tool, or `exit_codes` of its runner, then comment `/plan`.',
  };
  throw new UserError(problem);
};
