import { cookie, cookieOf, digestOf, isSame, newSecret } from './cookies.ts';
import type { Door, Reader } from './reader.ts';
import { away, words } from './respond.ts';

export interface LinkDoor extends Door {
  /** For the one address of this start. */
  readonly token: string;
}

/**
 * For a server that only this machine reaches, and where nobody signs in. Code of strangers may run on it beside us, so that
 * 127.0.0.1 is no proof of anything: what lets in is an address that is made anew at each start and shown to whoever started it.
 *
 * @param base path that the pages are reached under, or empty
 */
export const createLinkDoor = ({ base }: { readonly base: string }): LinkDoor => {
  const token = newSecret();
  // What a browser keeps is not what the terminal showed.
  const session = newSecret();
  // Cookies are shared by all ports of a host: two servers must not take each other's away.
  const name = `tidegate_${digestOf(token).slice(0, 8)}`;
  const reader: Reader = {
    actor: null,
    csrf: newSecret(),
    repositories: null,
    stillIn: async () => true,
  };
  return {
    token,
    reader: async (cookies) => (isSame(cookieOf(cookies, name) ?? '', session) ? reader : null),
    turnAway: (path) => {
      const given = /^\/\?token=([\w-]{1,100})$/.exec(path)?.[1];
      if (given !== undefined && isSame(given, token))
        return away(`${base}/`, {
          'set-cookie': cookie({ name, value: session, path: `${base}/`, site: 'Strict', secure: false }),
        });
      return words(
        401,
        'These pages want the address that this start of the server made: it is in the terminal that started it, or in the file that its log names.',
      );
    },
  };
};
