import { type Deployment, type DeploymentState, stateOf } from '../deployments.ts';
import type { Pull } from '../state.ts';
import { type Html, markup } from './html.ts';
import { sha } from './layout.ts';
import type { Health } from './lists.ts';
import type { Item } from './thread.ts';
import { webLink } from './web-link.ts';

const looks: Readonly<Record<DeploymentState, Health>> = {
  success: 'good',
  failure: 'bad',
  error: 'bad',
  inactive: 'none',
  in_progress: 'busy',
  queued: 'busy',
  pending: 'busy',
};

/** Of a commit that the pull request's head is or was, and of its merge. */
const deploymentsOf = (pull: Pull): readonly Deployment[] => {
  const pushed = pull.timeline.flatMap((event) =>
    event.kind === 'pushed' ? [event.before, event.after] : [],
  );
  const commits = new Set([
    pull.head.sha,
    ...pushed,
    ...(pull.mergeCommit === null ? [] : [pull.mergeCommit]),
  ]);
  return [...pull.repo.deployments.values()].filter((one) => commits.has(one.sha)).reverse();
};

const row = (deployment: Deployment): Html => {
  const state = stateOf(deployment);
  const last = deployment.statuses.at(-1);
  return markup`<li class="status"><span class="dot ${looks[state]}" aria-hidden="true"></span><span class="name">${deployment.environment}</span> <span class="words">${deployment.description ?? deployment.task} ${sha(deployment.sha)} ${webLink(last?.logUrl ?? null, 'Log')}</span><span class="state">${state.replaceAll('_', ' ')}</span></li>`;
};

/** What was deployed from this pull request, newest first; null where nothing was. */
export const deploymentsBox = (pull: Pull): Item | null => {
  const found = deploymentsOf(pull);
  if (found.length === 0) return null;
  return {
    id: 'deployments',
    html: markup`<section class="card checks"><h2>Deployments</h2><ul>${found.map(row)}</ul></section>`,
  };
};
