import type { Sight } from './cells.ts';

/** What the check table and the store say of one pull request when all is quiet. */
export interface Seen {
  /** Conclusion of `tidegate/plan`, or its status while it has none. */
  readonly plan: string;
  /** Of `tidegate/apply`. */
  readonly apply: string;
  readonly merged: boolean;
  /** Is what its head brings in the state? */
  readonly applied: boolean;
  readonly locked: boolean;
}

const planned = { plan: 'success', merged: false, applied: false, locked: true } as const;

export const sights: Readonly<Record<Sight, Seen>> = {
  /** For a command, or for a review. */
  waits: { ...planned, apply: 'action_required' },
  /** The merge: nothing else is asked for. */
  follows: { ...planned, apply: 'success' },
  applied: { ...planned, apply: 'success', applied: true },
  /** No project is affected, so what it brings is applied as it is. */
  nothing: { ...planned, apply: 'success', applied: true, locked: false },
  'stopped-draft': { ...planned, plan: 'action_required', apply: 'action_required', locked: false },
  'in-line': { ...planned, plan: 'in_progress', apply: 'in_progress', locked: false },
  done: { plan: 'success', apply: 'success', merged: true, applied: true, locked: false },
  'done-nothing': { plan: 'success', apply: 'success', merged: true, applied: true, locked: false },
  /** What was merged is not what was agreed to: it waits for somebody, with its lock. */
  differs: { plan: 'success', apply: 'action_required', merged: true, applied: false, locked: true },
  /** Merged past its checks where only a command applies: its plan is over, and no check says that it was applied. */
  unapplied: {
    plan: 'action_required',
    apply: 'action_required',
    merged: true,
    applied: false,
    locked: false,
  },
};
