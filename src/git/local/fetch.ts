import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Sha, sha, type TreeId } from '../../domain/ids.ts';
import { UserError } from '../../domain/problem.ts';
import type { RepoRef } from '../../domain/pull.ts';
import type { Log } from '../../observe/log.ts';
import type { FetchWish, Git } from '../port.ts';
import { isBranchName } from './branch-name.ts';
import { GitFailed, type RunGit } from './command.ts';
import { judgeFetch, missingRef, saysDamage, saysPromised } from './fetch-judge.ts';
import type { Known } from './known.ts';
import { mergeWith } from './merge-files.ts';
import type { Mirrors } from './mirror.ts';
import { readPlaces, readTags } from './tags.ts';
import { createTalk, type Files, type Remote } from './talk.ts';
import { createTurns } from './turns.ts';
import { createWhole } from './whole.ts';

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
  readonly remote: Remote;
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

const refspecsOf = (wanted: readonly Wanted[]): readonly string[] => [
  ...new Set(wanted.map(({ theirs, ours }) => `+${theirs}:${ours}`)),
];

/** The address, checked: http or https, and nothing in it that could be a credential. */
const plainUrl = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain = url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
  if (!plain || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError('not a plain http address of a Git repository');
  }
  return url.href;
};

export interface Fetching {
  fetch(repo: RepoRef, wish: Wish): Promise<Tips>;
  readonly complete: Git['complete'];
  readonly push: Git['push'];
  readonly tags: Git['tags'];
  readonly tips: Git['tips'];
  /** Runs `work` when nobody fetches into the mirror; the signal fires when somebody wants to. */
  alone(repositoryId: number, work: (signal: AbortSignal) => Promise<void>): Promise<void>;
  /** Writes into the mirror in a turn of its own: nobody fetches, tidies up or takes it away meanwhile. */
  writing<T>(repositoryId: number, work: () => Promise<T>): Promise<T>;
  /** Is a server asked for this mirror, or about to be, or is it written into? */
  isBusy(repositoryId: number): boolean;
  /** Ends what goes on alone. */
  disturbAll(): void;
  /** For a mirror that is removed. */
  forget(repositoryId: number): void;
}

/**
 * Single flight per repository. One fetch runs at a time; whoever comes meanwhile shares the next
 * one, which asks for all their refs at once with the newest caller's token. So a caller never gets
 * the result of a fetch that started before it asked.
 *
 * A mirror that we begin comes without files where the server knows how to leave them out, and gets those of what was asked for while
 * the token is there (decision 40).
 */
export const createFetch = (
  run: RunGit,
  mirrors: Mirrors,
  known: Known,
  log: Log,
  options: { readonly timeout: number; readonly blobless: boolean; readonly empty: string },
): Fetching => {
  const talk = createTalk(run, options.timeout);
  const whole = createWhole(run, known);
  const lines = new Map<number, Caller[]>();
  const completing = new Map<number, number>();
  const disturbed = new Map<number, AbortController>();
  const disturb = (id: number): void => disturbed.get(id)?.abort();
  const inTurn = createTurns();
  const writing = async <T>(id: number, work: () => Promise<T>): Promise<T> => {
    try {
      completing.set(id, (completing.get(id) ?? 0) + 1);
      disturb(id);
      return await inTurn(String(id), work);
    } finally {
      completing.set(id, (completing.get(id) ?? 1) - 1);
    }
  };

  // Only we write these refs and nothing packs them, so a file each is all there is to read.
  const tip = async (id: number, ref: string): Promise<Sha> =>
    sha((await readFile(join(mirrors.path(id), ref), 'utf8')).trim());

  const begin = async (repository: string, remote: Remote, refspecs: readonly string[]): Promise<void> => {
    if (!options.blobless) return void (await talk.refs(repository, remote, refspecs, 'all'));
    // Before anything is in it: a mirror that lacks files must never be taken for one that has all.
    await mirrors.setBlobless(repository, true);
    const { filtered } = await talk.refs(repository, remote, refspecs, 'none');
    if (!filtered) await mirrors.setBlobless(repository, false);
  };

  /** A branch that is new here may bring years of history; what goes on from there brings its few files at once. */
  const goOn = async (id: number, remote: Remote, wanted: readonly Wanted[]): Promise<void> => {
    const repository = mirrors.path(id);
    const branches = wanted.filter(({ theirs }) => theirs.startsWith('refs/heads/'));
    const known = await Promise.all(branches.map(({ ours }) => tip(id, ours).catch(() => null)));
    const refs = (files: Files) => talk.refs(repository, remote, refspecsOf(wanted), files);
    if (!(await mirrors.isBlobless(id))) await refs('all');
    else if (known.includes(null)) await refs('none');
    else
      await refs('new').catch((error: unknown) => {
        // Told as what differs from an older file, which is not here.
        if (!(error instanceof GitFailed && saysPromised(error.stderr))) throw error;
        return refs('none');
      });
  };

  const fetchOnce = async (id: number, newest: Caller, wanted: readonly Wanted[]): Promise<void> => {
    const rebuild = async (why: string, withAll: boolean): Promise<void> => {
      log.warn('the mirror is damaged and is built anew', { repositoryId: id, why });
      whole.forget(id);
      await mirrors.replace(id, async (fresh) => {
        const refspecs = refspecsOf(wanted);
        if (withAll) await talk.refs(fresh, newest.remote, refspecs, 'all');
        else await begin(fresh, newest.remote, refspecs);
      });
      // What was read meanwhile was said by the old one.
      known.forget(id);
    };
    try {
      // What could not be read may be a file that was not brought: that must not happen again.
      if (await mirrors.isCondemned(id)) return await rebuild('an object could not be read', true);
      const { isNew } = await mirrors.prepare(id);
      if (isNew) await begin(mirrors.path(id), newest.remote, refspecsOf(wanted));
      else await goOn(id, newest.remote, wanted);
    } catch (error) {
      mirrors.distrust(id);
      // Trying what failed because of the server on an empty mirror would only load it more.
      const local = error instanceof GitFailed && judgeFetch(error, newest.remote.url).reason === 'local';
      if (!local || !saysDamage(error.stderr)) throw error;
      await rebuild(error.stderr.slice(0, 500), false);
    }
  };

  const bring = async (id: number, remote: Remote, of: readonly (Sha | TreeId)[]): Promise<void> => {
    const repository = mirrors.path(id);
    const ids = await whole.missing(id, repository, of);
    if (ids.length > 0) await talk.objects(repository, remote, ids);
    await whole.remember(id, repository, of);
  };

  const bringFiles = async (id: number, remote: Remote, tips: readonly Tips[]): Promise<void> => {
    if (!(await mirrors.isBlobless(id))) return;
    const repository = mirrors.path(id);
    const bringing = bring(
      id,
      remote,
      tips.flatMap(({ base, head }) => [base, head]),
    );
    // Beside it, for it needs none of the files: where two began says whether there is anything to merge, and is remembered.
    const begun = tips.flatMap(({ base, head }) =>
      base === head ? [] : [known.mergeBase(id, repository, base, head)],
    );
    await Promise.allSettled([bringing, ...begun]);
    await bringing;
    const merged = new Set<TreeId>();
    for (const { base, head } of tips) {
      if (base === head) continue;
      const tree = await mergeWith(run, known, { id, repository }, { base, head }, whole, (ids) =>
        ids.length === 0 ? Promise.resolve() : talk.objects(repository, remote, ids),
      );
      if (tree !== null) merged.add(tree);
    }
    if (merged.size > 0) await bring(id, remote, [...merged]);
  };

  const serve = async (id: number, callers: readonly Caller[]): Promise<void> => {
    let left = callers;
    for (let newest = left.at(-1); newest !== undefined; newest = left.at(-1)) {
      const { url } = newest.remote;
      try {
        await fetchOnce(
          id,
          newest,
          left.flatMap((caller) => [caller.base, caller.head]),
        );
        const tips: Tips[] = [];
        for (const { base, head } of left)
          tips.push({ base: await tip(id, base.ours), head: await tip(id, head.ours) });
        await bringFiles(id, newest.remote, tips);
        await mirrors.used(id);
        left.forEach(({ resolve }, at) => {
          const found = tips[at];
          if (found !== undefined) resolve(found);
        });
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
    while (line.length > 0) await inTurn(String(id), () => serve(id, line.splice(0)));
    lines.delete(id);
  };

  return {
    fetch: async (repo, wish) => {
      const wanted = wantedOf(wish);
      const remote = { url: plainUrl(wish.url), token: wish.token };
      mirrors.path(repo.id);
      return await new Promise<Tips>((resolve, reject) => {
        const caller = { remote, ...wanted, resolve, reject };
        const line = lines.get(repo.id);
        if (line !== undefined) {
          line.push(caller);
          return;
        }
        const fresh = [caller];
        lines.set(repo.id, fresh);
        disturb(repo.id);
        void drain(repo.id, fresh);
      });
    },
    complete: async ({ id }, of, open) => {
      const repository = mirrors.path(id);
      if (!(await mirrors.isBlobless(id))) return;
      if ((await whole.missing(id, repository, of)).length === 0) return;
      const { url, token, done } = await open();
      const remote = { url: plainUrl(url), token };
      try {
        await writing(id, () => bring(id, remote, of));
      } catch (error) {
        throw error instanceof GitFailed ? judgeFetch(error, url) : error;
      } finally {
        done();
      }
    },
    push: async ({ id }, { url, token, branch, commit }) => {
      if (!isBranchName(branch)) throw new TypeError(`not the name of a branch: ${branch}`);
      const remote = { url: plainUrl(url), token };
      try {
        return await writing(id, () => talk.push(mirrors.path(id), remote, branch, sha(commit)));
      } catch (error) {
        if (!(error instanceof GitFailed)) throw error;
        const failure = judgeFetch(error, url);
        if (failure.reason === 'denied') return { kind: 'not-permitted' };
        throw failure;
      }
    },
    tips: async (_, wish) => {
      const { base, head } = wantedOf(wish);
      const remote = { url: plainUrl(wish.url), token: wish.token };
      const names = wish.pullNumber === null ? [base.theirs] : [base.theirs, head.theirs];
      try {
        const places = readPlaces(await talk.places(options.empty, remote, names));
        return {
          base: places.get(base.theirs) ?? null,
          head: wish.pullNumber === null ? null : (places.get(head.theirs) ?? null),
        };
      } catch (error) {
        throw error instanceof GitFailed ? judgeFetch(error, wish.url) : error;
      }
    },
    tags: async (_, { url, token }) => {
      const remote = { url: plainUrl(url), token };
      try {
        return readTags(await talk.tags(options.empty, remote));
      } catch (error) {
        throw error instanceof GitFailed ? judgeFetch(error, url) : error;
      }
    },
    writing,
    alone: async (id, work) => {
      if (disturbed.has(id) || lines.has(id)) return;
      const going = new AbortController();
      disturbed.set(id, going);
      await inTurn(String(id), () => work(going.signal)).finally(() => disturbed.delete(id));
    },
    disturbAll: () => {
      for (const going of disturbed.values()) going.abort();
    },
    isBusy: (repositoryId) =>
      lines.has(repositoryId) || (completing.get(repositoryId) ?? 0) > 0 || disturbed.has(repositoryId),
    forget: whole.forget,
  };
};
