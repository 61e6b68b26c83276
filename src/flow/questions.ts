import type { Sha } from '../domain/ids.ts';
import type { RepoRef } from '../domain/pull.ts';
import type { Forge } from '../forge/port.ts';
import type { Git, TipsWish } from '../git/port.ts';
import type { FlowPorts } from './ports.ts';
import { atOnce, onceEach } from './rule-facts.ts';

/** What a decision asks of the Git host goes through these two. */
export type AskingPorts = Pick<FlowPorts, 'forge' | 'git'>;

/** All questions of a decision, asked of the Git host again at one moment. */
export interface Repeated<P> {
  /** Answer as the Git host does now; nothing is asked twice. What was never asked before goes to the Git host as ever. */
  readonly ports: P;
  /** Is a branch, a head or a tag somewhere else than where it was fetched? Then what was discovered from it is void. */
  readonly moved: Promise<boolean>;
}

/** Keeps what a decision asks of the Git host, so that it can be asked again. */
export interface Questions<P> {
  /** To be decided with. */
  readonly ports: P;
  /**
   * Asks everything again, all at the same time: it takes as long as the slowest answer, and not as long as all of them together.
   * The answers are for one decision and never for two.
   */
  repeat(): Repeated<P>;
}

/** What was fetched, and where it was then. */
interface Fetched {
  readonly repo: RepoRef;
  readonly wish: Pick<TipsWish, 'baseRef' | 'pullNumber'>;
  readonly base: Sha;
  /** Null: no pull request was asked about. */
  readonly head: Sha | null;
}

type Ask = (forge: Forge) => Promise<unknown>;

/** Everything that decisions read of the forge: whoever asks something else of it in a decision adds it here. */
const askedThrough = (asked: Map<string, Ask>, forge: Forge): Forge => {
  const noted =
    <A extends readonly unknown[], T>(name: string, of: (forge: Forge) => (...args: A) => Promise<T>) =>
    (...args: A): Promise<T> => {
      asked.set(JSON.stringify([name, ...args]), (again) => of(again)(...args));
      return of(forge)(...args);
    };
  return {
    ...forge,
    pull: noted('pull', (of) => of.pull),
    issue: noted('issue', (of) => of.issue),
    tipOf: noted('tipOf', (of) => of.tipOf),
    comment: noted('comment', (of) => of.comment),
    reviews: noted('reviews', (of) => of.reviews),
    authorship: noted('authorship', (of) => of.authorship),
    mergeFacts: noted('mergeFacts', (of) => of.mergeFacts),
    permission: noted('permission', (of) => of.permission),
    isMember: noted('isMember', (of) => of.isMember),
    environment: noted('environment', (of) => of.environment),
  };
};

/**
 * The forge at one moment, when all of these were asked. A comment is another thing than the rest: who holds one of ours against what we
 * have written asks a second time where the two differ, and gets an answer of then.
 */
const momentary = (forge: Forge, asked: Iterable<Ask>): Forge => {
  const comments = new Map<string, ReturnType<Forge['comment']>>();
  let isAsking = true;
  const moment: Forge = {
    ...forge,
    ...atOnce(forge),
    pull: onceEach(forge.pull),
    issue: onceEach(forge.issue),
    tipOf: onceEach(forge.tipOf),
    comment: (pull, commentId) => {
      const key = JSON.stringify([pull, commentId]);
      const known = comments.get(key);
      comments.delete(key);
      if (known !== undefined) return known;
      const answer = forge.comment(pull, commentId);
      if (isAsking) comments.set(key, answer);
      return answer;
    },
  };
  // Who decides takes the answers, and hears what went wrong with them.
  for (const ask of asked) void ask(moment).catch(() => undefined);
  isAsking = false;
  return moment;
};

/** For one decision that is made now, and made again later. */
export const createQuestions = <P extends AskingPorts>(ports: P): Questions<P> => {
  const asked = new Map<string, Ask>();
  const fetched = new Map<string, Fetched>();
  const tags = new Map<number, { readonly repo: RepoRef; readonly found: ReadonlyMap<string, Sha> }>();

  const git: Git = {
    ...ports.git,
    fetch: async (repo, wish) => {
      const found = await ports.git.fetch(repo, wish);
      const { baseRef, pullNumber } = wish;
      fetched.set(`${repo.id} ${pullNumber} ${baseRef}`, { repo, wish: { baseRef, pullNumber }, ...found });
      return found;
    },
    fetchBranch: async (repo, wish) => {
      const base = await ports.git.fetchBranch(repo, wish);
      const { baseRef } = wish;
      fetched.set(`${repo.id} - ${baseRef}`, { repo, wish: { baseRef, pullNumber: null }, base, head: null });
      return base;
    },
    tags: async (repo, wish) => {
      const found = await ports.git.tags(repo, wish);
      tags.set(repo.id, { repo, found });
      return found;
    },
  };

  const withRemote = async <T>(
    repo: RepoRef,
    ask: (remote: Pick<TipsWish, 'url' | 'token'>) => Promise<T>,
  ): Promise<T> => {
    const { url, token, done } = await ports.forge.remote(repo);
    return ask({ url, token }).finally(done);
  };
  const isElsewhere = async ({ repo, wish, base, head }: Fetched): Promise<boolean> => {
    const now = await withRemote(repo, (remote) => ports.git.tips(repo, { ...remote, ...wish }));
    return now.base !== base || (head !== null && now.head !== head);
  };
  const areOthers = async ({
    repo,
    found,
  }: {
    readonly repo: RepoRef;
    readonly found: ReadonlyMap<string, Sha>;
  }): Promise<boolean> => {
    const now = await withRemote(repo, (remote) => ports.git.tags(repo, remote));
    return now.size !== found.size || [...found].some(([name, at]) => now.get(name) !== at);
  };

  return {
    ports: { ...ports, git, forge: askedThrough(asked, ports.forge) },
    repeat: () => {
      const forge = momentary(ports.forge, asked.values());
      const moved = Promise.all([
        ...[...fetched.values()].map(isElsewhere),
        ...[...tags.values()].map(areOthers),
      ]).then((answers) => answers.includes(true));
      void moved.catch(() => undefined);
      return { ports: { ...ports, git, forge: askedThrough(asked, forge) }, moved };
    },
  };
};
