import type { MergeGroup } from '../domain/merge-group.ts';
import type { Pull } from '../domain/pull.ts';
import type { FlowPorts } from './ports.ts';

/** A group of this pull request that was refused at its newest commit, for the comment. */
export const refusedGroup = async (
  { store }: Pick<FlowPorts, 'store'>,
  { ref, head, state }: Pull,
): Promise<MergeGroup | null> => {
  const key = { repositoryId: ref.repo.id, pullNumber: ref.number };
  const group = state === 'open' ? await store.mergeGroups.latest(key) : null;
  return group?.state === 'failed' && group.headSha === head.sha ? group : null;
};
