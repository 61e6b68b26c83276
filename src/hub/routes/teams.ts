import { notFound } from '../errors.ts';
import { membershipJson, teamJson } from '../shape/team.ts';
import { findTeam, membershipOf, type Team } from '../teams.ts';
import { type Call, ok, type Route, userOf } from './route.ts';

/** Teams of other organisations are not there for an installation; people see those of organisations they own or are in. */
const teamOf = (call: Call): Team => {
  const team = findTeam(call.state, call.param('org'), call.param('team'));
  if (team === null) throw notFound();
  const { organisation } = team;
  const { identity } = call;
  if (identity.kind === 'token' && identity.token.kind === 'installation') {
    if (identity.token.installation.account !== organisation) throw notFound();
    return team;
  }
  const { account } = call.actor();
  const teams = [...call.state.teams.values()].filter((one) => one.organisation === organisation);
  const isInside =
    organisation.owners.has(account.id) || teams.some(({ members }) => members.get(account.id) === 'active');
  if (!isInside) throw notFound();
  return team;
};

const base = '/orgs/:org/teams/:team';

export const teamRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: base,
    doc: 'teams/teams#get-a-team-by-name',
    who: 'token',
    needs: ['members:read'],
    handle: (call) => ok(teamJson(call.state, teamOf(call))),
  },
  {
    method: 'GET',
    path: `${base}/memberships/:user`,
    doc: 'teams/members#get-team-membership-for-a-user',
    who: 'token',
    needs: ['members:read'],
    handle: (call) => {
      const team = teamOf(call);
      const account = userOf(call, 'user');
      const membership = membershipOf(call.state, team, account);
      if (membership === null) throw notFound();
      return ok(membershipJson(call.state, team, account.login, membership));
    },
  },
];
