import type { Sha } from '../../domain/ids.ts';
import type { Actor, Permission, Pull, PullRef, RepoRef, Review } from '../../domain/pull.ts';
import { type CheckUpsert, type Forge, ForgeError, type Reaction, type Remote } from '../port.ts';

interface MemoryComment {
  readonly id: number;
  readonly pullNumber: number;
  readonly body: string;
  readonly author: Actor;
  /** Written through our own App. */
  readonly ours: boolean;
  readonly reactions: readonly Reaction[];
}

interface MemoryCheck extends CheckUpsert {
  readonly id: number;
}

/** `before`: the call does nothing. `after`: it has its effect and the answer is lost. */
type FaultTime = 'before' | 'after';

export interface MemoryForge {
  readonly forge: Forge;
  /** Adds a pull request, or puts this one in the place of the one of the same number. */
  setPull(pull: Pull): void;
  addReview(ref: PullRef, review: Omit<Review, 'id'>): Review;
  setReview(ref: PullRef, review: Review): void;
  setPermission(repo: RepoRef, login: string, permission: Permission): void;
  /** A comment that somebody else wrote. Returns its id. */
  addComment(ref: PullRef, body: string, author: Actor): number;
  removeComment(repo: RepoRef, commentId: number): void;
  removeCheck(repo: RepoRef, checkId: number): void;
  setRemote(repo: RepoRef, remote: Remote): void;
  /** Oldest first. */
  comments(ref: PullRef): readonly MemoryComment[];
  /** In the order in which they were created. */
  checks(repo: RepoRef): readonly MemoryCheck[];
  /** The next call of that method fails; several wait in line. */
  failNext(method: keyof Forge, error: ForgeError, when?: FaultTime): void;
}

interface Repository {
  readonly pulls: Map<number, Pull>;
  readonly reviews: Map<number, Review[]>;
  readonly permissions: Map<string, Permission>;
  readonly comments: Map<number, MemoryComment>;
  readonly checks: Map<number, MemoryCheck>;
  /** Commits that were ever the head of a pull request. */
  readonly commits: Set<Sha>;
  remote: Remote | null;
}

const emptyRepository = (): Repository => ({
  pulls: new Map(),
  reviews: new Map(),
  permissions: new Map(),
  comments: new Map(),
  checks: new Map(),
  commits: new Set(),
  remote: null,
});

const ourselves: Actor = { id: 1, login: 'tidegate[bot]', kind: 'bot' };

const gone = (what: string) => new ForgeError('gone', `${what} is not there`);

/**
 * A forge that lives in this process: what GitHub does, without GitHub. Held to the same contract
 * suite as the real one; ids count from 1.
 */
export const createMemoryForge = (): MemoryForge => {
  const repositories = new Map<number, Repository>();
  const faults: { method: keyof Forge; error: ForgeError; when: FaultTime }[] = [];
  let lastId = 0;
  const nextId = () => {
    lastId += 1;
    return lastId;
  };

  const of = ({ id }: RepoRef): Repository => {
    const repository = repositories.get(id) ?? emptyRepository();
    repositories.set(id, repository);
    return repository;
  };
  const pullOf = ({ repo, number }: PullRef): Pull => {
    const pull = of(repo).pulls.get(number);
    if (pull === undefined) throw gone(`pull request ${repo.owner}/${repo.name}#${number}`);
    return pull;
  };
  const write = (ref: PullRef, body: string, author: Actor): number => {
    pullOf(ref);
    const id = nextId();
    of(ref.repo).comments.set(id, {
      id,
      pullNumber: ref.number,
      body,
      author,
      ours: author === ourselves,
      reactions: [],
    });
    return id;
  };
  const commentsOf = (ref: PullRef) =>
    [...of(ref.repo).comments.values()].filter(({ pullNumber }) => pullNumber === ref.number);

  const faulty =
    <A extends unknown[], T>(method: keyof Forge, work: (...args: A) => T) =>
    async (...args: A): Promise<T> => {
      const index = faults.findIndex((fault) => fault.method === method);
      const [fault] = index < 0 ? [] : faults.splice(index, 1);
      if (fault?.when === 'before') throw fault.error;
      const result = work(...args);
      if (fault !== undefined) throw fault.error;
      return result;
    };

  const forge: Forge = {
    pull: faulty('pull', (ref) => ({ ...pullOf(ref), ref })),
    openPulls: faulty('openPulls', (repo) =>
      [...of(repo).pulls.values()]
        .filter(({ state }) => state === 'open')
        .map(({ ref }) => ({ ...ref, repo })),
    ),
    reviews: faulty('reviews', (ref) => {
      pullOf(ref);
      return [...(of(ref.repo).reviews.get(ref.number) ?? [])];
    }),
    permission: faulty(
      'permission',
      (repo, login) => of(repo).permissions.get(login.toLowerCase()) ?? 'none',
    ),
    comment: faulty('comment', (ref, id) => {
      const known = commentsOf(ref).find((one) => one.id === id);
      return known === undefined ? null : { author: known.author, body: known.body };
    }),
    upsertComment: faulty('upsertComment', (ref, { id, marker, body }) => {
      if (marker === '' || !body.includes(marker))
        throw new TypeError('the comment does not hold its marker');
      pullOf(ref);
      const { comments } = of(ref.repo);
      const stored = id === null ? undefined : comments.get(id);
      const known = stored ?? commentsOf(ref).find((one) => one.ours && one.body.includes(marker));
      if (known === undefined) return write(ref, body, ourselves);
      comments.set(known.id, { ...known, body });
      return known.id;
    }),
    react: faulty('react', (repo, id, reaction) => {
      const comment = of(repo).comments.get(id);
      if (comment === undefined || comment.reactions.includes(reaction)) return;
      of(repo).comments.set(id, { ...comment, reactions: [...comment.reactions, reaction] });
    }),
    upsertCheck: faulty('upsertCheck', (repo, check) => {
      const { checks, commits } = of(repo);
      if (check.status === 'completed' && check.conclusion === null) {
        throw new TypeError('a completed check needs a conclusion');
      }
      if (!commits.has(check.headSha)) throw new ForgeError('refused', `no commit ${check.headSha}`);
      // Completed stays completed: what begins again is a new check of the same name.
      const open = (one: MemoryCheck) => check.status === 'completed' || one.status !== 'completed';
      const same = (one: MemoryCheck) =>
        one.headSha === check.headSha && one.name === check.name && open(one);
      const stored = check.id === null ? undefined : checks.get(check.id);
      const kept = stored !== undefined && open(stored) ? stored : [...checks.values()].findLast(same);
      const id = kept?.id ?? nextId();
      checks.set(id, { ...check, id });
      return id;
    }),
    remote: faulty('remote', (repo) => {
      const { remote } = of(repo);
      if (remote === null) throw gone(`repository ${repo.owner}/${repo.name}`);
      return remote;
    }),
  };

  return {
    forge,
    setPull(pull) {
      of(pull.ref.repo).pulls.set(pull.ref.number, pull);
      of(pull.ref.repo).commits.add(pull.head.sha);
    },
    addReview(ref, review) {
      pullOf(ref);
      const added = { ...review, id: nextId() };
      const { reviews } = of(ref.repo);
      reviews.set(ref.number, [...(reviews.get(ref.number) ?? []), added]);
      return added;
    },
    setReview(ref, review) {
      const { reviews } = of(ref.repo);
      const known = reviews.get(ref.number) ?? [];
      reviews.set(
        ref.number,
        known.map((one) => (one.id === review.id ? review : one)),
      );
    },
    setPermission: (repo, login, permission) =>
      void of(repo).permissions.set(login.toLowerCase(), permission),
    addComment: (ref, body, author) => write(ref, body, author),
    removeComment: (repo, id) => void of(repo).comments.delete(id),
    removeCheck: (repo, id) => void of(repo).checks.delete(id),
    setRemote: (repo, remote) => {
      of(repo).remote = remote;
    },
    comments: (ref) => commentsOf(ref),
    checks: (repo) => [...of(repo).checks.values()],
    failNext: (method, error, when = 'before') => void faults.push({ method, error, when }),
  };
};
