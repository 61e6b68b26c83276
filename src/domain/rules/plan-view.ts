import type { ChangeAction, Counts, OutputChange, PinClass, PlanSummary } from '../plan-summary.ts';

/** A change as conditions see it. No values are in here: a condition must not be a way to ask for secrets. */
export interface ResourceView {
  readonly address: string;
  readonly type: string;
  /** The same as `type`: what tools other than Terraform call it. */
  readonly kind: string;
  /** Empty where the tool has none. */
  readonly namespace: string;
  readonly name: string;
  /** `module.a["x"].module.b`; empty in the root module. */
  readonly module: string;
  readonly mode: 'managed' | 'data';
  readonly provider: string;
  readonly action: ChangeAction;
  /** Empty where it has not moved. */
  readonly previousAddress: string;
  /** The tool's own, for example `replace_because_cannot_update`; empty where it gave none. */
  readonly reason: string;
}

/** What a plan would do, as conditions see it. What it only defers is asked about again with the plan that does it. */
export interface PlanView extends Omit<Counts, 'invoke' | 'deferred'> {
  /** Whatever exists now and will not: deletes and replaces. */
  readonly destroy: number;
  readonly hasChanges: boolean;
  /** How an apply is bound to the plan. */
  readonly pin: PinClass;
  /** False: made without a look at what is there. */
  readonly verified: boolean;
  /** Where it acts, as a tool with a summary of its own says; Terraform's plans say nothing of it. */
  readonly target: readonly { readonly name: string; readonly value: string }[];
  /** There are moves, and nothing else happens at all. */
  readonly onlyMoves: boolean;
  readonly resources: readonly ResourceView[];
  readonly outputs: readonly Pick<OutputChange, 'name' | 'action'>[];
}

/** Pure; the same summary gives the same view. */
export const planView = (summary: PlanSummary): PlanView => {
  const { counts, hasChanges, resources } = summary;
  const outputs = summary.outputs.filter(({ action }) => action !== 'no-op');
  const { move, ...others } = counts;
  return {
    create: counts.create,
    update: counts.update,
    replace: counts.replace,
    delete: counts.delete,
    import: counts.import,
    move,
    forget: counts.forget,
    read: counts.read,
    destroy: counts.delete + counts.replace,
    hasChanges,
    pin: summary.pin ?? 'exact',
    verified: summary.words?.verified ?? true,
    target: Object.entries(summary.words?.target ?? {}).map(([name, value]) => ({ name, value })),
    // What an older version did not look for may be there.
    onlyMoves:
      move > 0 &&
      summary.facts === 'all' &&
      summary.complete !== false &&
      outputs.length === 0 &&
      Object.values(others).every((count) => count === 0) &&
      resources.every(({ action }) => action === 'move' || action === 'no-op'),
    resources: resources.map((one) => ({
      address: one.address,
      type: one.type,
      kind: one.type,
      namespace: one.namespace ?? '',
      name: one.name,
      module: one.module ?? '',
      mode: one.mode,
      provider: one.provider,
      action: one.action,
      previousAddress: one.previousAddress ?? '',
      reason: one.reason ?? '',
    })),
    outputs: outputs.map(({ name, action }) => ({ name, action })),
  };
};

/** Null where it is not known: an older version read less of the plan. */
export const knownView = (summary: PlanSummary): PlanView | null =>
  summary.facts === 'all' ? planView(summary) : null;
