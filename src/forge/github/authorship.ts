import { z } from 'zod';
import type { Clock } from '../../clock/port.ts';
import type { Sha } from '../../domain/ids.ts';
import type { Actor, PullRef } from '../../domain/pull.ts';
import type { Authorship } from '../../domain/rules/merge-facts.ts';
import { type Forge, ForgeError } from '../port.ts';
import type { Connection } from './connection.ts';
import { ask } from './graphql.ts';
import { actorFrom } from './read.ts';

/** `authors` are the author and, by their trailers, the co-authors. */
const document = /* GraphQL */ `
  query Authorship($owner: String!, $name: String!, $number: Int!, $after: String) {
    repository(owner: $owner, name: $name) {
      databaseId
      pullRequest(number: $number) {
        headRefName
        headRefOid
        headRepository { name owner { login } }
        commits(first: 100, after: $after) {
          totalCount
          pageInfo { hasNextPage endCursor }
          nodes {
            commit {
              authors(first: 20) { totalCount nodes { email user { databaseId login } } }
              committer { email user { databaseId login } }
            }
          }
        }
      }
    }
  }
`;

/** Null for an address that is nobody's on GitHub. Bots are never told here: GraphQL resolves to people only. */
const user = z.object({ databaseId: z.number().int(), login: z.string() }).nullable();
const signed = z.object({ email: z.string().nullable(), user });

const shape = z.object({
  repository: z.object({
    databaseId: z.number(),
    pullRequest: z.object({
      headRefName: z.string(),
      headRefOid: z.string(),
      headRepository: z.object({ name: z.string(), owner: z.object({ login: z.string() }) }).nullable(),
      commits: z.object({
        totalCount: z.number(),
        pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
        nodes: z.array(
          z.object({
            commit: z.object({
              authors: z.object({ totalCount: z.number(), nodes: z.array(signed) }),
              committer: signed.nullable(),
            }),
          }),
        ),
      }),
    }),
  }),
});

type PullAnswer = z.infer<typeof shape>['repository']['pullRequest'];
type CommitAnswer = PullAnswer['commits']['nodes'][number]['commit'];

/** GitHub's own account, the committer of what is made with its buttons. */
const webFlow = 'web-flow';
/** As many as GitHub's own list of a pull request's commits has: https://docs.github.com/en/rest/pulls/pulls#list-commits-on-a-pull-request */
const mostCommits = 250;
/** As many as one page of the repository's activity has. */
const movesAtOnce = 100;
const nobodyKnown = { pusher: null, movers: null };
/** The branch came to be at that commit by something that somebody did. */
const moves: ReadonlySet<string> = new Set([
  'push',
  'force_push',
  'branch_creation',
  'pr_merge',
  'merge_queue_merge',
]);

const peopleOf = ({ authors, committer }: CommitAnswer): readonly Actor[] =>
  [...authors.nodes.map((one) => one.user), committer?.user ?? null].flatMap((one) =>
    one === null || one.login === webFlow ? [] : [{ id: one.databaseId, login: one.login, kind: 'user' }],
  );

/** The login of a bot by its address, small letters: `dependabot[bot]`. */
const botOf = (email: string): string | null =>
  /^(?:\d+\+)?([^@\s]+\[bot\])@users\.noreply\.github\.com$/i.exec(email)?.[1]?.toLowerCase() ?? null;

/** The address that GitHub's buttons sign with needs no account either, so as an author it is nobody: `github`. */
const botsOf = ({ authors, committer }: CommitAnswer): readonly string[] => [
  ...[...authors.nodes, committer].flatMap((one) =>
    one === null || one.user !== null ? [] : (botOf(one.email ?? '') ?? []),
  ),
  ...authors.nodes.flatMap(({ user, email }) =>
    user === null && email === 'noreply@github.com' ? ['github'] : [],
  ),
];

/** What needs no account: the address of a bot, and the one that GitHub's buttons sign with. */
const isNoPerson = (email: string): boolean => email === 'noreply@github.com' || botOf(email) !== null;

/** Whether it is known of every one who signed a commit who they are: anybody may be behind an address without an account. */
const isKnown = ({ authors, committer }: CommitAnswer): boolean =>
  authors.nodes.length > 0 &&
  authors.totalCount <= authors.nodes.length &&
  [...authors.nodes, committer].every(
    (one) => one !== null && (one.user !== null || isNoPerson(one.email ?? '')),
  );

/** Who made what a pull request brings. See the port for what it costs and what it needs. */
export const createAuthorship = (
  connection: Connection,
  clock: Pick<Clock, 'now'>,
): Pick<Forge, 'authorship'> => {
  const pageOf = async ({ repo, number }: PullRef, after: string | null): Promise<PullAnswer> => {
    const variables = { owner: repo.owner, name: repo.name, number, after };
    const { repository } = await ask(connection.api(repo), { document, variables, shape }, clock.now());
    if (repository.databaseId !== repo.id)
      throw new ForgeError('gone', `${repo.owner}/${repo.name} is another repository by now`);
    return repository.pullRequest;
  };

  /** Who brought the branch there, and who anywhere before, back to when it was made: where that is not among its newest hundred
   * moves, who else was there is not known. */
  const pushersOf = async (
    { repo }: PullRef,
    pull: PullAnswer,
    head: Sha,
  ): Promise<Pick<Authorship, 'pusher' | 'movers'>> => {
    if (pull.headRepository === null) return nobodyKnown;
    const { name, owner } = pull.headRepository;
    try {
      const { data } = await connection.api(repo).rest.repos.listActivities({
        owner: owner.login,
        repo: name,
        ref: `refs/heads/${pull.headRefName}`,
        direction: 'desc',
        per_page: movesAtOnce,
      });
      const at = data.findIndex(({ after, activity_type: type }) => after === head && moves.has(type));
      if (at === -1) return nobodyKnown;
      const since = data.slice(at);
      const made = since.findIndex(({ activity_type: type }) => type === 'branch_creation');
      const isWhole = made !== -1;
      // Its types promise an actor; it is null once the account is deleted.
      const actors = (made === -1 ? since : since.slice(0, made + 1))
        .filter(({ activity_type: type }) => moves.has(type))
        .map(({ actor }) => (actor ? actorFrom(actor) : null));
      const known = actors.filter((actor) => actor !== null);
      return {
        pusher: actors[0] ?? null,
        movers:
          isWhole && known.length === actors.length
            ? [...new Map(known.map((actor) => [actor.id, actor])).values()]
            : null,
      };
    } catch (error) {
      // Somebody else's repository, or a server that does not have the list yet: then nobody knows.
      if (error instanceof ForgeError && (error.failure === 'gone' || error.failure === 'refused'))
        return nobodyKnown;
      throw error;
    }
  };

  return {
    async authorship(ref, headSha) {
      const first = await pageOf(ref, null);
      const commits = [...first.commits.nodes];
      let { pageInfo } = first.commits;
      while (pageInfo.hasNextPage && pageInfo.endCursor !== null && commits.length < mostCommits) {
        const next = await pageOf(ref, pageInfo.endCursor);
        if (next.commits.nodes.length === 0) break;
        commits.push(...next.commits.nodes);
        pageInfo = next.commits.pageInfo;
      }
      const seen = commits.slice(0, mostCommits).map(({ commit }) => commit);
      const people = new Map(seen.flatMap(peopleOf).map((actor) => [actor.id, actor]));
      return {
        ...(await pushersOf(ref, first, headSha)),
        authors: [...people.values()],
        bots: [...new Set(seen.flatMap(botsOf))],
        complete:
          first.headRefOid === headSha && seen.length === first.commits.totalCount && seen.every(isKnown),
      };
    },
  };
};
