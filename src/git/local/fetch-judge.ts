import { FetchFailed, type FetchFailure } from '../port.ts';
import type { GitFailed } from './command.ts';

// The first that matches. git has one exit code for all of these; its words (LC_ALL=C) tell them apart.
const remote: readonly (readonly [RegExp, FetchFailure])[] = [
  [/couldn't find remote ref/, 'no-such-ref'],
  [/redirection|requested URL returned error: 3\d\d/, 'moved'],
  [
    /Authentication failed|could not read (?:Username|Password)|prompts disabled|returned error: 40[13]/,
    'denied',
  ],
  [/repository '.*' not found|returned error: 404/, 'not-found'],
  [
    /Could not resolve|Failed to connect|Couldn't connect|Connection (?:refused|reset|timed out)|too slow|returned error: \d|RPC failed|hung up|early EOF|unexpected disconnect|[Cc]ertificate|SSL|TLS|Empty reply|bad line length|protocol error|not valid: is this a git repository|unable to access/,
    'unreachable',
  ],
];

const unreadable =
  /corrupt|is empty|unable to read (?:sha1 file|tree|blob|commit|[0-9a-f]{40})|missing (?:blob|tree)|inflate|packfile|object file|(?:failed to|cannot) read object|could not parse object/;
// Only a fetch may conclude these: a reader also sees them for an id that was never fetched.
const damaged =
  /bad object|not a git repository|invalid sha1|did not send all necessary|[Cc]annot lock ref|unable to resolve ref|reference broken|broken ref|bad config|unresolved deltas|object not found|not a valid object/;

// "remote:" lines are the server's words and prove nothing about this machine.
const ours = (stderr: string): string =>
  stderr
    .split('\n')
    .filter((line) => !line.startsWith('remote:'))
    .join('\n');

/** Do git's words say that an object of the mirror is there and can not be read? A full disk is not damage. */
export const saysUnreadable = (stderr: string): boolean =>
  unreadable.test(ours(stderr)) && !/No space left|Disk quota/.test(stderr);

/** The same for a fetch, which sees more: it never asks for what may not be there. */
export const saysDamage = (stderr: string): boolean =>
  saysUnreadable(stderr) || (damaged.test(ours(stderr)) && !/No space left|Disk quota/.test(stderr));

/** Did git want an object that was left out when the mirror was fetched? */
export const saysPromised = (stderr: string): boolean =>
  /from promisor remote|unresolved deltas/.test(ours(stderr));

/** The ref that the server does not have, when that is what a fetch failed of. */
export const missingRef = (stderr: string): string | null =>
  /couldn't find remote ref (\S+)/.exec(ours(stderr))?.[1] ?? null;

const sentences: Record<FetchFailure, string> = {
  unreachable: 'The Git server could not be reached, or broke off.',
  'timed-out': 'The Git server took too long to answer.',
  denied: 'The Git server refused access.',
  'not-found': 'The Git server has no such repository, or does not show it to this installation.',
  moved: 'The Git server sent the fetch to another address, and redirects are not followed.',
  'no-such-ref': 'The branch or the pull request is not there any more.',
  local: 'The mirror of the repository could not be written.',
};

/** What a failed fetch is called. The token can not be in it: git was never told it in words it prints. */
export const judgeFetch = (failed: GitFailed, url: string): FetchFailed => {
  const words = ours(failed.stderr);
  const reason: FetchFailure = failed.timedOut
    ? 'timed-out'
    : (remote.find(([pattern]) => pattern.test(words))?.[1] ?? 'local');
  return new FetchFailed(reason, `${sentences[reason]} (\`${url}\`)`, { cause: failed });
};
