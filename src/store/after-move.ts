import { isOver, type Run, type RunEvent, type RunState } from '../domain/run.ts';
import type { RunChange } from './port.ts';

/** The run when `event` has brought it to `state` at `at`. The first end stays: a plan superseded later ended when its tool did. */
export const afterMove = (
  run: Run,
  { event, state, at }: { readonly event: RunEvent; readonly state: RunState; readonly at: number },
  change: RunChange,
): Run => ({
  ...run,
  state,
  startedAt: event.kind === 'called-off' ? null : state === 'running' ? at : run.startedAt,
  endedAt: isOver(state) && run.endedAt === null ? at : run.endedAt,
  plan: change.plan ?? run.plan,
  problem: change.problem === undefined ? run.problem : change.problem,
  isolation: change.isolation ?? run.isolation,
  output: change.output === undefined ? run.output : change.output,
});
