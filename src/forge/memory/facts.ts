import type { CheckUpsert } from '../../domain/check.ts';
import type { Sha } from '../../domain/ids.ts';
import type { Actor, Pull, PullRef, RepoRef } from '../../domain/pull.ts';
import type { EnvironmentProtection } from '../../domain/rules/environment.ts';
import type { Authorship, CheckFact, MergeFacts } from '../../domain/rules/merge-facts.ts';
import type { Team } from '../port.ts';

/** What comments and checks of our own say they were written through. */
export const ourAppId = 1;

/** What tests say of a pull request and of teams; where they say nothing, nothing stands in the way. */
export interface MemoryFacts {
  /** Who pushed that head; null: not known. Where nothing is said it is the author of the pull request. */
  setPusher(repo: RepoRef, head: Sha, pusher: Actor | null): void;
  /** Who had moved the branch when it came to that head; null: not known. Where nothing is said it is the pusher. */
  setMovers(repo: RepoRef, head: Sha, movers: readonly Actor[] | null): void;
  /** Authors, co-authors and committers at that head; where nothing is said, the author of the pull request. */
  setAuthors(repo: RepoRef, head: Sha, authors: readonly Actor[], complete?: boolean): void;
  /** Takes the place of what was said of that pull request before; what is not named is as if nothing were asked. */
  setMerge(ref: PullRef, facts: Partial<Omit<MergeFacts, 'headSha'>>): void;
  /** What is not named is not asked for; null: there is none of that name. */
  setEnvironment(repo: RepoRef, name: string, protection: Partial<EnvironmentProtection> | null): void;
  /** Logins of those in it or below it; null: it is not there. */
  setTeam(team: Team, members: readonly string[] | null): void;
}

export interface KnownFacts extends MemoryFacts {
  authorship(pull: Pull, head: Sha): Authorship;
  mergeFacts(pull: Pull, checks: MergeFacts['checks']): MergeFacts;
  isMember(repo: RepoRef, team: Team, login: string): boolean | null;
  environment(repo: RepoRef, name: string): EnvironmentProtection | 'none';
}

/** The last of each name, as the list of a commit's checks has them. */
export const newest = (checks: readonly CheckUpsert[]): readonly CheckUpsert[] => [
  ...new Map(checks.map((check) => [check.name, check])).values(),
];

/** Our own checks, as they are told with those of others. */
export const checkFact = ({ name, status, conclusion }: CheckUpsert): CheckFact => {
  const bad = conclusion === 'cancelled' || conclusion === 'action_required' ? 'failure' : conclusion;
  return { name, appId: ourAppId, state: status === 'completed' ? (bad ?? 'failure') : 'pending' };
};

const unprotected: EnvironmentProtection = {
  reviewers: null,
  preventSelfReview: false,
  waitMs: 0,
  branches: 'all',
  unknown: [],
};

export const createMemoryFacts = (): KnownFacts => {
  const pushers = new Map<string, Actor | null>();
  const moved = new Map<string, readonly Actor[] | null>();
  const authors = new Map<string, Pick<Authorship, 'authors' | 'complete'>>();
  const merges = new Map<string, Partial<Omit<MergeFacts, 'headSha'>>>();
  const teams = new Map<string, ReadonlySet<string>>();
  const environments = new Map<string, EnvironmentProtection>();
  const placeOf = ({ id }: RepoRef, name: string): string => `${id} ${name.toLowerCase()}`;
  const headOf = ({ id }: RepoRef, head: Sha): string => `${id} ${head}`;
  const nameOf = ({ organisation, slug }: Team): string => `${organisation}/${slug}`.toLowerCase();
  return {
    setPusher: (repo, head, pusher) => void pushers.set(headOf(repo, head), pusher),
    setMovers: (repo, head, movers) =>
      void moved.set(
        headOf(repo, head),
        movers === null ? null : [...new Map(movers.map((actor) => [actor.id, actor])).values()],
      ),
    setAuthors: (repo, head, actors, complete = true) =>
      void authors.set(headOf(repo, head), { authors: actors, complete }),
    setMerge: ({ repo, number }, facts) => void merges.set(`${repo.id} ${number}`, facts),
    setEnvironment: (repo, name, protection) => {
      if (protection === null) environments.delete(placeOf(repo, name));
      else environments.set(placeOf(repo, name), { ...unprotected, ...protection });
    },
    environment: (repo, name) => environments.get(placeOf(repo, name)) ?? 'none',
    setTeam: (team, members) => {
      if (members === null) teams.delete(nameOf(team));
      else teams.set(nameOf(team), new Set(members.map((login) => login.toLowerCase())));
    },
    authorship: (pull, head) => {
      const key = headOf(pull.ref.repo, head);
      const told = pushers.get(key);
      const pusher = told === undefined && pull.head.sha === head ? pull.author : (told ?? null);
      const movers = moved.get(key);
      const { authors: made, complete } = authors.get(key) ?? { authors: [pull.author], complete: true };
      return {
        pusher,
        movers: movers === undefined ? (pusher === null ? null : [pusher]) : movers,
        authors: made.filter(({ kind }) => kind === 'user'),
        bots: made.filter(({ kind }) => kind === 'bot').map(({ login }) => login.toLowerCase()),
        complete: complete && pull.head.sha === head,
      };
    },
    mergeFacts: ({ ref, head, draft }, checks) => ({
      headSha: head.sha,
      draft,
      mergeable: true,
      state: draft ? 'draft' : 'clean',
      reviews: null,
      required: [],
      strict: false,
      behindBy: null,
      checks,
      unsigned: null,
      unresolved: null,
      unknown: [],
      ...merges.get(`${ref.repo.id} ${ref.number}`),
    }),
    isMember: (repo, team, login) => {
      if (team.organisation.toLowerCase() !== repo.owner.toLowerCase()) return null;
      return teams.get(nameOf(team))?.has(login.toLowerCase()) ?? null;
    },
  };
};
