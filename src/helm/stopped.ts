import { meaningOf, shown } from './said.ts';

/** The exit codes of a runner: an error, a human has to act first, it may go well in a moment. */
export type ExitCode = 1 | 3 | 75;

/** The end of a phase that did not come to its end, with the reason for people. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  readonly exit: ExitCode;

  constructor(exit: ExitCode, sentence: string) {
    super(sentence);
    this.exit = exit;
  }
}

/** Something is wrong in what was asked, or what a tool does not want. */
export const wrong = (sentence: string): Stopped => new Stopped(1, sentence);
/** Somebody has to act, and then plan again. */
export const blocked = (sentence: string): Stopped => new Stopped(3, sentence);

/** What a tool that failed means for whoever asked. */
export const failed = (what: string, stderr: string, secrets: readonly string[] = []): Stopped => {
  const sentence = `${what}: ${shown(stderr, secrets) || 'it says nothing'}`;
  switch (meaningOf(stderr)) {
    case 'again':
      return new Stopped(75, sentence);
    case 'no-kind':
      return blocked(
        `${sentence}\nThe cluster does not serve this kind. Have its definition (CRD) installed first, also one that the chart brings, then plan again.`,
      );
    case 'final':
      return wrong(sentence);
  }
};
