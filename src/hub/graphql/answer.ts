import { findMoved, findRepo, permissionOf } from '../access.ts';
import { HubError } from '../errors.ts';
import { grants } from '../identity.ts';
import { type Answer, type Call, isRecord, type Route, requiredText } from '../routes/route.ts';
import type { Pull, Repo } from '../state.ts';
import { authorship } from './authorship.ts';
import { mergeFacts } from './merge-facts.ts';

/** An error of GraphQL's own kind, which comes with status 200. */
export interface GraphqlError {
  readonly type: 'NOT_FOUND' | 'FORBIDDEN';
  readonly path: readonly string[];
  readonly message: string;
}

/** One question of the bot's: what `pullRequest` is, and what of it was refused. */
export type Operation = (
  call: Call,
  pull: Pull,
  variables: Readonly<Record<string, unknown>>,
) => Promise<{ readonly pullRequest: unknown; readonly errors?: readonly GraphqlError[] }>;

/** By their names. What a document asks for is not looked at: each has one answer. */
const operations: ReadonlyMap<string, Operation> = new Map([
  ['Authorship', authorship],
  ['MergeFacts', mergeFacts],
]);

const refusal = (error: GraphqlError): Answer => ({
  status: 200,
  body: { data: { repository: null }, errors: [error] },
});

const visible = (call: Call, repo: Repo): boolean => {
  const { identity } = call;
  return identity.kind === 'token' && identity.token.kind === 'installation'
    ? identity.token.repoIds.has(repo.id)
    : permissionOf(repo, call.actor().account) !== 'none';
};

/** Needed for everything that is asked for here. */
const needs = ['contents:read', 'pull_requests:read'];

const mayRead = ({ identity }: Call): boolean =>
  identity.kind !== 'token' ||
  identity.token.kind === 'user' ||
  needs.every((need) => identity.token.kind === 'installation' && grants(identity.token.permissions, need));

const answer = async (call: Call): Promise<Answer> => {
  const name = /^\s*query\s+(\w+)/.exec(requiredText(call.body, 'query'))?.[1] ?? '';
  const operation = operations.get(name);
  if (operation === undefined) {
    call.world.unknownRequests.push(`POST /api/graphql ${name}`);
    throw new HubError(400, `the hub has no answer to the question ${name}`);
  }
  const given = call.body['variables'];
  const variables = isRecord(given) ? given : {};
  const [owner, short] = [String(variables['owner']), String(variables['name'])];
  // It follows a repository to its new name by itself.
  const repo = findRepo(call.state, owner, short) ?? findMoved(call.state, owner, short);
  const wanted = `with the name '${owner}/${short}'.`;
  if (repo === null || !visible(call, repo))
    return refusal({
      type: 'NOT_FOUND',
      path: ['repository'],
      message: `Could not resolve to a Repository ${wanted}`,
    });
  const path = ['repository', 'pullRequest'];
  if (!mayRead(call))
    return refusal({ type: 'FORBIDDEN', path, message: 'Resource not accessible by integration' });
  const pull = repo.pulls.get(Number(variables['number']));
  if (pull === undefined)
    return refusal({ type: 'NOT_FOUND', path, message: 'Could not resolve to a PullRequest.' });
  const { pullRequest, errors = [] } = await operation(call, pull, variables);
  return {
    status: 200,
    body: {
      data: { repository: { databaseId: repo.id, pullRequest } },
      ...(errors.length === 0 ? {} : { errors }),
    },
  };
};

/** Not below `/api/v3`, and not in GitHub's description of its REST API. */
export const graphqlRoute: Route = {
  method: 'POST',
  path: '/graphql',
  doc: 'https://docs.github.com/en/graphql',
  who: 'token',
  handle: async (call) => ({ ...(await answer(call)), headers: { 'x-ratelimit-resource': 'graphql' } }),
};
