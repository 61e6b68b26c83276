import type { RepoRef } from '../domain/pull.ts';
import { boardMarkerOf } from './board.ts';
import { saysPlanned } from './outbox/board-facts.ts';
import type { FlowPorts } from './ports.ts';

type Ports = Pick<FlowPorts, 'forge' | 'store' | 'sign'>;

/** Pull requests that are looked at in one go; each costs a request, and one more where people talk a lot. */
const atOnce = 20;

export interface KnownBefore {
  /** They were planned by a server with our key. */
  readonly planned: readonly number[];
  /** Still to be looked at. */
  readonly left: readonly number[];
  /** Requests that counted. */
  readonly spent: number;
}

/**
 * Of a repository that is new to our store: where a comment of ours says that a pull request was planned, a store was lost. The
 * comment is a hint and no more: nothing else is taken from it.
 *
 * @throws {ForgeError} where one cannot be asked about now.
 */
export const knownBefore = async (
  { forge, store, sign }: Ports,
  repo: RepoRef,
  numbers: readonly number[],
): Promise<KnownBefore> => {
  let spent = 0;
  const planned: number[] = [];
  for (const number of numbers.slice(0, atOnce)) {
    const seen = await store.sightings.get({ repositoryId: repo.id, pullNumber: number });
    // Something happened to it since, and it was followed.
    if (seen === null || seen.revision > 0 || seen.state === 'closed') continue;
    const pull = { repo, number };
    const found = await forge.ourComment(pull, boardMarkerOf(pull));
    spent += found.spent;
    if (found.body !== null && saysPlanned(found.body, pull, sign)) planned.push(number);
  }
  return { planned, left: numbers.slice(atOnce), spent };
};
