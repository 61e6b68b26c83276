import type { Isolation } from '../domain/isolation.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

export interface IsolationFacts {
  /** Null where the operator leaves it to the machine. */
  readonly wanted: Isolation | null;
  readonly found: { readonly kind: Isolation } | { readonly refused: string };
  /** The server's user. */
  readonly uid: number;
  /** Is there a program that sets limits? */
  readonly limits: boolean;
  /** May projects keep their state on this machine? */
  readonly localState: boolean;
}

const check = 'isolation';

/** What stands between the server and the code that strangers have it plan. */
export const checkIsolation = ({ wanted, found, uid, limits, localState }: IsolationFacts): Finding => {
  if ('refused' in found)
    return fail(
      check,
      `nothing keeps tools apart from the server: ${found.refused}`,
      'Install bubblewrap (`apt-get install bubblewrap`) and let the user of the server make namespaces: in a container with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined`, on Ubuntu 24.04 with an AppArmor profile for `bwrap`. Or write `isolation: none` into the operator file, where only people you trust can open pull requests.',
    );
  if (found.kind === 'none')
    return warn(
      check,
      `none, as the operator file asks: whoever may open a pull request can read and change all that the server can${localState ? ', the states in the folder of `allow_local_state` among it' : ''}`,
      'Take `isolation: none` out of the operator file, and see what works here.',
    );
  if (found.kind === 'uid')
    return warn(
      check,
      'every run has a user of its own; tools still see the files that all users see, and the network',
      wanted === 'uid'
        ? 'Prefer bubblewrap, which shows them nothing but their checkout.'
        : 'Install bubblewrap (`apt-get install bubblewrap`): it shows them nothing but their checkout.',
    );
  if (uid === 0)
    return warn(
      check,
      'bubblewrap; but the server is root: so are its tools to services of this machine that trust a number, and no limit on processes binds them',
      'Run the server as a user of its own, as the image does.',
    );
  if (!limits)
    return warn(
      check,
      'bubblewrap; but without `prlimit` a plan may take all memory and processes',
      'Install util-linux, which has it.',
    );
  return localState
    ? warn(
        check,
        'bubblewrap; but a project whose backend names the state file of another one in the folder of `allow_local_state` has that state',
        'Use a backend for more than trials, with credentials for each project.',
      )
    : ok(check, 'bubblewrap');
};
