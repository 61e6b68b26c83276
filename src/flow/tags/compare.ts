import { fullNameOf, ofRepository, type RepoRef } from '../../domain/pull.ts';
import { FetchFailed } from '../../git/port.ts';
import type { FlowPorts } from '../ports.ts';
import { receive } from '../receive.ts';
import { tagsNow } from './choose.ts';
import { digestOfTags, lookedTags } from './looked.ts';

/**
 * Holds the tags of a repository against how they were when they were looked at last, where anybody follows any: no webhook comes of a push of
 * more than three. Returns how many deliveries of our own were made; it costs the forge's git a request, and its API none.
 */
export const compareTags = async (
  ports: Pick<FlowPorts, 'forge' | 'git' | 'store' | 'clock' | 'log' | 'operator'>,
  repo: RepoRef,
): Promise<number> => {
  const { store, log } = ports;
  const looked = await lookedTags(store, repo.id);
  const followed = (await store.tags.ofRepository(repo.id)).map(({ source }) => source);
  if (looked === null || followed.length === 0) return 0;
  try {
    const now = digestOfTags(await tagsNow(ports, repo), followed);
    if (now === looked.digest) return 0;
    // The same difference may come again: it is one of that look alone.
    return await lookAtTags(ports, repo, `${looked.at}-${now}`);
  } catch (error) {
    if (!(error instanceof FetchFailed)) throw error;
    log.warn('tags could not be compared', { repository: fullNameOf(repo), error });
    return 0;
  }
};

/** Has the tags of a repository looked at, once for each `why`. Returns how many deliveries were made for it. */
export const lookAtTags = async (
  ports: Pick<FlowPorts, 'store' | 'clock' | 'log' | 'operator'>,
  repo: RepoRef,
  why: string,
): Promise<number> => {
  const delivery = {
    id: `tidegate-sweep-tags-${repo.id}-${why}`,
    event: 'push',
    action: null,
    repository: fullNameOf(repo),
    trigger: { kind: 'tags', pull: ofRepository(repo) },
    receivedAt: ports.clock.now(),
  } as const;
  return (await receive(ports, delivery)) === 'new' ? 1 : 0;
};
