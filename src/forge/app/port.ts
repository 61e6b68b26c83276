/** Our App as GitHub has it on its books. */
export interface Registration {
  readonly name: string;
  /** Where its settings are, for people. */
  readonly settingsUrl: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly events: readonly string[];
  /** What people sign in with; null where GitHub does not say. */
  readonly clientId: string | null;
  /** How much GitHub's clock is ahead of ours, in milliseconds (below zero: behind); null where it did not show its time. */
  readonly clockAheadMs: number | null;
}

export interface Hook {
  readonly url: string | null;
  readonly contentType: string | null;
  readonly hasSecret: boolean;
  readonly verifiesTls: boolean;
}

/** One attempt of GitHub to hand us a webhook. */
export interface Attempt {
  /** `X-GitHub-Delivery`: the same for every attempt of one delivery. */
  readonly delivery: string;
  readonly event: string;
  /** 0 where no answer came. */
  readonly statusCode: number;
  /** GitHub's word for how it went. */
  readonly status: string;
}

export interface Installation {
  readonly id: number;
  readonly account: string;
  /** Where people change it. */
  readonly url: string;
  readonly suspended: boolean;
  readonly permissions: Readonly<Record<string, string>>;
}

export interface InstalledRepository {
  readonly id: number;
  readonly installationId: number;
  /** `owner/name`. */
  readonly name: string;
  readonly defaultBranch: string;
}

export interface RequiredCheck {
  readonly name: string;
  /** The one App that may report it; null for anybody. */
  readonly appId: number | null;
}

/** A question that GitHub did not answer. */
export class NotAnswered extends Error {
  /** Null where no answer came at all. */
  readonly status: number | null;
  readonly clockAheadMs: number | null;

  constructor(message: string, status: number | null, clockAheadMs: number | null) {
    super(message);
    this.name = 'NotAnswered';
    this.status = status;
    this.clockAheadMs = clockAheadMs;
  }
}

/** What an App may ask about itself. Nothing is changed by any of it; each call has a time limit and throws NotAnswered. */
export interface AppDesk {
  registration(): Promise<Registration>;
  hook(): Promise<Hook>;
  /** The newest attempts, newest first; a hundred at most. */
  attempts(): Promise<readonly Attempt[]>;
  installations(): Promise<readonly Installation[]>;
  /** What one installation reaches; `complete` is false where there are more than were asked for. */
  repositories(
    installationId: number,
  ): Promise<{ readonly repositories: readonly InstalledRepository[]; readonly complete: boolean }>;
  /** What the branch's protection and its rulesets require. */
  requiredChecks(repository: InstalledRepository): Promise<readonly RequiredCheck[]>;
}
