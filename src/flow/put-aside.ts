import type { RunId } from '../domain/ids.ts';
import type { Problem } from '../domain/problem.ts';
import type { PullRef } from '../domain/pull.ts';
import { admitPlan, keyOf } from './admit.ts';
import { undiscovered } from './discover.ts';
import type { FlowPorts } from './ports.ts';
import { wantBoard } from './report.ts';

type Ports = Pick<FlowPorts, 'forge' | 'store' | 'clock' | 'newId'>;

/**
 * What is said on a pull request whose newest push nobody could work on: its board and its checks name the problem. Checks that
 * are required and never reported would keep it waiting for ever, with no word why. Where this push has been answered already,
 * that answer stays. Returns the runs of older pushes that this ends.
 *
 * @throws {ForgeError} when the pull request cannot be looked at: then its commit is not known, and there is nothing to say it on.
 */
export const explainPutAside = async (
  ports: Ports,
  ref: PullRef,
  problem: Problem,
): Promise<readonly RunId[]> => {
  const pull = await ports.forge.pull(ref);
  if (pull.state === 'closed') return [];
  const batch = await ports.store.batches.latest(keyOf(pull), 'plan');
  if (batch?.headSha === pull.head.sha) return [];
  const discovery = undiscovered(pull);
  const admitted = await admitPlan(ports, {
    pull,
    asked: null,
    discovery,
    chosen: [],
    held: [],
    extra: [],
    problem,
  });
  await wantBoard(ports, ref);
  return admitted?.superseded ?? [];
};
