import { requirePermission } from './access.ts';
import { HubError, invalid } from './errors.ts';
import type { Actor, HubState, Repo, Status, StatusState } from './state.ts';

const states: readonly StatusState[] = ['error', 'failure', 'pending', 'success'];

export interface StatusWish {
  readonly state: unknown;
  readonly context?: string;
  readonly targetUrl?: string | null;
  readonly description?: string | null;
}

/** Statuses are only ever added; the newest of a context counts. At most 1,000 per commit and context. */
export const createStatus = (
  state: HubState,
  repo: Repo,
  actor: Actor,
  sha: string,
  wish: StatusWish,
): Status => {
  requirePermission(repo, actor, 'write');
  const known = states.find((one) => one === wish.state);
  if (known === undefined) throw invalid('Status', 'state', 'inclusion');
  if ((wish.description ?? '').length > 140)
    throw invalid('Status', 'description', 'custom', 'description is too long (maximum is 140 characters)');
  const context = wish.context ?? 'default';
  if (repo.statuses.filter((one) => one.sha === sha && one.context === context).length >= 1000)
    throw new HubError(422, 'Validation Failed', [
      'This SHA and context has reached the maximum number of statuses.',
    ]);
  const status: Status = {
    id: state.nextId(),
    sha,
    context,
    state: known,
    targetUrl: wish.targetUrl ?? null,
    description: wish.description ?? null,
    creator: actor.account,
    createdAt: state.clock.now(),
  };
  repo.statuses.push(status);
  state.touch(repo);
  return status;
};

/** The newest status of each context on a commit. */
export const statusesOf = (repo: Repo, sha: string): Status[] => {
  const newest = new Map<string, Status>();
  for (const status of repo.statuses) if (status.sha === sha) newest.set(status.context, status);
  return [...newest.values()];
};

export const combinedState = (statuses: readonly Status[]): 'failure' | 'pending' | 'success' => {
  if (statuses.some(({ state }) => state === 'failure' || state === 'error')) return 'failure';
  return statuses.length === 0 || statuses.some(({ state }) => state === 'pending') ? 'pending' : 'success';
};
