import type { Batch } from '../../domain/batch.ts';
import type { Run } from '../../domain/run.ts';
import { type InForce, momentText } from '../../domain/suspension.ts';
import type { SuspendedView } from '../../render/view.ts';
import { isWaiting } from '../dues.ts';
import type { FlowPorts } from '../ports.ts';
import { suspensionsOf } from './ask.ts';

/** As it is told of a project. */
const viewOf = (name: string, { by, until, reason, source }: InForce): SuspendedView => ({
  ...{ name, by, until: momentText(until), reason, source },
});

/** Those whose plans wait for an apply here, each with the word that ends last. */
export const suspendedOn = async (
  ports: Pick<FlowPorts, 'store' | 'clock'>,
  batch: Batch | null,
  runs: readonly Run[],
): Promise<readonly SuspendedView[]> => {
  const waiting = (batch?.affected ?? []).flatMap(
    ({ key }) => runs.find((run) => run.project.key === key && isWaiting(run))?.project ?? [],
  );
  const found = await Promise.all(
    waiting.map(async (project) => ({ name: project.name, suspended: await suspensionsOf(ports, project) })),
  );
  return found.flatMap(({ name, suspended: [first] }) => (first === undefined ? [] : [viewOf(name, first)]));
};
