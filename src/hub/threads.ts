import { requirePermission } from './access.ts';
import { HubError } from './errors.ts';
import type { Actor, HubState, Pull } from './state.ts';

/** A conversation on lines of code. The hub knows no more of it than whether it is over. */
export interface Thread {
  readonly id: number;
  isResolved: boolean;
}

export const openThread = (state: HubState, pull: Pull, actor: Actor): Thread => {
  requirePermission(pull.repo, actor, 'read');
  const thread: Thread = { id: state.nextId(), isResolved: false };
  pull.threads.push(thread);
  return thread;
};

export const resolveThread = (pull: Pull, actor: Actor, id: number): void => {
  requirePermission(pull.repo, actor, 'write');
  const thread = pull.threads.find((one) => one.id === id);
  if (thread === undefined) throw new HubError(404, 'Not Found');
  thread.isResolved = true;
};
