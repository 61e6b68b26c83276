import type { Review } from '../../domain/pull.ts';
import type { Forge } from '../port.ts';
import { createAuthorship } from './authorship.ts';
import { createBranches } from './branches.ts';
import { createChecks } from './checks.ts';
import { createComments, orGone } from './comments.ts';
import { type ConnectionOptions, createConnection } from './connection.ts';
import { createDeliveries } from './deliveries.ts';
import { createDeployments } from './deployments.ts';
import { createEnvironments } from './environments.ts';
import { createIssues } from './issues.ts';
import { createListings } from './listings.ts';
import { createMergeFacts } from './merge-facts.ts';
import { createMerging } from './merging.ts';
import { createOpening } from './opening.ts';
import { pages } from './pages.ts';
import { gitUrl, permissionFrom, pullFrom, reviewFrom } from './read.ts';
import { createRefs } from './refs.ts';
import { createTeams } from './teams.ts';

/** Anything else would only change which address is asked. */
const loginShape = /^[A-Za-z0-9][\w-]{0,99}(?:\[bot\])?$/;

export interface GithubForge extends Forge {
  /** Revokes the tokens that were only for reading; resolves within two seconds. */
  close(): Promise<void>;
}

/**
 * GitHub as an App sees it, through its REST API: github.com, GHEC with data residency and
 * Enterprise Server alike. Nothing here waits or tries again, one new token after a 401 excepted:
 * whoever calls knows whether it still matters.
 *
 * @throws {ForgeError} from every method, when the call did not succeed.
 */
export const createGithubForge = (options: ConnectionOptions): GithubForge => {
  const { appId, apiUrl, clock, log } = options;
  const connection = createConnection(options);
  return {
    ...createComments(connection, appId, clock),
    ...createChecks(connection, appId),
    ...createDeployments(connection, appId, log),
    ...createEnvironments(connection),
    ...createIssues(connection),
    ...createListings(connection, clock),
    ...createBranches(connection),
    ...createDeliveries(connection, clock),
    ...createAuthorship(connection, clock),
    ...createMergeFacts(connection, clock),
    ...createMerging(connection, clock),
    ...createOpening(connection),
    ...createRefs(connection, log),
    ...createTeams(connection),
    primaryLimit: connection.primaryLimit,

    async pull(ref) {
      const { repo, number } = ref;
      const call = connection
        .api(repo)
        .rest.pulls.get({ owner: repo.owner, repo: repo.name, pull_number: number });
      return pullFrom(ref, (await call).data);
    },

    async reviews({ repo, number }) {
      const api = connection.api(repo);
      // The list is in chronological order.
      const list = (page: number) =>
        api.rest.pulls.listReviews({
          owner: repo.owner,
          repo: repo.name,
          pull_number: number,
          per_page: 100,
          page,
        });
      const found: Review[] = [];
      for await (const some of pages(list)) found.push(...some.map(reviewFrom));
      return found;
    },

    async permission(repo, login) {
      if (!loginShape.test(login)) return 'none';
      const call = connection.api(repo).rest.repos.getCollaboratorPermissionLevel({
        owner: repo.owner,
        repo: repo.name,
        username: login,
      });
      const answer = await orGone(call);
      return answer === null ? 'none' : permissionFrom(answer.data);
    },

    async remote(repo, access = 'read') {
      return {
        url: gitUrl(apiUrl, repo.owner, repo.name),
        ...(await connection.contentsToken(repo, access)),
      };
    },

    close: connection.close,
  };
};
