import type { PlanSummary } from '../plan-summary.ts';
export interface PlanView {
  readonly summary: PlanSummary;
}
export const planView = (summary: PlanSummary): PlanView => ({ summary });
