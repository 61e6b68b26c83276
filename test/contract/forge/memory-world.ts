import { createHash } from 'node:crypto';
import { createSystemClock } from '../../../src/clock/system.ts';
import { sha } from '../../../src/domain/ids.ts';
import type { Actor, Pull, PullRef, RepoRef } from '../../../src/domain/pull.ts';
import { createMemoryForge } from '../../../src/forge/memory/forge.ts';
import { ForgeError } from '../../../src/forge/port.ts';
import type { Fault, World } from './world.ts';

const repo: RepoRef = { id: 1, owner: 'acme', name: 'infra', installationId: 1 };

const failures: Record<Fault, () => ForgeError> = {
  limited: () => new ForgeError('limited', 'slow down', 7_000),
  unavailable: () => new ForgeError('unavailable', 'bad gateway'),
  'lost answer': () => new ForgeError('unavailable', 'connection cut'),
};

const states = { APPROVE: 'approved', REQUEST_CHANGES: 'changes_requested', COMMENT: 'commented' } as const;

export const memoryWorld = async (): Promise<World> => {
  const { now } = createSystemClock();
  const memory = createMemoryForge({ now });
  const taken: string[] = [];
  let isTaking = true;
  const send = (guid: string): void => {
    if (isTaking) taken.push(guid);
    else memory.addFailedDelivery(guid, () => send(guid));
  };
  let last = 0;
  const next = () => {
    last += 1;
    return last;
  };
  const commit = () => sha(createHash('sha1').update(String(next())).digest('hex'));
  const person = (login: string): Actor => ({
    id: login.length * 100 + login.charCodeAt(0),
    login,
    kind: 'user',
  });
  memory.setRemote(repo, { url: 'http://127.0.0.1/acme/infra.git', token: 'ghs_memory' });
  const change = async (ref: PullRef, fields: Partial<Pull>): Promise<Pull> => {
    const changed = { ...(await memory.forge.pull(ref)), ...fields };
    memory.setPull(changed);
    return changed;
  };

  const opened: PullRef[] = [];
  const teams = new Map<string, { readonly parent: string | null; readonly members: readonly string[] }>();

  return {
    forge: memory.forge,
    repo,
    async rename(name) {
      const called = { ...repo, name };
      for (const ref of opened) await change(ref, { ref: { ...ref, repo: called } });
      memory.setRemote(called, { url: `http://127.0.0.1/acme/${name}.git`, token: 'ghs_memory' });
    },
    elsewhere: { ...repo, id: 2, name: 'nowhere' },
    async openPull(branch, options = {}) {
      const number = next();
      opened.push({ repo, number });
      memory.setPull({
        ref: { repo, number },
        title: `Change ${branch}`,
        url: `http://127.0.0.1/acme/infra/pull/${number}`,
        state: 'open',
        merged: null,
        draft: options.draft ?? false,
        author: person('ann'),
        head: { sha: commit(), ref: branch, repoId: repo.id },
        base: { sha: commit(), ref: options.base ?? 'main', isDefault: options.base === undefined },
      });
      return { repo, number };
    },
    apps: { ours: 1, other: 2 },
    arrange: async (ref, _situation, facts) => memory.facts.setMerge(ref, facts),
    arrangeMerging: async (ref, _merging, { way, refusal = null }) =>
      memory.merging.setMergeWay(ref, { ...way, refusal }),
    forgetMergeability: async (ref) => memory.facts.setMerge(ref, { mergeable: null, state: null }),
    noteBranch: async (name, tip) => memory.branches.setBranch(repo, name, tip),
    async closePull(ref) {
      await change(ref, { state: 'closed' });
    },
    async push(ref) {
      const { head } = await memory.forge.pull(ref);
      return (await change(ref, { head: { ...head, sha: commit() } })).head.sha;
    },
    async pushOver(ref, login, { author, coAuthors = [], strangers = [] }) {
      const { head } = await memory.forge.pull(ref);
      const { movers } = await memory.forge.authorship(ref, head.sha);
      const changed = await change(ref, { head: { ...head, sha: commit() } });
      memory.facts.setPusher(repo, changed.head.sha, person(login));
      memory.facts.setMovers(repo, changed.head.sha, [person(login), ...(movers ?? [])]);
      const bots = strangers
        .flatMap((email) => /\+(.+\[bot\])@/.exec(email)?.[1] ?? [])
        .map((name) => ({ ...person(name), kind: 'bot' as const }));
      const authors = [...[author, ...coAuthors].map(person), ...bots];
      memory.facts.setAuthors(repo, changed.head.sha, authors, bots.length === strangers.length);
      return changed.head.sha;
    },
    async pushMany(ref, commits) {
      const { head, author } = await memory.forge.pull(ref);
      const changed = await change(ref, { head: { ...head, sha: commit() } });
      memory.facts.setAuthors(repo, changed.head.sha, [author], commits <= 250);
      return changed.head.sha;
    },
    async forgetPushes(ref) {
      memory.facts.setPusher(repo, (await memory.forge.pull(ref)).head.sha, null);
    },
    async addTeam(slug, { parent, members }) {
      teams.set(slug, { parent: parent ?? null, members });
      const within = (name: string): readonly string[] => [
        ...(teams.get(name)?.members ?? []),
        ...[...teams].flatMap(([below, one]) => (one.parent === name ? within(below) : [])),
      ];
      for (const name of teams.keys())
        memory.facts.setTeam({ organisation: 'acme', slug: name }, within(name));
    },
    async review(ref, login, event) {
      const { head } = await memory.forge.pull(ref);
      const review = { author: person(login), state: states[event], commit: head.sha, submittedAt: 1_000 };
      return memory.addReview(ref, review).id;
    },
    async dismiss(ref, reviewId) {
      for (const review of await memory.forge.reviews(ref)) {
        if (review.id === reviewId) memory.setReview(ref, { ...review, state: 'dismissed' });
      }
    },
    permit: async (login, permission) => memory.setPermission(repo, login, permission),
    comment: async (ref, body) => memory.addComment(ref, body, person('ann')),
    removeComment: async (id) => memory.removeComment(repo, id),
    comments: (ref) => memory.comments(ref),
    checks: () => memory.checks(repo),
    deployments: () => memory.deployments(repo),
    permitApp: memory.permitApp,
    openIssue: async (title, body) => memory.issues.open(repo, { title, body }),
    changeIssue: async (number, change) => memory.issues.change(repo, number, change),
    removeIssue: async (number) => memory.issues.remove(repo, number),
    issues: () =>
      memory.issues.all(repo).map(({ number, title, body, state }) => ({ number, title, body, state })),
    addBranch: async (name) => {
      const made = commit();
      memory.opening.addBranch(repo, name, made);
      return made;
    },
    tipOf: async (name) => memory.opening.branches(repo).get(name) ?? null,
    // Its commits are of nothing.
    isEmptyOn: async () => true,
    async setEnvironment(name, { users, teams, waitMinutes = 0, ...more }) {
      const reviewers =
        users === undefined && teams === undefined
          ? null
          : { users: users ?? [], teams: (teams ?? []).map((slug) => `acme/${slug}`), permission: null };
      memory.facts.setEnvironment(repo, name, { ...more, reviewers, waitMs: waitMinutes * 60_000 });
    },
    failNextCreate: (method, fault) =>
      memory.failNext(method, failures[fault](), fault === 'lost answer' ? 'after' : 'before'),
    failNextPull: (fault) => memory.failNext('pull', failures[fault]()),
    takeWebhooks: (on) => {
      isTaking = on;
    },
    raiseWebhook: async () => send(`guid-${next()}`),
    taken: () => taken,
    stop: async () => {},
  };
};
