import type { ConsumersLook } from '../../domain/consumers.ts';
import type { ConsumerLooks, UsedModulesRows } from '../consumers/port.ts';
import type { PullKey } from '../port.ts';
import { asStored, type Enter, type MemoryTables } from './tables.ts';

export const createUsedModules = ({ usedModules }: MemoryTables, enter: Enter): UsedModulesRows => ({
  get: (repositoryId) => enter(() => usedModules.get(repositoryId) ?? null),
  put: (used) => enter(() => void usedModules.set(used.repo.id, asStored(used))),
  remove: (repositoryId) => enter(() => void usedModules.delete(repositoryId)),
  all: () => enter(() => [...usedModules.values()].sort((one, other) => one.repo.id - other.repo.id)),
});

export const nameOfLook = ({ repo, commentId }: Pick<ConsumersLook, 'repo' | 'commentId'>): string =>
  `${repo.id} ${commentId}`;

export const createConsumerLooks = ({ consumerLooks }: MemoryTables, enter: Enter): ConsumerLooks => {
  const end = ({ repositoryId, pullNumber }: PullKey): void => {
    for (const look of [...consumerLooks.values()])
      if (look.repo.id === repositoryId && look.pullNumber === pullNumber && look.state === 'looking')
        consumerLooks.set(nameOfLook(look), asStored({ ...look, state: 'over' as const }));
  };
  return {
    add: (look) =>
      enter(() => {
        const name = nameOfLook(look);
        if (consumerLooks.has(name)) return 'known';
        end({ repositoryId: look.repo.id, pullNumber: look.pullNumber });
        consumerLooks.set(name, asStored(look));
        return 'new';
      }),
    latest: ({ repositoryId, pullNumber }) =>
      enter(
        () =>
          [...consumerLooks.values()].findLast(
            (look) => look.repo.id === repositoryId && look.pullNumber === pullNumber,
          ) ?? null,
      ),
    looking: () => enter(() => [...consumerLooks.values()].filter(({ state }) => state === 'looking')),
    note: ({ repo, commentId, state, found }) =>
      enter(() => {
        const name = nameOfLook({ repo, commentId });
        const look = consumerLooks.get(name);
        if (look?.state !== 'looking') return false;
        consumerLooks.set(name, asStored({ ...look, state, found }));
        return true;
      }),
    end: (pull) => enter(() => end(pull)),
  };
};
