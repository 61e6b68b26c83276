import { type Actor, atLeast, type Permission } from '../pull.ts';
import type { Action, People } from './requirement.ts';

/** What is known of the people whom rules are about. */
export interface PeopleFacts {
  /** `none` for strangers. */
  readonly permissionOf: (login: string) => Permission;
  /** Null: not known, which counts as no. */
  readonly isMember: (team: string, login: string) => boolean | null;
}

const leastPermission = (action: Action): Permission | null => {
  // Nothing is undone less: where no rule says who, nobody may.
  if (action === 'destroy') return null;
  // It is one word for everything there is.
  if (action === 'apply-all') return null;
  // The one takes away what another run may still stand on, the other goes past what everybody agreed to.
  return action === 'force-unlock' || action === 'break-glass' ? 'admin' : 'write';
};

/** Who may where no rule says who. */
export const usually = (action: Action): People => ({
  users: [],
  teams: [],
  permission: leastPermission(action),
});

/** Is somebody one of these people? */
export const isAmong = (people: People, { login }: Actor, facts: PeopleFacts): boolean =>
  people.users.includes(login.toLowerCase()) ||
  people.teams.some((team) => facts.isMember(team, login) === true) ||
  (people.permission !== null && atLeast(facts.permissionOf(login), people.permission));

/** "the team acme/database, ada or somebody with maintain permission" */
export const peopleText = ({ users, teams, permission }: People): string => {
  const names = [
    ...teams.map((team) => `\`${team}\``),
    ...users.map((user) => `\`${user}\``),
    ...(permission === null ? [] : [`anybody with ${permission} permission`]),
  ];
  const last = names.at(-1);
  if (last === undefined) return 'nobody';
  const others = names.slice(0, -1);
  return others.length === 0 ? last : `${others.join(', ')} or ${last}`;
};
