import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Sha, sha } from '../../domain/ids.ts';
import { UserError } from '../../domain/problem.ts';
import type { RepoRef } from '../../domain/pull.ts';
import type { Log } from '../../observe/log.ts';
import type { FetchWish } from '../port.ts';
import { isBranchName } from './branch-name.ts';
import { GitFailed, type RunGit } from './command.ts';
import { judgeFetch, missingRef, saysDamage } from './fetch-judge.ts';
import type { Mirrors } from './mirror.ts';

/** A ref of the server and the ref of ours that it is kept under. */
interface Wanted {
  readonly theirs: string;
  readonly ours: string;
}

/** Where the base branch and the head of the pull request are. */
export interface Tips {
  readonly base: Sha;
  readonly head: Sha;
}

/** Null: no pull request, its tip is that of the branch. */
type Wish = Omit<FetchWish, 'pullNumber'> & { readonly pullNumber: number | null };

interface Caller {
  readonly wish: Wish;
  readonly url: string;
  readonly base: Wanted;
  readonly head: Wanted;
  readonly resolve: (tips: Tips) => void;
  readonly reject: (error: unknown) => void;
}

/** Branch names may clash as files (`a` and `a/b`, in turn) and be long: a digest never does. */
const ownBaseRef = (name: string): string =>
  `refs/tidegate/base/${createHash('sha256').update(name).digest('hex').slice(0, 40)}`;

const wantedOf = (wish: Wish): { readonly base: Wanted; readonly head: Wanted } => {
  if (!isBranchName(wish.baseRef)) {
    throw new UserError({
      code: 'path-refused',
      sentence: `The base branch is called \`${wish.baseRef.slice(0, 200)}\`, which is not a name Git allows.`,
      advice: 'Rename the branch, and open the pull request against it again.',
    });
  }
  const { pullNumber } = wish;
  if (pullNumber !== null && (!Number.isSafeInteger(pullNumber) || pullNumber < 1)) {
    throw new TypeError(`not a pull request number: ${pullNumber}`);
  }
  const base = { theirs: `refs/heads/${wish.baseRef}`, ours: ownBaseRef(wish.baseRef) };
  return {
    base,
    head:
      pullNumber === null
        ? base
        : { theirs: `refs/pull/${pullNumber}/head`, ours: `refs/tidegate/pull/${pullNumber}` },
  };
};

/** The address, checked: http or https, and nothing in it that could be a credential. */
const plainUrl = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain = url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
  if (!plain || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError('not a plain http address of a Git repository');
  }
  return url.href;
};

/** The token as a header for this one host. */
const credentials = (url: string, token: string): string => {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  return `[http "${new URL(url).origin}/"]\n\textraHeader = "Authorization: Basic ${basic}"\n`;
};

/**
 * Single flight per repository. One fetch runs at a time; whoever comes meanwhile shares the next
 * one, which asks for all their refs at once with the newest caller's token. So a caller never gets
 * the result of a fetch that started before it asked.
 */
export const createFetch = (
  run: RunGit,
  mirrors: Mirrors,
  log: Log,
  timeout: number,
): {
  readonly fetch: (repo: RepoRef, wish: Wish) => Promise<Tips>;
  /** Is one under way, or in line? */
  readonly isBusy: (repositoryId: number) => boolean;
} => {
  const lines = new Map<number, Caller[]>();

  // Only we write these refs and nothing packs them, so a file each is all there is to read.
  const tip = async (id: number, ref: string): Promise<Sha> =>
    sha((await readFile(join(mirrors.path(id), ref), 'utf8')).trim());

  const fetchInto = (repository: string, { url, wish }: Caller, refspecs: readonly string[]) =>
    run(
      [
        'fetch',
        '--quiet',
        '--force',
        '--no-tags',
        '--no-recurse-submodules',
        '--no-auto-maintenance',
        '--no-write-fetch-head',
        '--stdin',
        '--end-of-options',
        url,
      ],
      {
        repository,
        input: `${refspecs.join('\n')}\n`,
        ...(wish.token === '' ? {} : { hidden: credentials(url, wish.token) }),
        timeout,
        talks: true,
      },
    );

  const fetchOnce = async (id: number, newest: Caller, refspecs: readonly string[]): Promise<void> => {
    const rebuild = async (why: string): Promise<void> => {
      log.warn('the mirror is damaged and is built anew', { repositoryId: id, why });
      await mirrors.replace(id, async (fresh) => {
        await fetchInto(fresh, newest, refspecs);
      });
    };
    try {
      if (await mirrors.isCondemned(id)) return await rebuild('an object could not be read');
      await mirrors.prepare(id);
      await fetchInto(mirrors.path(id), newest, refspecs);
    } catch (error) {
      mirrors.distrust(id);
      // Trying what failed because of the server on an empty mirror would only load it more.
      const local = error instanceof GitFailed && judgeFetch(error, newest.url).reason === 'local';
      if (!local || !saysDamage(error.stderr)) throw error;
      await rebuild(error.stderr.slice(0, 500));
    }
  };

  const serve = async (id: number, callers: readonly Caller[]): Promise<void> => {
    let left = callers;
    for (let newest = left.at(-1); newest !== undefined; newest = left.at(-1)) {
      const { url } = newest;
      const wanted = left.flatMap((caller) => [caller.base, caller.head]);
      const refspecs = new Set(wanted.map((each) => `+${each.theirs}:${each.ours}`));
      try {
        await fetchOnce(id, newest, [...refspecs]);
        await mirrors.used(id);
        for (const caller of left) {
          caller.resolve({ base: await tip(id, caller.base.ours), head: await tip(id, caller.head.ours) });
        }
        return;
      } catch (error) {
        const failure = error instanceof GitFailed ? judgeFetch(error, url) : error;
        const missing = error instanceof GitFailed ? missingRef(error.stderr) : null;
        // One closed pull request or deleted branch must not fail the others that share the fetch.
        const blamed =
          missing === null
            ? left
            : left.filter(({ base, head }) => base.theirs === missing || head.theirs === missing);
        const guilty = blamed.length === 0 ? left : blamed;
        for (const caller of guilty) caller.reject(failure);
        left = left.filter((caller) => !guilty.includes(caller));
      }
    }
  };

  const drain = async (id: number, line: Caller[]): Promise<void> => {
    while (line.length > 0) await serve(id, line.splice(0));
    lines.delete(id);
  };

  const fetch = async (repo: RepoRef, wish: Wish): Promise<Tips> => {
    const wanted = wantedOf(wish);
    const url = plainUrl(wish.url);
    mirrors.path(repo.id);
    return await new Promise<Tips>((resolve, reject) => {
      const caller = { wish, url, ...wanted, resolve, reject };
      const line = lines.get(repo.id);
      if (line !== undefined) {
        line.push(caller);
        return;
      }
      const fresh = [caller];
      lines.set(repo.id, fresh);
      void drain(repo.id, fresh);
    });
  };

  return { fetch, isBusy: (repositoryId) => lines.has(repositoryId) };
};
