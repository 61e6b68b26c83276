import { pullsOfCommit } from '../associated.ts';
import { HubError, notFound } from '../errors.ts';
import { pullCommits, pullFiles } from '../facts.ts';
import { mergePull, updateBranch } from '../merge.ts';
import { openPull, updatePull } from '../pulls.ts';
import { dismissReview, submitReview } from '../reviews.ts';
import { commitJson, fileJson } from '../shape/commit.ts';
import { pullJson, pullSimpleJson, reviewJson } from '../shape/pull.ts';
import { repoApi } from '../shape/repo.ts';
import { mergeMethods, type Pull, type Review } from '../state.ts';
import {
  type Answer,
  type Call,
  commitAt,
  flag,
  ok,
  page,
  pullOf,
  type Route,
  requiredText,
  text,
} from './route.ts';

const pullList = (call: Call): Answer => {
  const state = call.query.get('state') ?? 'open';
  const head = call.query.get('head');
  const base = call.query.get('base');
  const found = [...call.repo().pulls.values()].filter(
    (pull) =>
      (state === 'all' || pull.state === state) &&
      (base === null || pull.base.ref === base) &&
      (head === null || `${pull.head.repo.owner.login}:${pull.head.ref}` === head),
  );
  const by = (pull: Pull): number =>
    call.query.get('sort') === 'updated' ? pull.updatedAt : pull.createdAt + pull.number / 1e6;
  const sign = call.query.get('direction') === 'asc' ? 1 : -1;
  found.sort((one, other) => sign * (by(one) - by(other)));
  return page(call, found, (pull) => pullSimpleJson(call.state, pull));
};

const ofCommit = async (call: Call): Promise<Answer> => {
  const { sha } = await commitAt(call, call.param('ref'));
  return page(call, await pullsOfCommit(call.repo(), sha), (pull) => pullSimpleJson(call.state, pull));
};

const create = async (call: Call): Promise<Answer> => {
  const { body } = call;
  const pull = await openPull(call.state, call.repo(), call.actor(), {
    title: requiredText(body, 'title'),
    body: text(body, 'body') ?? null,
    head: requiredText(body, 'head'),
    base: requiredText(body, 'base'),
    draft: flag(body, 'draft') ?? false,
  });
  return { status: 201, body: pullJson(call.state, pull) };
};

/** Asking is what makes GitHub find out: null the first time, known from the next on. */
const get = (call: Call): Answer => {
  const pull = pullOf(call);
  const body = pullJson(call.state, pull);
  pull.mergeableKnown = true;
  return ok(body);
};

const update = async (call: Call): Promise<Answer> => {
  const pull = pullOf(call);
  const { body } = call;
  const [title, text_, base, state] = ['title', 'body', 'base', 'state'].map((name) => text(body, name));
  if (state !== undefined && state !== 'open' && state !== 'closed')
    throw new HubError(422, 'Validation Failed', [
      { resource: 'PullRequest', field: 'state', code: 'invalid' },
    ]);
  await updatePull(call.state, pull, call.actor(), {
    ...(title === undefined ? {} : { title }),
    ...(text_ === undefined ? {} : { body: text_ }),
    ...(base === undefined ? {} : { base }),
    ...(state === undefined ? {} : { state }),
  });
  return ok(pullJson(call.state, pull));
};

const merge = async (call: Call): Promise<Answer> => {
  const { body } = call;
  const wish = text(body, 'merge_method') ?? 'merge';
  const method = mergeMethods.find((one) => one === wish);
  if (method === undefined)
    throw new HubError(422, `Invalid request.\n\n${wish} is not a member of ["merge", "squash", "rebase"].`);
  const [sha, title, message] = ['sha', 'commit_title', 'commit_message'].map((name) => text(body, name));
  const commit = await mergePull(call.state, pullOf(call), call.actor(), {
    method,
    ...(sha === undefined ? {} : { sha }),
    ...(title === undefined ? {} : { title }),
    ...(message === undefined ? {} : { message }),
  });
  return ok({ sha: commit, merged: true, message: 'Pull Request successfully merged' });
};

const isMerged = (call: Call): Answer => {
  if (pullOf(call).mergedAt === null) throw notFound();
  return { status: 204 };
};

const bringUpToDate = async (call: Call): Promise<Answer> => {
  const pull = pullOf(call);
  await updateBranch(call.state, pull, call.actor(), text(call.body, 'expected_head_sha'));
  return {
    status: 202,
    body: {
      message: 'Updating pull request branch.',
      url: `${repoApi(call.state, pull.repo)}/pulls/${pull.number}`,
    },
  };
};

const files = async (call: Call): Promise<Answer> => {
  const pull = pullOf(call);
  // GitHub lists 3,000 files and no more.
  const found = (await pullFiles(pull)).slice(0, 3000);
  return page(call, found, (file) => fileJson(call.state, pull.repo, pull.head.sha, file));
};

const commits = async (call: Call): Promise<Answer> => {
  const pull = pullOf(call);
  const found = (await pullCommits(pull)).slice(0, 250);
  return page(call, found, (commit) => commitJson(call.state, pull.repo, commit));
};

const reviewOf = (call: Call): Review => {
  const review = pullOf(call).reviews.find((one) => one.id === call.id('review'));
  if (review === undefined) throw notFound();
  return review;
};

const review = async (call: Call): Promise<Answer> => {
  const pull = pullOf(call);
  const commit = text(call.body, 'commit_id');
  const done = await submitReview(call.state, pull, call.actor(), {
    event: requiredText(call.body, 'event'),
    body: text(call.body, 'body') ?? null,
    ...(commit === undefined ? {} : { commit }),
  });
  return ok(reviewJson(call.state, pull, done));
};

const dismiss = (call: Call): Answer => {
  const found = reviewOf(call);
  dismissReview(call.state, pullOf(call), found, call.actor(), call.body['message']);
  return ok(reviewJson(call.state, pullOf(call), found));
};

const base = '/repos/:owner/:repo/pulls';
const one = `${base}/:number`;
const read = { who: 'anyone', needs: ['pull_requests:read'] } as const;
const write = { who: 'token', needs: ['pull_requests:write'] } as const;

export const pullRoutes: readonly Route[] = [
  { method: 'GET', path: base, doc: 'pulls/pulls#list-pull-requests', ...read, handle: pullList },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/commits/:ref/pulls',
    doc: 'commits/commits#list-pull-requests-associated-with-a-commit',
    ...read,
    handle: ofCommit,
  },
  {
    method: 'POST',
    path: base,
    doc: 'pulls/pulls#create-a-pull-request',
    ...write,
    creates: true,
    handle: create,
  },
  { method: 'GET', path: one, doc: 'pulls/pulls#get-a-pull-request', ...read, handle: get },
  { method: 'PATCH', path: one, doc: 'pulls/pulls#update-a-pull-request', ...write, handle: update },
  {
    method: 'GET',
    path: `${one}/files`,
    doc: 'pulls/pulls#list-pull-requests-files',
    ...read,
    handle: files,
  },
  {
    method: 'GET',
    path: `${one}/commits`,
    doc: 'pulls/pulls#list-commits-on-a-pull-request',
    ...read,
    handle: commits,
  },
  {
    method: 'GET',
    path: `${one}/merge`,
    doc: 'pulls/pulls#check-if-a-pull-request-has-been-merged',
    ...read,
    handle: isMerged,
  },
  {
    method: 'PUT',
    path: `${one}/merge`,
    doc: 'pulls/pulls#merge-a-pull-request',
    who: 'token',
    needs: ['contents:write'],
    handle: merge,
  },
  {
    method: 'PUT',
    path: `${one}/update-branch`,
    doc: 'pulls/pulls#update-a-pull-request-branch',
    ...write,
    handle: bringUpToDate,
  },
  {
    method: 'GET',
    path: `${one}/reviews`,
    doc: 'pulls/reviews#list-reviews-for-a-pull-request',
    ...read,
    handle: (call) => page(call, pullOf(call).reviews, (item) => reviewJson(call.state, pullOf(call), item)),
  },
  {
    method: 'POST',
    path: `${one}/reviews`,
    doc: 'pulls/reviews#create-a-review-for-a-pull-request',
    ...write,
    creates: true,
    handle: review,
  },
  {
    method: 'GET',
    path: `${one}/reviews/:review`,
    doc: 'pulls/reviews#get-a-review-for-a-pull-request',
    ...read,
    handle: (call) => ok(reviewJson(call.state, pullOf(call), reviewOf(call))),
  },
  {
    method: 'PUT',
    path: `${one}/reviews/:review/dismissals`,
    doc: 'pulls/reviews#dismiss-a-review-for-a-pull-request',
    ...write,
    handle: dismiss,
  },
];
