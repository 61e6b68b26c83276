import type { FlowPorts } from '../ports.ts';
import { callersOf } from './used.ts';

/**
 * Repositories whose mirrors and checkouts looks that go on need: of the modules, and of those that use them. Nothing else says so,
 * because what they plan is no run.
 */
export const neededByLooks = async ({
  store,
}: {
  readonly store: Pick<FlowPorts['store'], 'consumers' | 'usedModules'>;
}): Promise<ReadonlySet<number>> => {
  const looks = await store.consumers.looking();
  if (looks.length === 0) return new Set();
  const all = await store.usedModules.all();
  return new Set(
    looks.flatMap(({ repo }) => [
      repo.id,
      ...all.filter((used) => callersOf(used, repo).length > 0).map((used) => used.repo.id),
    ]),
  );
};
