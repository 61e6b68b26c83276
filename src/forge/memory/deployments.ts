import { type DeploymentUpsert, ForgeError } from '../port.ts';
import type { Repository } from './repository.ts';

/** See the port. */
export const upsertDeployment = (
  { deployments, commits }: Repository,
  nextId: () => number,
  wish: DeploymentUpsert,
  isOnBranch: boolean,
): number => {
  const { state, said, logUrl, id: stored, ...made } = wish;
  if (!isOnBranch && !commits.has(wish.sha)) throw new ForgeError('refused', `no commit ${wish.sha}`);
  const known =
    (stored === null ? undefined : deployments.get(stored)) ??
    [...deployments.values()].find(
      (one) =>
        one.sha === wish.sha &&
        one.task === wish.task &&
        one.environment === wish.environment &&
        one.payload.run === wish.payload.run,
    );
  const id = known?.id ?? nextId();
  const before = known?.statuses ?? [];
  const last = before.at(-1);
  const statuses =
    last?.state === state && last.said === said ? before : [...before, { state, said, logUrl }];
  deployments.set(id, { ...(known ?? made), id, statuses });
  return id;
};
