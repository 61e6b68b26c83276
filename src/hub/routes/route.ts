import { findAccount } from '../access.ts';
import type { App, Delivery } from '../app-state.ts';
import { HubError, notFound } from '../errors.ts';
import type { Faults } from '../faults.ts';
import { type Commit, commitOf, resolve } from '../git/read.ts';
import type { Identity } from '../identity.ts';
import type { Limits } from '../limits.ts';
import type { Account, Actor, CheckRun, Comment, HubState, Permission, Pull, Repo } from '../state.ts';

/** What a handler may use. */
export interface RouteWorld {
  readonly state: HubState;
  readonly limits: Limits;
  readonly faults: Faults;
  /** Of what the hub has no answer to; its end throws where there are any. */
  readonly unknownRequests: string[];
  redeliver(delivery: Delivery): void;
}

/** One request, already let in. */
export interface Call {
  readonly world: RouteWorld;
  readonly state: HubState;
  readonly identity: Identity;
  /** Who the token stands for; throws 401 for nobody. */
  actor(): Actor;
  /** The App of a JWT. */
  app(): App;
  /** Of `/repos/:owner/:repo/…`; throws 404 in other routes. */
  repo(): Repo;
  param(name: string): string;
  /** A parameter that is a number; 404 where it is none. */
  id(name: string): number;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** For Link headers: the address without its query. */
  readonly address: string;
}

export interface Answer {
  readonly status: number;
  /** Absent for an answer without a body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With parameters in hono's way; GitHub's own template is derived from it. */
  readonly path: string;
  /** Below https://docs.github.com/en/rest/ */
  readonly doc: string;
  /** `app`: a JWT. `client`: the App by its client secret. `token`: a person or an installation. `anyone`: nobody, too. */
  readonly who: 'app' | 'client' | 'token' | 'installation' | 'anyone';
  /** Permissions an installation needs; one of them is enough. */
  readonly needs?: readonly string[];
  /** What a person needs in the repository; `read` when absent. */
  readonly role?: Permission;
  /** Counts against the limit on making content. */
  readonly creates?: boolean;
  handle(call: Call): Answer | Promise<Answer>;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
export const nothing: Answer = { status: 204 };

/** One page of a list, with GitHub's Link header. `per_page` is 30 unless asked, 100 at most. */
export const page = <T>(
  call: Call,
  items: readonly T[],
  shape: (item: T) => unknown,
  wrap: (shown: readonly unknown[], total: number) => unknown = (shown) => shown,
): Answer => {
  const wish = (name: string, fallback: number): number => {
    const value = Number.parseInt(call.query.get(name) ?? '', 10);
    return Number.isInteger(value) && value > 0 ? value : fallback;
  };
  const size = Math.min(100, wish('per_page', 30));
  const number = wish('page', 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const at = (target: number, rel: string): string => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(target));
    return `<${call.address}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(number > 1 ? [at(Math.min(number - 1, last), 'prev')] : []),
    ...(number < last ? [at(number + 1, 'next'), at(last, 'last')] : []),
    ...(number > 1 ? [at(1, 'first')] : []),
  ];
  const shown = items.slice((number - 1) * size, number * size).map(shape);
  return {
    status: 200,
    body: wrap(shown, items.length),
    ...(links.length === 0 ? {} : { headers: { link: links.join(', ') } }),
  };
};

const wrongType = (name: string, value: unknown, type: string): HubError =>
  new HubError(
    422,
    `Invalid request.\n\nFor 'properties/${name}', ${JSON.stringify(value)?.slice(0, 60)} is not a ${type}.`,
  );

/** A text of the body; undefined when absent. */
export const text = (body: Call['body'], name: string): string | undefined => {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType(name, value, 'string');
  return value;
};

export const flag = (body: Call['body'], name: string): boolean | undefined => {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw wrongType(name, value, 'boolean');
  return value;
};

export const requiredText = (body: Call['body'], name: string): string => {
  const value = text(body, name);
  if (value === undefined) throw new HubError(422, `Invalid request.\n\n"${name}" wasn't supplied.`);
  return value;
};

export const list = (body: Call['body'], name: string): readonly unknown[] | undefined => {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrongType(name, value, 'array');
  return value;
};

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const pullOf = (call: Call, name = 'number'): Pull => {
  const pull = call.repo().pulls.get(call.id(name));
  if (pull === undefined) throw notFound();
  return pull;
};

export const commentOf = (call: Call): Comment => {
  const comment = call.repo().comments.get(call.id('comment'));
  if (comment === undefined) throw notFound();
  return comment;
};

export const checkRunOf = (call: Call): CheckRun => {
  const run = call.repo().checkRuns.get(call.id('run'));
  if (run === undefined) throw notFound();
  return run;
};

export const userOf = (call: Call, name: string): Account => {
  const account = findAccount(call.state, call.param(name));
  if (account === null) throw notFound();
  return account;
};

/** The commit a ref of the address names; GitHub's 422 for a commit that is not there. */
export const commitAt = async (call: Call, ref: string): Promise<Commit> => {
  const { folder } = call.repo();
  const sha = await resolve(folder, ref.replace(/^(heads|tags)\//, 'refs/$1/'));
  const commit = sha === null ? null : await commitOf(folder, sha);
  if (commit === null) throw new HubError(422, `No commit found for SHA: ${ref}`);
  return commit;
};
