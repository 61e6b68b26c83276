import { permissionOf } from '../access.ts';
import { checksOf } from '../checks.ts';
import type { Account, HubState, Issue, Pull, Repo } from '../state.ts';
import { statusesOf } from '../statuses.ts';
import { type Html, markup } from './html.ts';
import { conversationPath, formFields, pullPath, repoPath, time } from './layout.ts';
import type { Visitor } from './session.ts';

export type PullLook = 'open' | 'draft' | 'merged' | 'closed';

export const lookOf = (pull: Pull): PullLook =>
  pull.mergedAt !== null ? 'merged' : pull.state === 'closed' ? 'closed' : pull.draft ? 'draft' : 'open';

export const pill = (pull: Pull): Html => {
  const look = lookOf(pull);
  return markup`<span class="pill ${look}">${look.slice(0, 1).toUpperCase()}${look.slice(1)}</span>`;
};

/** An issue is open or closed and nothing else. */
export const issuePill = ({ state }: Issue): Html =>
  markup`<span class="pill ${state === 'open' ? 'open' : 'merged'}">${state === 'open' ? 'Open' : 'Closed'}</span>`;

export type Health = 'good' | 'bad' | 'asks' | 'busy' | 'none';

/** All checks and statuses of a commit together: one failure is bad, else one that asks for somebody asks, else one unfinished is busy. */
export const healthOf = (repo: Repo, commit: string): Health => {
  const runs = checksOf(repo, commit);
  const statuses = statusesOf(repo, commit);
  if (runs.length + statuses.length === 0) return 'none';
  const fine = ['success', 'neutral', 'skipped', 'action_required'];
  if (runs.some(({ conclusion }) => conclusion !== null && !fine.includes(conclusion))) return 'bad';
  if (statuses.some(({ state }) => state === 'failure' || state === 'error')) return 'bad';
  if (runs.some(({ conclusion }) => conclusion === 'action_required')) return 'asks';
  return runs.some(({ status }) => status !== 'completed') ||
    statuses.some(({ state }) => state === 'pending')
    ? 'busy'
    : 'good';
};

export const healthWords: Readonly<Record<Health, string>> = {
  good: 'all checks passed',
  bad: 'a check failed',
  asks: 'a check asks for somebody to act',
  busy: 'checks not finished',
  none: 'no checks',
};

const pullRow = (pull: Pull): Html => {
  const health = healthOf(pull.repo, pull.head.sha);
  return markup`<li>${pill(pull)}<div><a class="title" href="${pullPath(pull)}">${pull.title}</a>
<small>#${pull.number} by ${pull.author.login}, ${time(pull.createdAt)}</small></div>
${health === 'none' ? null : markup`<span class="dot ${health}" role="img" aria-label="${healthWords[health]}" title="${healthWords[health]}"></span>`}</li>`;
};

const newestFirst = <T extends { readonly number: number }>(all: Iterable<T>): readonly T[] =>
  [...all].sort((a, b) => b.number - a.number);

const issueRow = (issue: Issue): Html =>
  markup`<li>${issuePill(issue)}<div><a class="title" href="${conversationPath(issue)}">${issue.title}</a>
<small>#${issue.number} by ${issue.author.login}, ${time(issue.createdAt)}</small></div></li>`;

/** The issues of one repository; null where it never had one. */
export const issueList = (repo: Repo): Html | null =>
  repo.issues.size === 0
    ? null
    : markup`<h3>Issues</h3><ul class="rows">${newestFirst(repo.issues.values()).map(issueRow)}</ul>`;

/** What people may do to the world behind a repository; null where that is nothing. */
export const buttonForms = (repo: Repo, visitor: Visitor): Html | null =>
  repo.buttons.length === 0
    ? null
    : markup`<section class="card">${repo.buttons.map(
        ({ label, says }, index) =>
          markup`<form method="post" action="${repoPath(repo)}/buttons/${index}">${formFields(visitor)}<p>${says} <button>${label}</button></p></form>`,
      )}</section>`;

/** The pull requests of one repository. */
export const pullList = (repo: Repo): Html => {
  const pulls = newestFirst(repo.pulls.values());
  if (pulls.length === 0)
    return markup`<p class="empty">No pull request yet. Push a branch and open one.</p>`;
  return markup`<ul class="rows">${pulls.map(pullRow)}</ul>`;
};

export const mayRead = (repo: Repo, account: Account): boolean => permissionOf(repo, account) !== 'none';

/** Every repository the visitor may see, with its pull requests. */
export const repoList = (state: HubState, account: Account): Html => {
  const repos = [...state.repos.values()].filter((repo) => mayRead(repo, account));
  if (repos.length === 0) return markup`<p class="empty">There is no repository that you may see.</p>`;
  return markup`${repos.map(
    (
      repo,
    ) => markup`<section class="card"><h2><a href="${repoPath(repo)}">${repo.owner.login}/${repo.name}</a>
${repo.private ? markup`<span class="tag">private</span>` : null}</h2>
${repo.description === null ? null : markup`<p class="about">${repo.description}</p>`}
${pullList(repo)}${issueList(repo)}</section>`,
  )}`;
};
