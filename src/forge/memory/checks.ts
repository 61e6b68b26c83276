import type { CheckAction, CheckUpsert } from '../../domain/check.ts';
import { missingAnnotations } from '../annotations.ts';
import { ForgeError } from '../port.ts';
import type { MemoryCheck, Repository } from './repository.ts';

const fitsButton = ({ label, description, identifier }: CheckAction): boolean =>
  label.length <= 20 && description.length <= 40 && identifier.length <= 20;

/** What GitHub does with the write of a check of a commit that is there. */
export const upsertCheck = (
  checks: Repository['checks'],
  nextId: () => number,
  check: CheckUpsert,
): number => {
  const { actions = [], annotations } = check;
  if (check.status === 'completed' && check.conclusion === null)
    throw new TypeError('a completed check needs a conclusion');
  if (!actions.every(fitsButton) || actions.length > 3)
    throw new ForgeError('refused', 'too many buttons, or too long ones');
  if ((annotations ?? []).length > 50) throw new ForgeError('refused', 'more than fifty annotations');
  // Completed stays completed: what begins again is a new check of the same name.
  const open = (one: MemoryCheck) => check.status === 'completed' || one.status !== 'completed';
  const same = (one: MemoryCheck) => one.headSha === check.headSha && one.name === check.name && open(one);
  const fits = ({ annotations: there = [] }: MemoryCheck) =>
    annotations === undefined || missingAnnotations(there, annotations) !== null;
  const stored = check.id === null ? undefined : checks.get(check.id);
  const known =
    stored !== undefined && open(stored) && fits(stored) ? stored : [...checks.values()].findLast(same);
  const kept = known !== undefined && fits(known) ? known : undefined;
  const id = kept?.id ?? nextId();
  const all = annotations ?? kept?.annotations;
  checks.set(id, { ...check, id, ...(all === undefined ? {} : { annotations: all }) });
  return id;
};
