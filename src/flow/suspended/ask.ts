import type { Clock } from '../../clock/port.ts';
import { UserError } from '../../domain/problem.ts';
import type { Project } from '../../domain/project.ts';
import { type InForce, inForce, suspendedProblem } from '../../domain/suspension.ts';
import type { StoreTables } from '../../store/port.ts';

interface Ports {
  readonly store: Pick<StoreTables, 'suspensions'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Whose words keep everything from being applied to a project at this moment, those of comments and those of files; the one that ends
 * last first. Files count as far as they are in the project's settings: who is about to apply reads these anew. What cannot be read throws,
 * and whoever asks applies nothing.
 */
export const suspensionsOf = async (
  { store, clock }: Ports,
  { key, settings }: Pick<Project, 'key' | 'settings'>,
): Promise<readonly InForce[]> =>
  inForce(await store.suspensions.of(key), settings.suspended ?? [], clock.now());

/**
 * Asked once more in the transaction in which something is begun that changes a project: who suspended it a moment ago is heard.
 *
 * @param passed it was said before then that what is suspended at that time is no reason to wait (Unix milliseconds); null: by nobody
 * @throws {UserError} `suspended`
 */
export const refuseSuspended = async (
  ports: Ports,
  { key, name }: Project,
  passed: number | null = null,
): Promise<void> => {
  const { clock, store } = ports;
  const said = inForce(await store.suspensions.of(key), [], clock.now()).filter(
    ({ since }) => passed === null || since === null || since > passed,
  );
  if (said.length > 0) throw new UserError(suspendedProblem(name, said));
};
