import type { components } from '@octokit/openapi-types';
import type { HubState } from '../state.ts';
import type { Team } from '../teams.ts';
import { apiUrl, isoTime, nodeId, organisationJson } from './account.ts';

type Schemas = components['schemas'];

const teamUrl = (state: HubState, { organisation, slug }: Team): string =>
  `${apiUrl(state)}/orgs/${organisation.login}/teams/${slug}`;

/** A team as others carry it. */
export const simpleTeamJson = (state: HubState, team: Team) =>
  ({
    id: team.id,
    node_id: nodeId('T', team.id),
    url: teamUrl(state, team),
    members_url: `${teamUrl(state, team)}/members{/member}`,
    name: team.slug,
    description: null,
    permission: 'pull',
    privacy: 'closed' as const,
    html_url: `${state.url}/orgs/${team.organisation.login}/teams/${team.slug}`,
    repositories_url: `${teamUrl(state, team)}/repos`,
    slug: team.slug,
    type: 'organization' as const,
  }) satisfies Schemas['team-simple'];

/** `GET /orgs/{org}/teams/{team_slug}`. */
export const teamJson = (state: HubState, team: Team): Schemas['team-full'] => {
  const { organisation } = team;
  const html = `${state.url}/${organisation.login}`;
  const repos = [...state.repos.values()].filter(({ owner }) => owner === organisation);
  return {
    ...simpleTeamJson(state, team),
    parent: team.parent === null ? null : simpleTeamJson(state, team.parent),
    members_count: team.members.size,
    repos_count: 0,
    created_at: isoTime(team.createdAt),
    updated_at: isoTime(team.createdAt),
    organization: {
      ...organisationJson(state, organisation),
      html_url: html,
      has_organization_projects: false,
      has_repository_projects: false,
      public_repos: repos.filter((repo) => !repo.private).length,
      public_gists: 0,
      followers: 0,
      following: 0,
      archived_at: null,
      created_at: isoTime(organisation.createdAt),
      updated_at: isoTime(organisation.createdAt),
      type: 'Organization',
    },
  };
};

/** `GET /orgs/{org}/teams/{team_slug}/memberships/{username}`. */
export const membershipJson = (
  state: HubState,
  team: Team,
  login: string,
  membership: 'active' | 'pending',
): Schemas['team-membership'] => ({
  url: `${teamUrl(state, team)}/memberships/${login}`,
  role: 'member',
  state: membership,
});
