import { exclusively, isSelf, requirePermission } from './access.ts';
import { HubError, invalid } from './errors.ts';
import { emitPull } from './events.ts';
import { refreshFacts } from './facts.ts';
import { commitsOf, resolve } from './git/read.ts';
import { closePull, keepHeadRef } from './pushes.ts';
import { labelJson } from './shape/pull.ts';
import type { Actor, HubState, Label, Pull, Repo } from './state.ts';

export interface PullWish {
  readonly title: string;
  readonly body?: string | null;
  /** `branch`, or `owner:branch` for a fork. */
  readonly head: string;
  readonly base: string;
  readonly draft?: boolean;
}

/** The repository and branch `owner:branch` means: the base repository or one of its forks. */
const headOf = (state: HubState, repo: Repo, head: string): { repo: Repo; ref: string } => {
  const [owner, ref] = head.includes(':') ? head.split(/:(.*)/s) : [repo.owner.login, head];
  const found = [repo, ...state.repos.values()].find(
    (one) =>
      (one === repo || one.parent === repo) && one.owner.login.toLowerCase() === (owner ?? '').toLowerCase(),
  );
  if (found === undefined || ref === undefined || ref === '') throw invalid('PullRequest', 'head', 'invalid');
  return { repo: found, ref };
};

/** Opens a pull request; 422 where head or base do not exist, nothing lies between them, or one is open already. */
export const openPull = (state: HubState, repo: Repo, actor: Actor, wish: PullWish): Promise<Pull> =>
  exclusively(repo, async () => {
    requirePermission(repo, actor, 'read');
    if (wish.title.trim() === '') throw invalid('PullRequest', 'title', 'missing_field');
    const from = headOf(state, repo, wish.head);
    if (from.repo === repo) requirePermission(repo, actor, 'write');
    const headSha = await resolve(from.repo.folder, `refs/heads/${from.ref}`);
    if (headSha === null) throw invalid('PullRequest', 'head', 'invalid');
    const baseSha = await resolve(repo.folder, `refs/heads/${wish.base}`);
    if (baseSha === null) throw invalid('PullRequest', 'base', 'invalid');
    for (const other of repo.pulls.values()) {
      if (other.state === 'open' && other.head.repo === from.repo && other.head.ref === from.ref) {
        if (other.base.ref !== wish.base) continue;
        const message = `A pull request already exists for ${from.repo.owner.login}:${from.ref}.`;
        throw new HubError(422, 'Validation Failed', [{ resource: 'PullRequest', code: 'custom', message }]);
      }
    }
    const at = state.clock.now();
    const pull: Pull = {
      id: state.nextId(),
      number: repo.nextNumber,
      repo,
      title: wish.title,
      body: wish.body ?? null,
      state: 'open',
      draft: wish.draft ?? false,
      author: actor.account,
      app: actor.app,
      head: { repo: from.repo, ref: from.ref, sha: headSha },
      base: { ref: wish.base, sha: baseSha },
      labels: new Set(),
      reviews: [],
      threads: [],
      timeline: [],
      facts: null,
      mergeableKnown: false,
      createdAt: at,
      updatedAt: at,
      closedAt: null,
      mergedAt: null,
      mergedBy: null,
      mergeCommit: null,
    };
    await keepHeadRef(pull, headSha);
    if ((await commitsOf(repo.folder, [`${baseSha}..${headSha}`], { limit: 1 })).length === 0) {
      const message = `No commits between ${wish.base} and ${wish.head}`;
      throw new HubError(422, 'Validation Failed', [{ resource: 'PullRequest', code: 'custom', message }]);
    }
    repo.nextNumber += 1;
    repo.pulls.set(pull.number, pull);
    await refreshFacts(state, pull);
    emitPull(state, pull, 'opened', actor.account);
    return pull;
  });

export interface PullChange {
  readonly title?: string;
  readonly body?: string | null;
  readonly state?: 'open' | 'closed';
  readonly base?: string;
}

const requireAuthorOr = (pull: Pull, actor: Actor, need: 'triage' | 'write'): void => {
  if (!isSelf(actor, pull.author)) requirePermission(pull.repo, actor, need);
};

/** Changes title, body, state or base; each kind of change is an event of its own. */
export const updatePull = (state: HubState, pull: Pull, actor: Actor, change: PullChange): Promise<void> =>
  exclusively(pull.repo, async () => {
    requireAuthorOr(pull, actor, change.state === undefined ? 'write' : 'triage');
    if (change.title !== undefined && change.title.trim() === '')
      throw invalid('PullRequest', 'title', 'missing_field');
    const at = state.clock.now();
    const { account } = actor;
    const changes: Record<string, unknown> = {};
    if (change.base !== undefined && change.base !== pull.base.ref) {
      if (pull.state !== 'open')
        throw invalid('PullRequest', 'base', 'custom', 'Cannot change the base of a closed pull request.');
      const sha = await resolve(pull.repo.folder, `refs/heads/${change.base}`);
      if (sha === null) throw invalid('PullRequest', 'base', 'invalid');
      changes['base'] = { ref: { from: pull.base.ref }, sha: { from: pull.base.sha } };
      pull.timeline.push({ at, actor: account, kind: 'base', from: pull.base.ref, to: change.base });
      pull.base.ref = change.base;
      pull.base.sha = sha;
      await refreshFacts(state, pull);
    }
    if (change.title !== undefined && change.title !== pull.title) {
      changes['title'] = { from: pull.title };
      pull.timeline.push({ at, actor: account, kind: 'renamed', from: pull.title, to: change.title });
      pull.title = change.title;
    }
    if (change.body !== undefined && change.body !== pull.body) {
      changes['body'] = { from: pull.body ?? '' };
      pull.body = change.body;
    }
    if (Object.keys(changes).length > 0) {
      pull.updatedAt = at;
      emitPull(state, pull, 'edited', account, { changes });
    }
    if (change.state === 'closed' && pull.state === 'open') closePull(state, pull, actor, null);
    if (change.state === 'open' && pull.state === 'closed') await reopen(state, pull, actor);
    state.touch(pull.repo);
  });

const reopen = async (state: HubState, pull: Pull, actor: Actor): Promise<void> => {
  const refuse = (message: string): HubError =>
    new HubError(422, 'Validation Failed', [
      { resource: 'PullRequest', code: 'custom', field: 'state', message },
    ]);
  if (pull.mergedAt !== null) throw refuse('state cannot be changed. The pull request has been merged.');
  const head = await resolve(pull.head.repo.folder, `refs/heads/${pull.head.ref}`);
  if (head === null) throw refuse(`state cannot be changed. The ${pull.head.ref} branch has been deleted.`);
  const at = state.clock.now();
  await keepHeadRef(pull, head);
  pull.head.sha = head;
  pull.base.sha = (await resolve(pull.repo.folder, `refs/heads/${pull.base.ref}`)) ?? pull.base.sha;
  pull.state = 'open';
  pull.closedAt = null;
  pull.updatedAt = at;
  pull.timeline.push({ at, actor: actor.account, kind: 'reopened' });
  await refreshFacts(state, pull);
  emitPull(state, pull, 'reopened', actor.account);
};

/** To draft and back. GitHub has this in GraphQL only (`convertPullRequestToDraft`, `markPullRequestReadyForReview`). */
export const setDraft = (state: HubState, pull: Pull, actor: Actor, draft: boolean): void => {
  requireAuthorOr(pull, actor, 'write');
  if (pull.state !== 'open') throw new HubError(422, 'Pull request is closed');
  if (pull.draft === draft) return;
  const at = state.clock.now();
  pull.draft = draft;
  pull.updatedAt = at;
  pull.timeline.push({ at, actor: actor.account, kind: draft ? 'draft' : 'ready' });
  emitPull(state, pull, draft ? 'converted_to_draft' : 'ready_for_review', actor.account);
  state.touch(pull.repo);
};

/** Adds labels, making those the repository does not have yet, as GitHub does. */
export const addLabels = (state: HubState, pull: Pull, actor: Actor, names: readonly string[]): void => {
  requirePermission(pull.repo, actor, 'triage');
  for (const name of names) {
    if (name.trim() === '' || name.length > 50) throw invalid('Label', 'name', 'invalid');
    const known = pull.repo.labels.get(name.toLowerCase());
    const label: Label = known ?? { id: state.nextId(), name, color: 'ededed' };
    pull.repo.labels.set(name.toLowerCase(), label);
    if (pull.labels.has(label)) continue;
    const at = state.clock.now();
    pull.labels.add(label);
    pull.updatedAt = at;
    pull.timeline.push({ at, actor: actor.account, kind: 'labeled', label: label.name });
    emitPull(state, pull, 'labeled', actor.account, { label: labelJson(state, pull.repo, label) });
  }
};

/** 404 when the pull request does not have the label. */
export const removeLabel = (state: HubState, pull: Pull, actor: Actor, name: string): void => {
  requirePermission(pull.repo, actor, 'triage');
  const label = pull.repo.labels.get(name.toLowerCase());
  if (label === undefined || !pull.labels.delete(label)) throw new HubError(404, 'Label does not exist');
  const at = state.clock.now();
  pull.updatedAt = at;
  pull.timeline.push({ at, actor: actor.account, kind: 'unlabeled', label: label.name });
  emitPull(state, pull, 'unlabeled', actor.account, { label: labelJson(state, pull.repo, label) });
};
