/** What is done about a world that is not as it was applied; each does what those before it do as well. */
export const driftModes = ['off', 'detect', 'issue', 'pr', 'apply'] as const;
export type DriftMode = (typeof driftModes)[number];

/** When drift is looked for. */
export interface DriftSchedule {
  /** Five fields, checked. */
  readonly cron: string;
  /** IANA name. */
  readonly zone: string;
}

/** What is known to differ, and not told for a while. It is counted all the same. */
export interface DriftIgnore {
  /** Address of a resource; `*` stands for any text. */
  readonly address: string;
  /** Attributes of it, and what is below them; `*` stands for any text. None: whatever is to be done to it. */
  readonly paths: readonly string[];
  readonly reason: string;
  /** The last day on which it holds, `2026-12-31`, in UTC. */
  readonly until: string;
}

/** What a correction that nobody asked for may do. */
export interface DriftLimits {
  readonly deletes: boolean;
  readonly replaces: boolean;
  /** Changes. */
  readonly most: number;
  /** Of the resources of the project, in percent. */
  readonly share: number;
}

/** What the server and the base branch say of drift of a project. */
export interface DriftSettings {
  readonly mode: DriftMode;
  /** Null: every so often, by the runner. */
  readonly schedule: DriftSchedule | null;
  /** Looks in a row that have to find drift before an issue is opened. */
  readonly threshold: number;
  readonly ignore: readonly DriftIgnore[];
  readonly limits: DriftLimits;
}

export const carefulLimits: DriftLimits = { deletes: false, replaces: false, most: 10, share: 30 };

/** Of a project of which nobody says anything. */
export const noDrift: DriftSettings = {
  mode: 'off',
  schedule: null,
  threshold: 2,
  ignore: [],
  limits: carefulLimits,
};
