import type { Account } from './state.ts';

export type AppPermissions = Readonly<Record<string, 'read' | 'write' | 'admin'>>;

/** PEM: SPKI, and PKCS#1 as GitHub hands it out. */
export interface AppKey {
  readonly publicKey: string;
  readonly privateKey: string;
}

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where people may be sent back to when they signed in. */
  readonly callbackUrls: string[];
  readonly owner: Account;
  /** The account its comments come from, `slug[bot]`. */
  readonly bot: Account;
  readonly publicKey: string;
  readonly hookId: number;
  readonly webhook: {
    url: string | null;
    secret: string | null;
    /** Only shown: payloads are always sent as JSON. */
    contentType: 'json' | 'form';
  };
  readonly events: readonly string[];
  readonly permissions: AppPermissions;
  readonly createdAt: number;
}

export interface Installation {
  readonly id: number;
  readonly app: App;
  readonly account: Account;
  readonly repoIds: Set<number>;
  /** What the account has agreed to; see `grant`. */
  permissions: AppPermissions;
  /** Unix milliseconds; null while it works. */
  suspendedAt: number | null;
  readonly createdAt: number;
}

export type Token =
  | {
      readonly kind: 'user';
      readonly account: Account;
      /** The App that the person signed in to; null for a personal token. */
      readonly through: App | null;
      /** Unix milliseconds; null: good until the end. */
      readonly expiresAt: number | null;
    }
  | {
      readonly kind: 'installation';
      readonly installation: Installation;
      /** Those asked for; always within the installation's. */
      readonly repoIds: ReadonlySet<number>;
      readonly permissions: AppPermissions;
      readonly expiresAt: number;
    };

/** What a person agreed to, until it is traded for a token. */
export interface LoginCode {
  readonly app: App;
  readonly account: Account;
  readonly callback: string;
  /** S256 of the verifier that has to come with it. */
  readonly challenge: string | null;
  readonly expiresAt: number;
}

/** One attempt to hand an event to an App. */
export interface Delivery {
  readonly id: number;
  readonly guid: string;
  readonly app: App;
  readonly event: string;
  readonly action: string | null;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
  /** Unix milliseconds of the attempt. */
  readonly deliveredAt: number;
  readonly redelivery: boolean;
  /** Milliseconds. */
  readonly duration: number;
  /** `OK`, or why not, in GitHub's words. */
  readonly status: string;
  /** 0 where no answer came. */
  readonly statusCode: number;
  readonly url: string;
  readonly request: { readonly headers: Readonly<Record<string, string>>; readonly payload: string };
  readonly response: { readonly headers: Readonly<Record<string, string>>; readonly payload: string };
}

export interface OutgoingEvent {
  readonly app: App;
  readonly event: string;
  readonly action: string | null;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Set for a redelivery: the same id again. */
  readonly guid?: string;
}
