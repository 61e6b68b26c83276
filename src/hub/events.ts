import type { App } from './app-state.ts';
import { grants } from './identity.ts';
import { accountJson, nodeId, organisationJson } from './shape/account.ts';
import { pullJson } from './shape/pull.ts';
import { repoPayload } from './shape/repo.ts';
import type { Account, HubState, Pull, Repo } from './state.ts';

export interface RepositoryEvent {
  readonly repo: Repo;
  readonly event: string;
  readonly action: string | null;
  readonly sender: Account;
  /** What stands between `action` and `repository`. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Instead of the usual repository object. */
  readonly repository?: unknown;
  /** For events only one App may see (its own checks asked for again). */
  readonly only?: App;
  /** What an installation has to be granted to hear of it. */
  readonly needs?: string;
}

/** Sends an event to every App that is installed on the repository and subscribed to it. */
export const emit = (state: HubState, { repo, event, action, sender, payload, ...rest }: RepositoryEvent) => {
  for (const installation of state.installations.values()) {
    const { app } = installation;
    if (!installation.repoIds.has(repo.id)) continue;
    if (rest.needs !== undefined && !grants(installation.permissions, rest.needs)) continue;
    if (rest.only === undefined ? !app.events.includes(event) : rest.only !== app) continue;
    state.send({
      app,
      event,
      action,
      installationId: installation.id,
      repositoryId: repo.id,
      payload: {
        ...(action === null ? {} : { action }),
        ...payload,
        repository: rest.repository ?? repoPayload(state, repo),
        ...(repo.owner.type === 'Organization' ? { organization: organisationJson(state, repo.owner) } : {}),
        sender: accountJson(state, sender),
        installation: { id: installation.id, node_id: nodeId('MDIz', installation.id) },
      },
    });
  }
};

/** A `pull_request` event; `more` holds what belongs to its action (`changes`, `before`, `label` ...). */
export const emitPull = (
  state: HubState,
  pull: Pull,
  action: string,
  sender: Account,
  more: Readonly<Record<string, unknown>> = {},
): void =>
  emit(state, {
    repo: pull.repo,
    event: 'pull_request',
    action,
    sender,
    payload: { number: pull.number, pull_request: pullJson(state, pull), ...more },
  });
