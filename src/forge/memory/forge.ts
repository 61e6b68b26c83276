import type { Actor, Permission, Pull, PullRef, RepoRef, Review } from '../../domain/pull.ts';
import { factsOf } from '../../domain/sighting.ts';
import type { PrimaryLimit } from '../../domain/write-budget.ts';
import { type FailedDelivery, type Forge, ForgeError, type Listing, type Remote } from '../port.ts';
import { createMemoryBranches, type MemoryBranches } from './branches.ts';
import { upsertCheck } from './checks.ts';
import { upsertDeployment } from './deployments.ts';
import { checkFact, createMemoryFacts, type MemoryFacts, newest, ourAppId } from './facts.ts';
import { createMemoryIssues, type MemoryIssues } from './issues.ts';
import { createMemoryMerging, type MemoryMerging } from './merging.ts';
import { createMemoryOpening, type MemoryOpening } from './opening.ts';
import {
  emptyRepository,
  type MemoryCheck,
  type MemoryComment,
  type MemoryDeployment,
  type Repository,
} from './repository.ts';

/** `before`: the call does nothing. `after`: it has its effect and the answer is lost. */
type FaultTime = 'before' | 'after';

type FailedEvent = Pick<FailedDelivery, 'event' | 'action'>;

export interface MemoryForge {
  readonly forge: Forge;
  readonly facts: MemoryFacts;
  readonly merging: MemoryMerging;
  readonly opening: MemoryOpening;
  readonly issues: MemoryIssues;
  readonly branches: MemoryBranches;
  /** Adds a pull request, or puts this one in the place of the one of the same number. */
  setPull(pull: Pull): void;
  addReview(ref: PullRef, review: Omit<Review, 'id'>): Review;
  setReview(ref: PullRef, review: Review): void;
  setPermission(repo: RepoRef, login: string, permission: Permission): void;
  /** A comment that somebody else wrote. Returns its id. */
  addComment(ref: PullRef, body: string, author: Actor): number;
  removeComment(repo: RepoRef, commentId: number): void;
  editComment(repo: RepoRef, commentId: number, body: string): void;
  removeCheck(repo: RepoRef, checkId: number): void;
  setRemote(repo: RepoRef, remote: Omit<Remote, 'done'>): void;
  /** The App is installed there, or is no longer. One that has a remote is there from the start. */
  install(repo: RepoRef, on: boolean): void;
  /** A webhook that we did not take. `resend` is called once, when it is asked for. */
  addFailedDelivery(guid: string, resend: () => void, what?: FailedEvent): void;
  /** Oldest first. */
  comments(ref: PullRef): readonly MemoryComment[];
  /** In the order in which they were created. */
  checks(repo: RepoRef): readonly MemoryCheck[];
  /** In the order in which they were created. */
  deployments(repo: RepoRef): readonly MemoryDeployment[];
  /** Without one of these it may not. It may everything at first. */
  permitApp(
    permission: 'deployments' | 'actions' | 'contents' | 'pull_requests' | 'issues',
    on: boolean,
  ): void;
  setPrimaryLimit(installationId: number, limit: PrimaryLimit): void;
  /** Comments, checks and reactions that were written, edits counted, and merges that were asked for. */
  writes(): number;
  /** The next call of that method fails; several wait in line. */
  failNext(method: keyof Forge, error: ForgeError, when?: FaultTime): void;
}

const ourselves: Actor = { id: 1, login: 'tidegate[bot]', kind: 'bot' };

const wholeSecond = (ms: number): number => Math.floor(ms / 1_000) * 1_000;

const writing: ReadonlySet<keyof Forge> = new Set([
  'upsertComment',
  'upsertIssue',
  'upsertCheck',
  'upsertDeployment',
  'react',
  'merge',
  'emptyCommit',
  'openPull',
  'changePull',
  'dropBranch',
  'putRef',
]);

const gone = (what: string) => new ForgeError('gone', `${what} is not there`);

/**
 * A forge that lives in this process: what GitHub does, without GitHub. Held to the same contract
 * suite as the real one; ids count from 1.
 */
export const createMemoryForge = (options: { readonly now?: () => number } = {}): MemoryForge => {
  const { now = () => 0 } = options;
  const reachable = new Map<number, RepoRef>();
  const failed = new Map<
    number,
    { id: number; guid: string; at: number; what: FailedEvent; resend: () => void }
  >();
  const repositories = new Map<number, Repository>();
  const faults: { method: keyof Forge; error: ForgeError; when: FaultTime }[] = [];
  const primary = new Map<number, PrimaryLimit>();
  const facts = createMemoryFacts();
  const merging = createMemoryMerging(ourselves, () => wholeSecond(now()));
  const branches = createMemoryBranches();
  const forbidden = new Set<string>();
  let written = 0;
  let lastId = 0;
  const nextId = () => {
    lastId += 1;
    return lastId;
  };

  const installed = (repo: RepoRef): Repository => {
    if (!reachable.has(repo.id)) throw gone(`repository ${repo.owner}/${repo.name}`);
    return of(repo);
  };
  const of = ({ id }: RepoRef): Repository => {
    const repository = repositories.get(id) ?? emptyRepository();
    repositories.set(id, repository);
    return repository;
  };
  const opening = createMemoryOpening({ by: ourselves, of, isPermitted: (one) => !forbidden.has(one) });
  const pullOf = ({ repo, number }: PullRef): Pull => {
    const pull = of(repo).pulls.get(number);
    if (pull === undefined) throw gone(`pull request ${repo.owner}/${repo.name}#${number}`);
    return pull;
  };
  const issues = createMemoryIssues({ of, isPermitted: () => !forbidden.has('issues') });
  /** Both have comments. */
  const checkThere = (ref: PullRef): void => {
    if (!of(ref.repo).issues.has(ref.number)) pullOf(ref);
  };
  const write = (ref: PullRef, body: string, author: Actor): number => {
    checkThere(ref);
    const id = nextId();
    of(ref.repo).comments.set(id, {
      id,
      pullNumber: ref.number,
      body,
      author,
      ours: author === ourselves,
      reactions: [],
      createdAt: wholeSecond(now()),
      updatedAt: wholeSecond(now()),
    });
    return id;
  };
  const commentsOf = (ref: PullRef) =>
    [...of(ref.repo).comments.values()].filter(({ pullNumber }) => pullNumber === ref.number);

  /** As tagged pages: nothing is sent again where it is what it was. */
  const listed = <T>(items: readonly T[], seen: string | null): Listing<T> => {
    const tag = JSON.stringify(items);
    return tag === seen
      ? { items: null, seen, spent: 0, at: wholeSecond(now()) }
      : { items, seen: tag, spent: 1, at: wholeSecond(now()) };
  };

  const faulty =
    <A extends unknown[], T>(method: keyof Forge, work: (...args: A) => T) =>
    async (...args: A): Promise<T> => {
      const index = faults.findIndex((fault) => fault.method === method);
      const [fault] = index < 0 ? [] : faults.splice(index, 1);
      if (fault?.when === 'before') throw fault.error;
      const result = work(...args);
      if (writing.has(method)) written += 1;
      if (fault !== undefined) throw fault.error;
      return result;
    };

  const forge: Forge = {
    primaryLimit: (installationId) => primary.get(installationId) ?? null,
    pull: faulty('pull', (ref) => {
      const pull = pullOf(ref);
      const { owner, name } = pull.ref.repo;
      return { ...pull, ref: { ...ref, repo: { ...ref.repo, owner, name } } };
    }),
    openPulls: faulty('openPulls', (repo, seen = null) =>
      listed([...installed(repo).pulls.values()].filter(({ state }) => state === 'open').map(factsOf), seen),
    ),
    comments: faulty('comments', (repo, since, seen = null) =>
      listed(
        [...installed(repo).comments.values()]
          .filter(({ updatedAt }) => updatedAt >= wholeSecond(since))
          .map(({ id, pullNumber, author, body, ours, createdAt, updatedAt }) => ({
            id,
            pullNumber,
            isOnIssue: of(repo).issues.has(pullNumber),
            author,
            body,
            viaAppId: ours ? ourAppId : null,
            createdAt,
            updatedAt,
          }))
          .reverse(),
        seen,
      ),
    ),
    repository: faulty('repository', (repo) => {
      const called = reachable.get(repo.id);
      if (called === undefined) throw gone(`repository ${repo.owner}/${repo.name}`);
      return { repo: called, defaultBranch: 'main' };
    }),
    tipOf: faulty('tipOf', branches.tipOf),
    mergesOf: faulty('mergesOf', (repo, commit) => branches.mergesOf(of(repo).pulls.values(), commit)),
    installations: faulty('installations', () => [
      ...new Set([...reachable.values()].map(({ installationId }) => installationId)),
    ]),
    repositories: faulty('repositories', (id) =>
      [...reachable.values()].filter(({ installationId }) => installationId === id),
    ),
    failedDeliveries: faulty('failedDeliveries', (withinMs) => ({
      failed: [...failed.values()]
        .filter(({ at }) => at >= now() - withinMs)
        .map(({ id, guid, at, what }) => ({ id, guid, ...what, ageMs: now() - at })),
      complete: true,
    })),
    redeliver: faulty('redeliver', (id) => {
      const one = failed.get(id);
      if (one === undefined) throw gone(`delivery ${id}`);
      failed.delete(id);
      one.resend();
    }),
    reviews: faulty('reviews', (ref) => {
      pullOf(ref);
      return [...(of(ref.repo).reviews.get(ref.number) ?? [])];
    }),
    permission: faulty(
      'permission',
      (repo, login) => of(repo).permissions.get(login.toLowerCase()) ?? 'none',
    ),
    authorship: faulty('authorship', (ref, head) => facts.authorship(pullOf(ref), head)),
    mergeFacts: faulty('mergeFacts', (ref) => {
      const pull = pullOf(ref);
      const checks = [...of(ref.repo).checks.values()].filter(({ headSha }) => headSha === pull.head.sha);
      return facts.mergeFacts(pull, newest(checks).map(checkFact));
    }),
    mergeWay: faulty('mergeWay', (ref) => merging.mergeWay(pullOf(ref))),
    merge: faulty('merge', (ref, wish) =>
      merging.merge(pullOf(ref), wish, (merged) => void of(ref.repo).pulls.set(ref.number, merged)),
    ),
    emptyCommit: faulty('emptyCommit', opening.emptyCommit),
    openPull: faulty('openPull', opening.openPull),
    changePull: faulty('changePull', opening.changePull),
    dropBranch: faulty('dropBranch', opening.dropBranch),
    isMember: faulty('isMember', facts.isMember),
    environment: faulty('environment', (repo, name) =>
      forbidden.has('actions') ? 'not-permitted' : facts.environment(repo, name),
    ),
    issue: faulty('issue', issues.issue),
    upsertIssue: faulty('upsertIssue', issues.upsertIssue),
    comment: faulty('comment', (ref, id) => {
      const known = commentsOf(ref).find((one) => one.id === id);
      if (known === undefined) return null;
      const { author, body, createdAt, updatedAt } = known;
      return {
        author,
        body,
        createdAt,
        updatedAt,
        ageMs: Math.max(now() - known.createdAt, 0),
      };
    }),
    ourComment: faulty('ourComment', (ref, marker) => ({
      body: commentsOf(ref).find((one) => one.ours && one.body.includes(marker))?.body ?? null,
      spent: 1,
    })),
    upsertComment: faulty('upsertComment', (ref, { id, marker, body }) => {
      if (marker === '' || !body.includes(marker))
        throw new TypeError('the comment does not hold its marker');
      checkThere(ref);
      const { comments } = of(ref.repo);
      const stored = id === null ? undefined : comments.get(id);
      const known = stored ?? commentsOf(ref).find((one) => one.ours && one.body.includes(marker));
      const at = wholeSecond(now());
      if (known === undefined) return { id: write(ref, body, ourselves), body, at };
      comments.set(known.id, { ...known, body, updatedAt: at });
      return { id: known.id, body, at };
    }),
    react: faulty('react', (repo, id, reaction) => {
      const comment = of(repo).comments.get(id);
      if (comment === undefined || comment.reactions.includes(reaction)) return;
      of(repo).comments.set(id, { ...comment, reactions: [...comment.reactions, reaction] });
    }),
    upsertCheck: faulty('upsertCheck', (repo, check) => {
      if (!of(repo).commits.has(check.headSha) && !branches.wasTip(repo, check.headSha))
        throw new ForgeError('refused', `no commit ${check.headSha}`);
      return upsertCheck(of(repo).checks, nextId, check);
    }),
    upsertDeployment: faulty('upsertDeployment', (repo, wish) =>
      forbidden.has('deployments')
        ? null
        : upsertDeployment(of(repo), nextId, wish, branches.wasTip(repo, wish.sha)),
    ),
    putRef: faulty('putRef', (repo, { ref, sha }) => {
      if (!ref.startsWith('refs/tidegate/')) throw new TypeError(`not a ref of ours: ${ref}`);
      if (!forbidden.has('contents')) of(repo).refs.set(ref, sha);
      return !forbidden.has('contents');
    }),
    remote: faulty('remote', (repo, access = 'read') => {
      const { remote } = of(repo);
      if (access === 'write' && forbidden.has('contents')) throw new ForgeError('refused', 'contents: read');
      if (remote === null) throw gone(`repository ${repo.owner}/${repo.name}`);
      return { ...remote, done: () => {} };
    }),
  };

  return {
    forge,
    facts,
    merging,
    opening,
    issues,
    branches,
    setPull(pull) {
      of(pull.ref.repo).pulls.set(pull.ref.number, pull);
      of(pull.ref.repo).commits.add(pull.head.sha);
      if (pull.merged !== null) of(pull.ref.repo).commits.add(pull.merged.commit);
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
    editComment: (repo, id, body) => {
      const { comments } = of(repo);
      const known = comments.get(id);
      if (known !== undefined) comments.set(id, { ...known, body, updatedAt: wholeSecond(now()) });
    },
    removeCheck: (repo, id) => void of(repo).checks.delete(id),
    setRemote: (repo, remote) => {
      of(repo).remote = remote;
      reachable.set(repo.id, repo);
    },
    install: (repo, on) => {
      if (on) reachable.set(repo.id, repo);
      else reachable.delete(repo.id);
    },
    addFailedDelivery: (guid, resend, what = { event: 'issue_comment', action: 'created' }) => {
      const id = nextId();
      failed.set(id, { id, guid, at: now(), what, resend });
    },
    comments: (ref) => commentsOf(ref),
    checks: (repo) => [...of(repo).checks.values()],
    deployments: (repo) => [...of(repo).deployments.values()],
    permitApp: (permission, on) => void (on ? forbidden.delete(permission) : forbidden.add(permission)),
    writes: () => written,
    setPrimaryLimit: (installationId, limit) => void primary.set(installationId, limit),
    failNext: (method, error, when = 'before') => void faults.push({ method, error, when }),
  };
};
