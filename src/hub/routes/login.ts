import { permissionOf } from '../access.ts';
import type { App, Installation } from '../app-state.ts';
import { HubError, notFound } from '../errors.ts';
import { installationsOf, reposOf } from '../login.ts';
import { installationJson } from '../shape/app.ts';
import { permissionFlags, repoJson } from '../shape/repo.ts';
import type { Account } from '../state.ts';
import { type Call, nothing, page, type Route, requiredText } from './route.ts';

/** A person, through an App: what these routes are for. */
const throughApp = ({ identity }: Call): { readonly app: App; readonly account: Account } => {
  if (identity.kind !== 'token' || identity.token.kind !== 'user') throw notFound();
  const { account, through } = identity.token;
  if (through === null)
    throw new HubError(
      403,
      'You must authenticate with an access token authorized to a GitHub App in order to list installations',
    );
  return { account, app: through };
};

const installationOf = (call: Call): { readonly installation: Installation; readonly account: Account } => {
  const { app, account } = throughApp(call);
  const installation = installationsOf(call.state, app, account).find(
    ({ id }) => id === call.id('installation'),
  );
  if (installation === undefined) throw notFound();
  return { installation, account };
};

/** A person who lets an App see what they see. */
export const loginRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/user/installations',
    doc: 'apps/installations#list-app-installations-accessible-to-the-user-access-token',
    who: 'token',
    handle: (call) => {
      const { app, account } = throughApp(call);
      return page(
        call,
        installationsOf(call.state, app, account),
        (one) => installationJson(call.state, one),
        (shown, total) => ({ total_count: total, installations: shown }),
      );
    },
  },
  {
    method: 'GET',
    path: '/user/installations/:installation/repositories',
    doc: 'apps/installations#list-repositories-accessible-to-the-user-access-token',
    who: 'token',
    handle: (call) => {
      const { installation, account } = installationOf(call);
      return page(
        call,
        reposOf(call.state, installation, account),
        (repo) => ({
          ...repoJson(call.state, repo),
          permissions: permissionFlags(permissionOf(repo, account)),
        }),
        (shown, total) => ({ total_count: total, repository_selection: 'selected', repositories: shown }),
      );
    },
  },
  {
    method: 'DELETE',
    path: '/applications/:client/token',
    doc: 'apps/oauth-applications#delete-an-app-token',
    who: 'client',
    handle: (call) => {
      const text = requiredText(call.body, 'access_token');
      const token = call.state.tokens.get(text);
      const { identity } = call;
      if (identity.kind !== 'client' || identity.app.clientId !== call.param('client')) throw notFound();
      if (token?.kind !== 'user' || token.through !== identity.app) throw notFound();
      call.state.tokens.delete(text);
      return nothing;
    },
  },
];
