import { findMoved, findRepo, permissionOf } from '../access.ts';
import { HubError } from '../errors.ts';
import { grants } from '../identity.ts';
import { type Answer, type Call, isRecord, type Route, requiredText } from '../routes/route.ts';
import { nodeId } from '../shape/account.ts';
import type { Pull, Repo } from '../state.ts';
import { authorship } from './authorship.ts';
import { mergeFacts } from './merge-facts.ts';
import { mergeWay, mutations } from './merge-queue.ts';

/** An error of GraphQL's own kind, which comes with status 200. */
export interface GraphqlError {
  readonly type: 'NOT_FOUND' | 'FORBIDDEN' | 'UNPROCESSABLE';
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
  ['MergeWay', mergeWay],
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

const granted = ({ identity }: Call, all: readonly string[]): boolean =>
  identity.kind !== 'token' ||
  identity.token.kind === 'user' ||
  all.every((need) => identity.token.kind === 'installation' && grants(identity.token.permissions, need));

const mayRead = (call: Call): boolean => granted(call, needs);

/** What an installation needs to put a pull request into a queue. */
const mayWrite = (call: Call): boolean => granted(call, ['contents:write', 'pull_requests:write']);

const unknown = (call: Call, name: string): HubError => {
  call.world.unknownRequests.push(`POST /api/graphql ${name}`);
  return new HubError(400, `the hub has no answer to the question ${name}`);
};

/** Refusals of the API are errors of GraphQL's kind here. */
const change = async (
  call: Call,
  name: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<Answer> => {
  const mutation = mutations.get(name);
  if (mutation === undefined) throw unknown(call, name);
  const { field, run } = mutation;
  const refuse = (type: GraphqlError['type'], message: string): Answer => ({
    status: 200,
    body: { data: { [field]: null }, errors: [{ type, path: [field], message }] },
  });
  const pull = [...call.state.repos.values()]
    .flatMap((repo) => [...repo.pulls.values()])
    .find(({ id }) => nodeId('PR', id) === variables[mutation.pull]);
  if (pull === undefined || !visible(call, pull.repo))
    return refuse('NOT_FOUND', 'Could not resolve to a node with the global id.');
  if (!mayWrite(call)) return refuse('FORBIDDEN', 'Resource not accessible by integration');
  try {
    return { status: 200, body: { data: { [field]: await run(call, pull, variables) } } };
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return refuse(error.status === 403 ? 'FORBIDDEN' : 'UNPROCESSABLE', error.message);
  }
};

const answer = async (call: Call): Promise<Answer> => {
  const document = requiredText(call.body, 'query');
  const [, kind, name = ''] = /^\s*(query|mutation)\s+(\w+)/.exec(document) ?? [];
  const given = call.body['variables'];
  const variables = isRecord(given) ? given : {};
  if (kind === 'mutation') return change(call, name, variables);
  const operation = operations.get(name);
  if (operation === undefined) throw unknown(call, name);
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
      data: {
        repository: {
          databaseId: repo.id,
          mergeCommitAllowed: repo.mergeMethods.merge,
          squashMergeAllowed: repo.mergeMethods.squash,
          rebaseMergeAllowed: repo.mergeMethods.rebase,
          pullRequest,
        },
      },
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
