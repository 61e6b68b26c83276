import { HubError } from './errors.ts';
import type { Account, HubState } from './state.ts';

export interface Team {
  readonly id: number;
  readonly organisation: Account;
  readonly slug: string;
  /** The team that it is below. */
  readonly parent: Team | null;
  /** Ids of those in this very team; `pending` was invited and has not agreed. */
  readonly members: Map<number, 'active' | 'pending'>;
  readonly createdAt: number;
}

/** Upper and lower case are the same, as on GitHub. */
export const findTeam = (state: HubState, organisation: string, slug: string): Team | null =>
  [...state.teams.values()].find(
    (team) =>
      team.organisation.login.toLowerCase() === organisation.toLowerCase() &&
      team.slug === slug.toLowerCase(),
  ) ?? null;

/** Below one another they go as deep as wished; `parent` is a slug. */
export const addTeam = (
  state: HubState,
  organisation: Account,
  slug: string,
  wish: {
    readonly parent?: string;
    readonly members?: readonly Account[];
    readonly pending?: readonly Account[];
  } = {},
): Team => {
  if (organisation.type !== 'Organization') throw new HubError(422, 'only organisations have teams');
  if (!/^[a-z0-9_-]+$/.test(slug) || findTeam(state, organisation.login, slug) !== null)
    throw new HubError(422, `not a free slug: ${slug}`);
  const parent = wish.parent === undefined ? null : findTeam(state, organisation.login, wish.parent);
  if (wish.parent !== undefined && parent === null) throw new HubError(422, `no such team: ${wish.parent}`);
  const team: Team = {
    id: state.nextId(),
    organisation,
    slug,
    parent,
    members: new Map([
      ...(wish.pending ?? []).map(({ id }) => [id, 'pending'] as const),
      ...(wish.members ?? []).map(({ id }) => [id, 'active'] as const),
    ]),
    createdAt: state.clock.now(),
  };
  state.teams.set(team.id, team);
  return team;
};

const isBelow = (team: Team, other: Team): boolean =>
  team === other || (team.parent !== null && isBelow(team.parent, other));

/** "Team members will include the members of child teams." Null: not in it, nor in one below it. */
export const membershipOf = (state: HubState, team: Team, account: Account): 'active' | 'pending' | null => {
  const found = [...state.teams.values()]
    .filter((one) => isBelow(one, team))
    .map(({ members }) => members.get(account.id) ?? null);
  return found.includes('active') ? 'active' : found.includes('pending') ? 'pending' : null;
};
