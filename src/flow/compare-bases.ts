import { fullNameOf, noPull, ofRepository, type RepoRef } from '../domain/pull.ts';
import { knownBases, noteBase } from './known-bases.ts';
import type { FlowPorts } from './ports.ts';
import { receive } from './receive.ts';

type Ports = Pick<FlowPorts, 'forge' | 'store' | 'clock' | 'log' | 'operator'>;

/** Branches of one repository, those that moved last. */
const mostAsked = 20;

/**
 * Holds where the base branches of a repository are against how far we looked: one request for each of a few. What differs becomes a delivery
 * of our own. Of a repository in which nothing was ever followed nothing is asked; one that is new to us is only taken note of.
 */
export const compareBases = async (
  ports: Ports,
  repo: RepoRef,
): Promise<{ readonly spent: number; readonly made: number }> => {
  const { forge, store, operator, clock } = ports;
  const known = await knownBases(store, repo.id);
  if (known.size === 0) {
    if ((await store.sightings.latest(repo.id)) === null) return { spent: 0, made: 0 };
    const { defaultBranch } = await forge.repository(repo);
    if (!operator.appliesInto(fullNameOf(repo), { ref: defaultBranch, isDefault: true }))
      return { spent: 1, made: 0 };
    const tip = await forge.tipOf(repo, defaultBranch);
    if (tip !== null) await store.transact((tables) => noteBase(tables, repo.id, defaultBranch, tip));
    return { spent: 2, made: 0 };
  }
  let made = 0;
  const looked = [...known].slice(-mostAsked);
  for (const [branch, commit] of looked) {
    const { pending } = await store.deliveries.ofPull(
      { repositoryId: repo.id, pullNumber: noPull },
      clock.now(),
    );
    const tip = await forge.tipOf(repo, branch);
    // Somebody is at it: the webhook did come.
    if (tip === commit || pending > 0) continue;
    const delivery = {
      id: `tidegate-sweep-push-${repo.id}-${branch}-${commit}-${tip ?? 'gone'}`,
      event: 'push',
      action: null,
      repository: `${repo.owner}/${repo.name}`,
      trigger: {
        kind: 'push',
        pull: ofRepository(repo),
        branch,
        before: commit,
        after: tip,
        isDefault: null,
        sender: null,
      },
      receivedAt: clock.now(),
    } as const;
    if ((await receive(ports, delivery)) === 'new') made += 1;
  }
  return { spent: looked.length, made };
};
