import { privateUserJson, publicUserJson } from '../shape/account.ts';
import { type Answer, type Call, ok, type Route, userOf } from './route.ts';

const whoOf = (call: Call): string => (call.identity.kind === 'token' ? call.identity.text : 'nobody');

const rates = (call: Call): Answer => {
  const core = call.world.limits.window(whoOf(call));
  // Names of resources that the hub does not have but GitHub always lists.
  const others = [
    'graphql',
    'search',
    'code_search',
    'source_import',
    'integration_manifest',
    'actions_runner_registration',
    'scim',
    'dependency_snapshots',
    'dependency_sbom',
    'code_scanning_autofix',
    'copilot_usage_records',
  ];
  const idle = { limit: core.limit, used: 0, remaining: core.limit, reset: core.reset };
  return ok({
    resources: { core, ...Object.fromEntries(others.map((name) => [name, idle])) },
    rate: core,
  });
};

export const metaRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/user',
    doc: 'users/users#get-the-authenticated-user',
    who: 'token',
    handle: (call) => ok(privateUserJson(call.state, call.actor().account)),
  },
  {
    method: 'GET',
    path: '/users/:user',
    doc: 'users/users#get-a-user',
    who: 'anyone',
    handle: (call) => ok(publicUserJson(call.state, userOf(call, 'user'))),
  },
  {
    method: 'GET',
    path: '/rate_limit',
    doc: 'rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user',
    who: 'anyone',
    handle: rates,
  },
  {
    method: 'GET',
    path: '/meta',
    doc: 'meta/meta#get-apiname-meta-information',
    who: 'anyone',
    handle: () =>
      ok({ verifiable_password_authentication: false, hooks: ['127.0.0.1/32'], api: ['127.0.0.1/32'] }),
  },
];
