/** What runs go through, in a few lines: a property test holds the store and the state machine to it. */
export type Verb = 'plan' | 'apply';

export interface RunModel {
  readonly verb: Verb;
  state: 'queued' | 'running' | 'planned' | 'applied' | 'failed' | 'cancelled' | 'superseded' | 'unresolved';
  /** The apply that took this plan. */
  taken: number | null;
}

export const events = [
  'started',
  'planned',
  'applied',
  'failed',
  'called-off',
  'cancelled',
  'superseded',
  'lost',
  'acknowledged',
] as const;
export type Event = (typeof events)[number];

/** What each state lets happen, and what comes of it; nothing else moves anything. */
const table: Readonly<
  Record<Verb, Readonly<Partial<Record<RunModel['state'], Partial<Record<Event, RunModel['state']>>>>>>
> = {
  plan: {
    queued: { started: 'running', failed: 'failed', cancelled: 'cancelled', superseded: 'superseded' },
    running: {
      planned: 'planned',
      failed: 'failed',
      cancelled: 'cancelled',
      superseded: 'superseded',
      lost: 'failed',
    },
    planned: { superseded: 'superseded' },
  },
  apply: {
    queued: { started: 'running', failed: 'failed', cancelled: 'cancelled', superseded: 'superseded' },
    // Never taken away from under its tool, whoever asks.
    running: { applied: 'applied', failed: 'failed', 'called-off': 'failed', lost: 'unresolved' },
    // Only a person ends what nobody knows.
    unresolved: { acknowledged: 'failed' },
  },
};

/** Moves it, or says that this may not happen now. */
export const happens = (run: RunModel, event: Event): boolean => {
  const after = table[run.verb][run.state]?.[event];
  if (after !== undefined) run.state = after;
  return after !== undefined;
};

/** One apply takes a plan, once. */
export const takes = (plan: RunModel, by: number): boolean => {
  if (plan.verb !== 'plan' || plan.state !== 'planned' || plan.taken !== null) return false;
  plan.taken = by;
  return true;
};

/** An apply that is called off has taken nothing. */
export const givesBack = (runs: readonly RunModel[], by: number): void => {
  for (const run of runs) if (run.taken === by) run.taken = null;
};
