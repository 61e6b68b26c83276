/** What a command on a checkout is started with. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute; where it was started. */
  readonly folder: string;
  readonly home: string;
  /** What was asked for. Resolves when there is room for more. */
  readonly out: (text: string) => Promise<void>;
  /** One line beside it. */
  readonly say: (line: string) => void;
  /** Does what is asked for go to somebody's eyes, who wants colours? */
  readonly colour: boolean;
  /** Resolves when a person or the system wants it to end. */
  readonly stopped: Promise<unknown>;
}
