import { UserError } from '../domain/problem.ts';

/** What of a runner was to be had. */
export interface Wanted {
  readonly runner: string;
  readonly version: string;
}

const askOperators = 'Ask the people who run Tidegate, or ask for another version.';

/** Could not be had, this time. */
export const unavailable = ({ runner, version }: Wanted, why: string, cause?: unknown): UserError =>
  new UserError(
    {
      code: 'tool-unavailable',
      sentence: `${runner} \`${version}\` could not be fetched: ${why}.`,
      advice: `Comment \`/plan\` to try again. ${askOperators}`,
    },
    { cause },
  );

/** It came, and is not what its makers signed. */
export const untrusted = ({ runner, version }: Wanted, why: string, cause?: unknown): UserError =>
  new UserError(
    {
      code: 'tool-untrusted',
      sentence: `${runner} \`${version}\` was fetched and thrown away: ${why}.`,
      advice: `Nothing of it was run. Tell the people who run Tidegate: somebody may stand between the server and the release.`,
    },
    { cause },
  );
