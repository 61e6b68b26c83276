import type { Clock } from '../../clock/port.ts';
import type { RepoRef } from '../../domain/pull.ts';
import { type Login, type Person, type PersonAccess, SignedOut } from '../../forge/login/port.ts';
import { ForgeError } from '../../forge/port.ts';
import { cookie, cookieOf, digestOf, isSame, newSecret } from './cookies.ts';
import type { Door, Reader } from './reader.ts';
import { away, words } from './respond.ts';

export interface GithubDoorOptions {
  readonly login: Login;
  /** Origin and path that people reach the pages under, without a slash at its end. */
  readonly url: () => string;
  readonly clock: Clock;
}

export interface GithubDoor extends Door {
  /** Sends a browser to GitHub. `to`: where it comes back to in the end. */
  begin(to: string): Response;
  /** GitHub sent it back. */
  callback(query: URLSearchParams, cookies: string): Promise<Response>;
  /** Forgets a session and ends its access. */
  leave(cookies: string): Promise<Response>;
}

/** How old what we know of a person's repositories may be. */
const freshMs = 60_000;
/** A session ends after a working day; the access that GitHub gives ends then as well. */
const longestMs = 8 * 3_600_000;
const attemptMs = 600_000;
/** Beyond, the oldest go: they can sign in again. */
const mostSessions = 2_000;
const mostAttempts = 1_000;

interface Rights {
  readonly person: Person;
  readonly repositories: ReadonlyMap<number, RepoRef>;
  readonly at: number;
}

interface Session {
  readonly access: PersonAccess;
  readonly csrf: string;
  readonly endsAt: number;
  rights: Rights;
  asking: Promise<Rights> | null;
}

interface Attempt {
  readonly verifier: string;
  readonly to: string;
  readonly endsAt: number;
}

/** A path of ours, and nothing that a browser could take for another host. */
const ownPath = (to: string): string => (/^\/(?![/\\])[\w\-./~%?&=+,:@]*$/.test(to) ? to : '/');

const keep = <T>(map: Map<string, T>, key: string, value: T, most: number): void => {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
};

/**
 * People sign in with the App's user authorisation. What they may see is asked for with their own access, at least once a
 * minute. Sessions and accesses are in memory: a restart ends them, and signing in again takes no click.
 * Times are those of the monotonic clock.
 */
export const createGithubDoor = ({ login, url, clock }: GithubDoorOptions): GithubDoor => {
  /** By the digest of what the cookie holds. */
  const sessions = new Map<string, Session>();
  const attempts = new Map<string, Attempt>();
  const base = (): string => new URL(url()).pathname.replace(/\/$/, '');
  const isSecure = (): boolean => url().startsWith('https:');
  // A browser takes such a name only over https, for the whole host, from the host itself.
  const nameOf = (what: string): string =>
    isSecure() && base() === '' ? `__Host-tidegate_${what}` : `tidegate_${what}_${new URL(url()).port}`;
  const bake = (what: string, value: string, lasts: number): string =>
    cookie({
      name: nameOf(what),
      value,
      path: `${base()}/`,
      site: 'Lax',
      secure: isSecure(),
      lasts,
    });
  const callbackUrl = (): string => `${url()}/login/callback`;

  const ask = async (access: PersonAccess): Promise<Rights> => {
    // From before it was asked: what is answered may be so old.
    const at = clock.monotonic();
    const [person, repositories] = [await access.person(), await access.repositories()];
    return { person, repositories: new Map(repositories.map((repo) => [repo.id, repo])), at };
  };

  const drop = (key: string): void => {
    const session = sessions.get(key);
    sessions.delete(key);
    void session?.access.revoke();
  };

  /** Null: the session is over. */
  const rightsOf = async (key: string, session: Session): Promise<Rights | null> => {
    const now = clock.monotonic();
    if (now >= session.endsAt) {
      drop(key);
      return null;
    }
    if (now - session.rights.at < freshMs) return session.rights;
    session.asking ??= ask(session.access).finally(() => {
      session.asking = null;
    });
    try {
      session.rights = await session.asking;
    } catch (error) {
      if (!(error instanceof SignedOut)) throw error;
      sessions.delete(key);
      return null;
    }
    // Signed out while we asked.
    return sessions.get(key) === session ? session.rights : null;
  };

  const find = (cookies: string): { readonly key: string; readonly session: Session } | null => {
    const value = cookieOf(cookies, nameOf('session'));
    if (value === null) return null;
    const key = digestOf(value);
    const session = sessions.get(key);
    return session === undefined ? null : { key, session };
  };

  const begin = (to: string): Response => {
    const [state, verifier] = [newSecret(), newSecret()];
    const now = clock.monotonic();
    for (const [old, { endsAt }] of attempts) if (endsAt <= now) attempts.delete(old);
    keep(attempts, state, { verifier, to: ownPath(to), endsAt: now + attemptMs }, mostAttempts);
    const address = login.address({ state, challenge: digestOf(verifier), callback: callbackUrl() });
    return away(address, { 'set-cookie': bake('login', state, attemptMs / 1000) });
  };

  return {
    begin,
    // By the one name that GitHub sends people back to: a cookie of another one would not be there then.
    turnAway: (path) => away(`${url()}/login?to=${encodeURIComponent(path)}`),
    reader: async (cookies) => {
      const found = find(cookies);
      if (found === null) return null;
      const { key, session } = found;
      const rights = await rightsOf(key, session);
      if (rights === null) return null;
      const { person, repositories } = rights;
      const reader: Reader = {
        actor: { ...person, kind: 'user' },
        csrf: session.csrf,
        repositories,
        stillIn: async (repositoryId) => {
          if (sessions.get(key) !== session) return false;
          const now = await rightsOf(key, session).catch(() => null);
          return now?.repositories.has(repositoryId) === true;
        },
      };
      return reader;
    },
    callback: async (query, cookies) => {
      const state = query.get('state') ?? '';
      const attempt = attempts.get(state);
      // Begun in this very browser, once, not long ago: else somebody could sign others in as themselves.
      const isOurs = attempt !== undefined && isSame(cookieOf(cookies, nameOf('login')) ?? '', state);
      if (!isOurs) return words(400, 'This sign-in was not begun here, or was used already. Begin again.');
      attempts.delete(state);
      const code = query.get('code');
      if (code === null || clock.monotonic() >= attempt.endsAt)
        return words(400, 'GitHub did not let you in, or it took too long. Begin again.');
      try {
        const access = await login.enter({ code, verifier: attempt.verifier, callback: callbackUrl() });
        const rights = await ask(access);
        const lives = Math.min(longestMs, access.livesMs ?? longestMs);
        const value = newSecret();
        const now = clock.monotonic();
        for (const [old, { endsAt }] of sessions) if (endsAt <= now) drop(old);
        const endsAt = now + lives;
        keep(
          sessions,
          digestOf(value),
          { access, csrf: newSecret(), endsAt, rights, asking: null },
          mostSessions,
        );
        const answer = away(`${base()}${attempt.to}`);
        answer.headers.append('set-cookie', bake('session', value, Math.floor(lives / 1000)));
        answer.headers.append('set-cookie', bake('login', '', 0));
        return answer;
      } catch (error) {
        if (error instanceof SignedOut || (error instanceof ForgeError && error.failure === 'refused'))
          return words(400, 'GitHub did not accept this sign-in. Begin again.');
        throw error;
      }
    },
    leave: async (cookies) => {
      const found = find(cookies);
      if (found !== null) drop(found.key);
      return new Response('You are signed out.\n', {
        headers: { 'content-type': 'text/plain; charset=utf-8', 'set-cookie': bake('session', '', 0) },
      });
    },
  };
};
