import type { RepoRef } from '../../domain/pull.ts';

/** Somebody who signed in, as they are called now. */
export interface Person {
  readonly id: number;
  readonly login: string;
}

/** What the App may see for one person. The token behind it is in memory only and never handed out. */
export interface PersonAccess {
  /** Milliseconds that it lasts; null where the forge sets no end. */
  readonly livesMs: number | null;
  /** Asked anew at each call. Throws `SignedOut` when the person has taken the access away, ForgeError otherwise. */
  person(): Promise<Person>;
  /**
   * Repositories that the App is installed on and that the person may read by an explicit permission: that a repository is public
   * does not count. Asked anew at each call; throws as `person` does.
   */
  repositories(): Promise<readonly RepoRef[]>;
  /** Ends it on the forge. Never throws: it is forgotten here in any case. */
  revoke(): Promise<void>;
}

/** The forge does not know this access any more. */
export class SignedOut extends Error {
  constructor(message = 'the access of this person is over', options?: ErrorOptions) {
    super(message, options);
    this.name = 'SignedOut';
  }
}

/** Signing in with the App's user authorisation. */
export interface Login {
  /** Where a browser is sent. `challenge`: S256 of the verifier. */
  address(wish: { readonly state: string; readonly challenge: string; readonly callback: string }): string;
  /** Trades the code that came back. Throws `SignedOut` for one that is not good, ForgeError otherwise. */
  enter(wish: {
    readonly code: string;
    readonly verifier: string;
    readonly callback: string;
  }): Promise<PersonAccess>;
}
