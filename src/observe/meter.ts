/** The end of a run, or of one tool invocation of it. Every field is one of a few words: no repository, project or person. */
export interface MeasuredRun {
  readonly verb: string;
  readonly runner: string;
  /** The state it ended in. */
  readonly result: string;
  /** From its start to its end; null for one that never started. */
  readonly seconds: number | null;
}

export interface MeasuredStep {
  readonly verb: string;
  readonly runner: string;
  readonly step: string;
  /** How the tool ended. */
  readonly ended: string;
  readonly seconds: number;
}

/** Told what happens, as it happens; keeps numbers only. */
export interface Meter {
  runEnded(run: MeasuredRun): void;
  stepEnded(step: MeasuredStep): void;
  /** A request for the webhook's path was answered with this HTTP status. */
  webhookAnswered(status: number): void;
  /** What became of a stored delivery. */
  deliveryFinished(outcome: string): void;
  /** GitHub was asked to send a delivery that it had failed to. */
  redelivered(): void;
  /** A look at the world has ended: what it came to. */
  looked(outcome: string): void;
  /** The installation was asked for something: what GitHub leaves to it is worth showing. */
  installationSeen(installationId: number): void;
}
