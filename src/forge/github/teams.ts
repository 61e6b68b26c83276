import { type Forge, ForgeError } from '../port.ts';
import type { Connection } from './connection.ts';

/** Anything else would only change which address is asked. */
const loginShape = /^[A-Za-z0-9][\w-]{0,99}$/;
const slugShape = /^[A-Za-z0-9_-]{1,100}$/;

/** The call's result; null where GitHub says that it is not there, or not for us to see. */
const orUnseen = async <T>(call: Promise<T>): Promise<T | null> => {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ForgeError && (error.failure === 'gone' || error.failure === 'refused')) return null;
    throw error;
  }
};

/** Who is in which team. See the port for what it costs and what it needs. */
export const createTeams = (connection: Connection): Pick<Forge, 'isMember'> => ({
  async isMember(repo, { organisation, slug }, login) {
    if (!loginShape.test(organisation) || !slugShape.test(slug)) return null;
    const { teams } = connection.api(repo).rest;
    const team = { org: organisation, team_slug: slug };
    if (loginShape.test(login)) {
      const found = await orUnseen(teams.getMembershipForUserInOrg({ ...team, username: login }));
      // `pending` was invited and has not agreed.
      if (found !== null) return found.data.state === 'active';
    }
    // "Not there" is said of who is not in it and of a team that is not there alike.
    return (await orUnseen(teams.getByName(team))) === null ? null : false;
  },
});
