import { isOver, type Run, type RunState } from '../domain/run.ts';
import type { RunChange } from './port.ts';

/** The run when it has gone to `state` at `at`. The first end stays: a plan superseded later ended when its tool did. */
export const afterMove = (run: Run, state: RunState, at: number, change: RunChange): Run => ({
  ...run,
  state,
  startedAt: state === 'running' ? at : run.startedAt,
  endedAt: isOver(state) && run.endedAt === null ? at : run.endedAt,
  plan: change.plan ?? run.plan,
  problem: change.problem === undefined ? run.problem : change.problem,
  isolation: change.isolation ?? run.isolation,
  output: change.output === undefined ? run.output : change.output,
});
