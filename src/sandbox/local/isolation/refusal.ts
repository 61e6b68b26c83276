import type { Isolation } from '../../../domain/isolation.ts';
import { UserError } from '../../../domain/problem.ts';

/** For a server that may not start: `why` follows from `chooseIsolation`. */
export const noWall = (wanted: Isolation | null, why: string): UserError =>
  new UserError({
    code: 'cannot-start',
    sentence:
      wanted === null
        ? `Nothing on this machine keeps tools apart from the server (${why}).`
        : `\`isolation: ${wanted}\` does not work on this machine (${why}).`,
    advice:
      'Whoever opens a pull request runs code here, and would read the key of the App. Install bubblewrap (`apt-get install bubblewrap`) and let its user make namespaces; or, where only people you trust can open pull requests, write `isolation: none` into the operator file.',
  });

/** What is said at the start of a server that was asked for no isolation. */
export const unwalled =
  'isolation is none, as the operator file asks: whoever may open a pull request can read and change all that this server can';
