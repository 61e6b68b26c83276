import type { RestEndpointMethodTypes } from '@octokit/rest';
import type { Clock } from '../../clock/port.ts';
import { sha } from '../../domain/ids.ts';
import {
  type Actor,
  type Permission,
  type Pull,
  type PullRef,
  permissions,
  type Review,
} from '../../domain/pull.ts';
import { ForgeError } from '../port.ts';
import { namesOf } from './fields.ts';

type Answers = RestEndpointMethodTypes;
type PullAnswer = Answers['pulls']['get']['response']['data'];
type ReviewAnswer = Answers['pulls']['listReviews']['response']['data'][number];
type PermissionAnswer = Answers['repos']['getCollaboratorPermissionLevel']['response']['data'];

/** GitHub shows what deleted accounts did under this name; in the API their user is null. */
const ghost: Actor = { id: 0, login: 'ghost', kind: 'user' };

/** Whoever is not plainly a person is a bot: a bot's words and approvals count for less. */
export const actorFrom = (
  user: { readonly id: number; readonly login: string; readonly type?: string } | null | undefined,
): Actor => (user ? { id: user.id, login: user.login, kind: user.type === 'User' ? 'user' : 'bot' } : ghost);

/** When GitHub answered, by its own clock where it shows it: ours may be wrong. Unix milliseconds. */
export const answeredAt = (
  headers: { readonly date?: string | undefined },
  clock: Pick<Clock, 'now'>,
): number => {
  const sent = Date.parse(headers.date ?? '');
  return Number.isNaN(sent) ? clock.now() : sent;
};

/**
 * https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request
 *
 * A repository that was renamed answers under its old name as well, by a redirect. From here on it goes by its new one:
 * git follows no redirect, and the operator allows names.
 *
 * @throws {ForgeError} `gone` when the name belongs to another repository by now.
 */
export const pullFrom = (ref: PullRef, data: PullAnswer): Pull => {
  if (data.base.repo.id !== ref.repo.id) {
    throw new ForgeError('gone', `${ref.repo.owner}/${ref.repo.name} is another repository by now`);
  }
  const names = namesOf(data.base.repo.full_name);
  if (names === null)
    throw new ForgeError('unavailable', 'GitHub answered without the name of the repository');
  // The types promise a head repository; it is null once the fork is deleted.
  const headRepo: { readonly id: number } | null = data.head.repo;
  return {
    ref: { ...ref, repo: { ...ref.repo, ...names } },
    title: data.title,
    url: data.html_url,
    state: data.state === 'open' ? 'open' : 'closed',
    merged: mergedFrom(data),
    draft: data.draft ?? false,
    author: actorFrom(data.user),
    head: { sha: sha(data.head.sha), ref: data.head.ref, repoId: headRepo?.id ?? null },
    base: {
      sha: sha(data.base.sha),
      ref: data.base.ref,
      isDefault: data.base.ref === data.base.repo.default_branch,
    },
  };
};

const mergedFrom = (data: PullAnswer): Pull['merged'] => {
  if (!data.merged) return null;
  const { merge_commit_sha: commit, merged_at: at, merged_by: by } = data;
  // Both are null in the types for pull requests that are not merged.
  if (commit === null || at === null)
    throw new ForgeError('unavailable', 'GitHub answered without the commit of a merge');
  return { commit: sha(commit), by: by === null ? null : actorFrom(by), at: Date.parse(at) };
};

const reviewStates: ReadonlyMap<string, Review['state']> = new Map([
  ['APPROVED', 'approved'],
  ['CHANGES_REQUESTED', 'changes_requested'],
  ['COMMENTED', 'commented'],
  ['DISMISSED', 'dismissed'],
  ['PENDING', 'pending'],
]);

/** https://docs.github.com/en/rest/pulls/reviews#list-reviews-for-a-pull-request */
export const reviewFrom = (data: ReviewAnswer): Review => ({
  id: data.id,
  author: actorFrom(data.user),
  // A state that GitHub invents later says neither yes nor no.
  state: reviewStates.get(data.state.toUpperCase()) ?? 'commented',
  commit: data.commit_id ? sha(data.commit_id) : null,
  // Only a pending review, which nobody but its author sees, has no date.
  submittedAt: data.submitted_at === undefined ? 0 : Date.parse(data.submitted_at),
});

/** What `permission` says for each role; it knows neither triage nor maintain. */
const legacy: Readonly<Record<Permission, string>> = {
  none: 'none',
  read: 'read',
  triage: 'read',
  write: 'write',
  maintain: 'write',
  admin: 'admin',
};

/**
 * `role_name` is finer, and free text for an organisation's own roles: it counts only where it
 * agrees with `permission`. What neither says is `none`.
 * https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
 */
export const permissionFrom = (
  data: Pick<PermissionAnswer, 'permission'> & { role_name?: string },
): Permission => {
  const role = permissions.find((known) => known === data.role_name && legacy[known] === data.permission);
  return role ?? permissions.find((known) => known === data.permission) ?? 'none';
};

/**
 * Where Git lives, from where the API lives: `api.` in front of the host, or `/api/v3` after it.
 * https://docs.github.com/en/enterprise-server/rest/using-the-rest-api/getting-started-with-the-rest-api
 */
export const gitUrl = (apiUrl: string, owner: string, name: string): string => {
  const api = new URL(apiUrl);
  const path = api.pathname.replace(/\/+$/, '').replace(/\/api\/v3$/, '');
  const host = path === '' && !/\/api\/v3\/*$/.test(api.pathname) ? api.host.replace(/^api\./, '') : api.host;
  return `${api.protocol}//${host}${path}/${encodeURIComponent(owner)}/${encodeURIComponent(name)}.git`;
};
