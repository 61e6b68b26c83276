import type { Sha } from '../../domain/ids.ts';
import type { Actor, Pull, RepoRef } from '../../domain/pull.ts';
import type { Authorship } from '../../domain/rules/merge-facts.ts';
import type { Team } from '../port.ts';

/** What tests say of a pull request and of teams; where they say nothing, nothing stands in the way. */
export interface MemoryFacts {
  /** Who pushed that head; null: not known. Where nothing is said it is the author of the pull request. */
  setPusher(repo: RepoRef, head: Sha, pusher: Actor | null): void;
  /** Authors, co-authors and committers at that head; where nothing is said, the author of the pull request. */
  setAuthors(repo: RepoRef, head: Sha, authors: readonly Actor[], complete?: boolean): void;
  /** Logins of those in it or below it; null: it is not there. */
  setTeam(team: Team, members: readonly string[] | null): void;
}

export interface KnownFacts extends MemoryFacts {
  authorship(pull: Pull, head: Sha): Authorship;
  isMember(repo: RepoRef, team: Team, login: string): boolean | null;
}

export const createMemoryFacts = (): KnownFacts => {
  const pushers = new Map<string, Actor | null>();
  const authors = new Map<string, Pick<Authorship, 'authors' | 'complete'>>();
  const teams = new Map<string, ReadonlySet<string>>();
  const headOf = ({ id }: RepoRef, head: Sha): string => `${id} ${head}`;
  const nameOf = ({ organisation, slug }: Team): string => `${organisation}/${slug}`.toLowerCase();
  return {
    setPusher: (repo, head, pusher) => void pushers.set(headOf(repo, head), pusher),
    setAuthors: (repo, head, actors, complete = true) =>
      void authors.set(headOf(repo, head), { authors: actors, complete }),
    setTeam: (team, members) => {
      if (members === null) teams.delete(nameOf(team));
      else teams.set(nameOf(team), new Set(members.map((login) => login.toLowerCase())));
    },
    authorship: (pull, head) => {
      const key = headOf(pull.ref.repo, head);
      const pusher = pushers.get(key);
      const { authors: made, complete } = authors.get(key) ?? { authors: [pull.author], complete: true };
      return {
        pusher: pusher === undefined && pull.head.sha === head ? pull.author : (pusher ?? null),
        authors: made,
        complete: complete && pull.head.sha === head,
      };
    },
    isMember: (repo, team, login) => {
      if (team.organisation.toLowerCase() !== repo.owner.toLowerCase()) return null;
      return teams.get(nameOf(team))?.has(login.toLowerCase()) ?? null;
    },
  };
};
