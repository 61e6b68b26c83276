/** One decision and what it was made from. */
export interface AuditEvent {
  /** Unix milliseconds. */
  readonly at: number;
  /** For example `plan.queued`, `apply.refused`, `lock.released`. */
  readonly kind: string;
  /** Login of who asked; null for Tidegate itself. */
  readonly actor: string | null;
  /** 0 for what is about none. */
  readonly repositoryId: number;
  readonly pullNumber: number | null;
  readonly runId: string | null;
  /** What was asked, which facts, which rule, what came out. Never a secret. */
  readonly facts: Readonly<Record<string, unknown>>;
}
