import type { App } from './app-state.ts';
import { HubError } from './errors.ts';
import type { Signature } from './git/write.ts';
import {
  type Account,
  type Actor,
  type HubState,
  type Permission,
  permissionLevels,
  type Repo,
} from './state.ts';

/** Null for a login nobody has; upper and lower case are the same, as on GitHub. */
export const findAccount = (state: HubState, login: string): Account | null =>
  state.accounts.get(login.toLowerCase()) ?? null;

/** Null where there is no such repository; whether the asker may see it is `permissionOf`. */
export const findRepo = (state: HubState, owner: string, name: string): Repo | null => {
  for (const repo of state.repos.values()) {
    if (
      repo.owner.login.toLowerCase() === owner.toLowerCase() &&
      repo.name.toLowerCase() === name.toLowerCase()
    )
      return repo;
  }
  return null;
};

const wholeName = (owner: string, name: string): string => `${owner}/${name}`.toLowerCase();

/** The repository that was called so before, where none is called so now. */
export const findMoved = (state: HubState, owner: string, name: string): Repo | null => {
  const id = state.formerNames.get(wholeName(owner, name));
  return id === undefined || findRepo(state, owner, name) !== null ? null : (state.repos.get(id) ?? null);
};

/** From now on this name leads nowhere else (`id` null), or to that repository. */
export const leadName = (state: HubState, owner: string, name: string, id: number | null): void => {
  if (id === null) state.formerNames.delete(wholeName(owner, name));
  else state.formerNames.set(wholeName(owner, name), id);
};

export const atLeast = (have: Permission, need: Permission): boolean =>
  permissionLevels.indexOf(have) >= permissionLevels.indexOf(need);

/** What a person may do in a repository. */
export const permissionOf = (repo: Repo, account: Account): Permission => {
  if (repo.owner === account || repo.owner.owners.has(account.id)) return 'admin';
  return repo.collaborators.get(account.id) ?? (repo.private ? 'none' : 'read');
};

/**
 * Throws 404 to somebody who may not even see the repository, 403 to one who may see but not do.
 * An App passes: what it may do was granted to its installation, and the route has checked that.
 */
export const requirePermission = (repo: Repo, actor: Actor, need: Permission): void => {
  if (actor.app !== null) return;
  const have = permissionOf(repo, actor.account);
  if (have === 'none') throw new HubError(404, 'Not Found');
  if (!atLeast(have, need))
    throw new HubError(403, `Must have ${need === 'admin' ? 'admin' : need} rights to Repository.`);
};

/** True for an author acting on what is theirs. */
export const isSelf = (actor: Actor, author: Account): boolean => actor.account === author;

export const asUser = (account: Account): Actor => ({ account, app: null });

export const asApp = (app: App): Actor => ({ account: app.bot, app });

/** A person, or an App where the account is a bot. */
export const asItself = (state: HubState, account: Account): Actor => {
  const app = [...state.apps.values()].find(({ bot }) => bot === account);
  return app === undefined ? asUser(account) : asApp(app);
};

/** GitHub's `author_association`. */
export const associationOf = (repo: Repo, account: Account): 'OWNER' | 'MEMBER' | 'COLLABORATOR' | 'NONE' => {
  if (repo.owner === account) return 'OWNER';
  if (repo.owner.owners.has(account.id)) return 'MEMBER';
  return repo.collaborators.has(account.id) ? 'COLLABORATOR' : 'NONE';
};

/** How an account signs a commit made now. */
export const signatureOf = (state: HubState, account: Account): Signature => ({
  name: account.name ?? account.login,
  email: `${account.id}+${account.login}@users.noreply.github.com`,
  at: state.clock.now(),
});

/** What GitHub itself signs: merges made with its button. */
export const forgeSignature = (state: HubState): Signature => ({
  name: 'GitHub',
  email: 'noreply@github.com',
  at: state.clock.now(),
});

/** The account behind a commit's email, null for a stranger's. */
export const accountOfEmail = (state: HubState, email: string): Account | null => {
  const match = /^(\d+)\+(.+)@users\.noreply\.github\.com$/.exec(email);
  const login = match?.[2];
  return login === undefined ? null : findAccount(state, login);
};

/**
 * Git work on one repository, one at a time: a merge that reads a branch and moves it must not have
 * a push in between.
 */
export const exclusively = <T>(repo: Repo, work: () => Promise<T>): Promise<T> => {
  const turn = repo.busy.then(work, work);
  repo.busy = turn.catch(() => undefined);
  return turn;
};
