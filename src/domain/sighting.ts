import type { Sha } from './ids.ts';
import type { Pull } from './pull.ts';

/** What of a pull request makes us act when it changes. */
export interface PullFacts {
  readonly number: number;
  readonly state: 'open' | 'closed';
  readonly headSha: Sha;
  readonly baseRef: string;
  readonly draft: boolean;
}

/** What a pull request looked like when it was followed last: our journal, which the forge is compared with. */
export interface Sighting extends PullFacts {
  readonly repositoryId: number;
  /** Rises whenever the pull request was followed again; 0: it was there when we came, and nobody asked about it yet. */
  readonly revision: number;
  /** Unix milliseconds. */
  readonly at: number;
}

export const factsOf = (pull: Pull): PullFacts => ({
  number: pull.ref.number,
  state: pull.state,
  headSha: pull.head.sha,
  baseRef: pull.base.ref,
  draft: pull.draft,
});

/** Has nothing that we act on changed since? What is closed has no other facts; what became a draft keeps its plans. */
export const isAsSeen = (sighting: PullFacts | null, now: PullFacts): boolean =>
  sighting !== null &&
  sighting.state === now.state &&
  (now.state === 'closed' ||
    (sighting.headSha === now.headSha && sighting.baseRef === now.baseRef && (!sighting.draft || now.draft)));
