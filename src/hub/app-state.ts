import type { Account } from './state.ts';

export type AppPermissions = Readonly<Record<string, 'read' | 'write' | 'admin'>>;

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly clientId: string;
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
  readonly permissions: AppPermissions;
  /** Unix milliseconds; null while it works. */
  suspendedAt: number | null;
  readonly createdAt: number;
}

export type Token =
  | { readonly kind: 'user'; readonly account: Account }
  | {
      readonly kind: 'installation';
      readonly installation: Installation;
      /** Those asked for; always within the installation's. */
      readonly repoIds: ReadonlySet<number>;
      readonly permissions: AppPermissions;
      readonly expiresAt: number;
    };

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
