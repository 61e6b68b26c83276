import { printable } from '../quote.ts';

/** What a program of the operator said of one plan. */
export interface PolicyAnswer {
  /** Of the policy. */
  readonly name: string;
  /** Digest of the program, its arguments and its time limit, as they were then. */
  readonly definition: string;
  readonly outcome: 'passed' | 'failed' | 'unknown';
  /** What it said, or why nobody knows, for people: a sentence in which back-ticks mark what is not ours. */
  readonly because: string;
}

/** What an owner's word is about: this policy, when it said this. */
export type SaidThen = Pick<PolicyAnswer, 'definition' | 'outcome'>;

/** How a program ended; `ended` is `exit` where it did so by itself. */
export interface Ending {
  readonly ended: 'exit' | 'signal' | 'timeout' | 'cancelled' | 'not-found';
  readonly exitCode: number | null;
  /** What it printed, masked. */
  readonly text: string;
}

const mostLines = 6;
const longest = 280;

/**
 * The first lines of what a program printed as one span of code: it may repeat what a pull request says. Empty where it said
 * nothing.
 */
const firstLines = (printed: string): string => {
  const lines = printed
    .split(/\r\n|[\r\n]/)
    .map((line) => printable(line).replaceAll('`', "'").trim())
    .filter((line) => line !== '');
  const said = [...lines.slice(0, mostLines).join(' · ')];
  const isCut = lines.length > mostLines || said.length > longest;
  const shown = `${said.slice(0, longest).join('')}${isCut ? '…' : ''}`;
  return shown === '' ? '' : `\`${shown}\``;
};

const unknownEnding = ({ ended, exitCode }: Ending): string => {
  switch (ended) {
    case 'exit':
      return `it ended with exit code ${exitCode ?? 'unknown'}, which says neither yes nor no`;
    case 'signal':
      return 'it was killed';
    case 'timeout':
      return 'it took too long and was stopped';
    case 'cancelled':
      return 'it was cancelled';
    case 'not-found':
      return 'its program could not be started on the server';
    default: {
      const never: never = ended;
      return never;
    }
  }
};

/** Exit code 0 is a yes and 1 is a no. Whatever else happened says nothing, and nobody may take it for a yes. */
export const answerOf = (ending: Ending): Pick<PolicyAnswer, 'outcome' | 'because'> => {
  const { ended, exitCode, text } = ending;
  const said = firstLines(text);
  if (ended === 'exit' && exitCode === 0) return { outcome: 'passed', because: 'it says yes' };
  if (ended === 'exit' && exitCode === 1)
    return { outcome: 'failed', because: said === '' ? 'it says no' : `it says ${said}` };
  const why = unknownEnding(ending);
  return { outcome: 'unknown', because: said === '' ? why : `${why}: ${said}` };
};

/** Null: it was not asked about this plan, or was another program then. */
export const answerTo = (
  { name, definition }: Pick<PolicyAnswer, 'name' | 'definition'>,
  answers: readonly PolicyAnswer[],
): PolicyAnswer | null => answers.find((one) => one.name === name && one.definition === definition) ?? null;
