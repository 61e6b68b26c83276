import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { asUser, findAccount } from '../access.ts';
import { forbidden } from '../errors.ts';
import type { Account, Actor, HubState } from '../state.ts';

/** Who looks at a page. */
export interface Visitor {
  readonly actor: Actor;
  /** Goes into every form. */
  readonly csrf: string;
  readonly people: readonly Account[];
}

const same = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
};

export interface Sessions {
  /**
   * The visitor, or the answer to give instead: a redirect without the token for a first visit with `?token=`,
   * 401 for one without.
   */
  enter(c: Context): Visitor | Response;
  /** Throws 403 for a form that another site sent, or that is not from this start of the hub. */
  checkForm(c: Context, csrf: unknown): void;
  actAs(c: Context, login: string): void;
  /** The visitor as a page showed them, which another tab may have switched away from; unchanged for a login nobody has. */
  shownAs(visitor: Visitor, login: string | undefined): Visitor;
}

/** Cookies are shared by all ports of a host: two hubs must not take each other's. */
export const createSessions = (state: HubState, token: string): Sessions => {
  const port = new URL(state.url).port;
  const entered = `hub_entered_${port}`;
  const acting = `hub_acting_${port}`;
  const csrf = createHmac('sha256', token).update('forms').digest('base64url');
  const cookie = { httpOnly: true, sameSite: 'Lax', path: '/' } as const;
  const people = (): Account[] => [...state.accounts.values()].filter(({ type }) => type === 'User');

  return {
    enter(c) {
      const given = c.req.query('token');
      if (given !== undefined && same(given, token)) {
        setCookie(c, entered, token, cookie);
        const address = new URL(c.req.url);
        address.searchParams.delete('token');
        return c.redirect(`${address.pathname}${address.search}`, 303);
      }
      if (!same(getCookie(c, entered) ?? '', token))
        return c.text('Open the address that the terminal printed: it holds the token of this start.\n', 401);
      const everyone = people();
      const account = findAccount(state, getCookie(c, acting) ?? '');
      const who = account?.type === 'User' ? account : everyone[0];
      if (who === undefined) return c.text('This hub has no users yet.\n', 503);
      return { actor: asUser(who), csrf, people: everyone };
    },
    checkForm(c, given) {
      const origin = c.req.header('origin');
      if (origin !== undefined && origin !== new URL(c.req.url).origin)
        throw forbidden('The form came from another site.');
      if (typeof given !== 'string' || !same(given, csrf))
        throw forbidden('The form is from an earlier start of this hub. Load the page again.');
    },
    shownAs(visitor, login) {
      const account = findAccount(state, login ?? '');
      return account?.type === 'User' ? { ...visitor, actor: asUser(account) } : visitor;
    },
    actAs(c, login) {
      const account = findAccount(state, login);
      if (account?.type === 'User') setCookie(c, acting, account.login, cookie);
    },
  };
};
