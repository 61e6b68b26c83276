import { z } from 'zod';
import { createSystemClock } from '../clock/system.ts';
import { checksOf, requestCheckAction } from '../hub/checks.ts';
import { nodeId } from '../hub/shape/account.ts';
import type { World } from './world.ts';

const comment = z.object({
  id: z.number(),
  updated_at: z.string(),
  body: z.string(),
  user: z.object({ login: z.string() }),
});
export type ThreadComment = z.infer<typeof comment>;

const pull = z.object({
  number: z.number(),
  title: z.string(),
  state: z.enum(['open', 'closed']),
  merged: z.boolean(),
  merge_commit_sha: z.string().nullable(),
  html_url: z.string(),
  head: z.object({ sha: z.string() }),
});
export type ThreadPull = z.infer<typeof pull>;

const branchTip = z.object({ commit: z.object({ sha: z.string() }) });

const checkRuns = z.object({
  check_runs: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      conclusion: z.string().nullable(),
      output: z.object({ title: z.string().nullable() }),
    }),
  ),
});
export type ThreadCheck = z.infer<typeof checkRuns>['check_runs'][number];

const enqueueMutation = `mutation Enqueue($pullRequestId: ID!) {
  enqueuePullRequest(input: { pullRequestId: $pullRequestId }) { mergeQueueEntry { position } }
}`;

/** A seeded user with a token, doing through the API what a person does on the page. */
export interface Person {
  readonly login: string;
  push(branch: string, files: Readonly<Record<string, string>>, message: string): Promise<void>;
  openPull(branch: string, title: string): Promise<ThreadPull>;
  comment(number: number, body: string): Promise<ThreadComment>;
  /** After the comments were read, which takes a second: in less nobody can tell what came first. */
  approve(number: number): Promise<void>;
  merge(number: number): Promise<void>;
  /** "Merge when ready", where a merge queue merges; throws for a refusal. */
  enqueue(number: number): Promise<void>;
  /** Of a completed check of the pull request's head. */
  buttons(number: number, check: string): readonly string[];
  press(number: number, check: string, label: string): void;
  pull(number: number): Promise<ThreadPull>;
  comments(number: number): Promise<readonly ThreadComment[]>;
  reactions(commentId: number): Promise<readonly string[]>;
  /** Of the pull request's head. */
  checks(number: number): Promise<readonly ThreadCheck[]>;
  checksOn(sha: string): Promise<readonly ThreadCheck[]>;
  /** Newest commit of a branch. */
  tip(branch: string): Promise<string>;
}

/** In the world's first repository, or another one (`owner/name`). */
export const personOf = (world: World, login: string, repository = world.repository): Person => {
  const token = world.tokens[login];
  if (token === undefined) throw new Error(`nobody is called ${login}`);
  const api = async <T>(shape: z.ZodType<T>, method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${world.hub.apiUrl}/repos/${repository}${path}`, {
      method,
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return shape.parse(text === '' ? null : JSON.parse(text));
  };
  const pullOf = (number: number) => api(pull, 'GET', `/pulls/${number}`);
  const commentsOf = (number: number) =>
    api(z.array(comment), 'GET', `/issues/${number}/comments?per_page=100`);
  const checksOn = async (sha: string): Promise<readonly ThreadCheck[]> =>
    (await api(checkRuns, 'GET', `/commits/${sha}/check-runs?per_page=100`)).check_runs;
  const pullInHub = (number: number) => {
    const found = world.hub.repo(repository).pulls.get(number);
    if (found === undefined) throw new Error(`${repository} has no pull request ${number}`);
    return found;
  };
  const runOf = (number: number, name: string) =>
    checksOf(world.hub.repo(repository), pullInHub(number).head.sha).find((run) => run.name === name);
  const read = async (number: number): Promise<void> => {
    const seconds = (await commentsOf(number)).map(({ updated_at }) =>
      Math.floor(Date.parse(updated_at) / 1000),
    );
    const clock = createSystemClock();
    const left = (Math.max(0, ...seconds) + 1) * 1000 - clock.now();
    if (left > 0) await clock.sleep(left);
  };
  return {
    login,
    push: async (branch, files, message) => {
      await world.hub.pushFiles(repository, branch, { files, as: login, message, from: 'main' });
    },
    openPull: async (branch, title) => {
      const { number } = await world.hub.openPull(repository, {
        as: login,
        head: branch,
        base: 'main',
        title,
      });
      return pullOf(number);
    },
    comment: (number, body) => api(comment, 'POST', `/issues/${number}/comments`, { body }),
    approve: async (number) => {
      await read(number);
      await api(z.unknown(), 'POST', `/pulls/${number}/reviews`, { event: 'APPROVE' });
    },
    merge: async (number) => {
      const { head } = await pullOf(number);
      await api(z.unknown(), 'PUT', `/pulls/${number}/merge`, { sha: head.sha });
    },
    enqueue: async (number) => {
      const pullRequestId = nodeId('PR', pullInHub(number).id);
      const response = await fetch(`${world.hub.apiUrl.replace('/v3', '')}/graphql`, {
        method: 'POST',
        headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query: enqueueMutation, variables: { pullRequestId } }),
      });
      const text = await response.text();
      if (!response.ok || text.includes('"errors"')) throw new Error(`${response.status} ${text}`);
    },
    buttons: (number, check) => {
      const run = runOf(number, check);
      return run?.status === 'completed' ? run.actions.map(({ label }) => label) : [];
    },
    // GitHub has no API for it: it is done on the page alone.
    press: (number, check, label) => {
      const run = runOf(number, check);
      const button = run?.actions.find((action) => action.label === label);
      if (run === undefined || button === undefined)
        throw new Error(`${check} of #${number} has no button ${label}`);
      requestCheckAction(world.hub.state, run, world.hub.actor(login), button.identifier);
    },
    pull: pullOf,
    comments: commentsOf,
    reactions: async (commentId) => {
      const list = await api(
        z.array(z.object({ content: z.string() })),
        'GET',
        `/issues/comments/${commentId}/reactions`,
      );
      return list.map((reaction) => reaction.content);
    },
    checks: async (number) => checksOn((await pullOf(number)).head.sha),
    checksOn,
    tip: async (branch) => (await api(branchTip, 'GET', `/branches/${branch}`)).commit.sha,
  };
};
