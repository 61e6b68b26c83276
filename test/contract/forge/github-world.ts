import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { createSystemClock } from '../../../src/clock/system.ts';
import { sha } from '../../../src/domain/ids.ts';
import { mergeMethods } from '../../../src/domain/merging.ts';
import type { PullRef } from '../../../src/domain/pull.ts';
import { createGithubForge } from '../../../src/forge/github/forge.ts';
import { exclusively, signatureOf } from '../../../src/hub/access.ts';
import { createCheckRun } from '../../../src/hub/checks.ts';
import { commentsOf, createComment, deleteComment } from '../../../src/hub/comments.ts';
import { conversationOf } from '../../../src/hub/conversation.ts';
import type { RouteFault } from '../../../src/hub/faults.ts';
import { commitOf, resolve } from '../../../src/hub/git/read.ts';
import { commitTree, setRef } from '../../../src/hub/git/write.ts';
import { createHub, type Hub } from '../../../src/hub/hub.ts';
import { openIssue, updateIssue } from '../../../src/hub/issues.ts';
import { updatePull } from '../../../src/hub/pulls.ts';
import { afterRefUpdates } from '../../../src/hub/pushes.ts';
import { dismissReview, submitReview } from '../../../src/hub/reviews.ts';
import { createStatus } from '../../../src/hub/statuses.ts';
import { openThread } from '../../../src/hub/threads.ts';
import { silentLog } from '../../../src/observe/log.ts';
import { oneAppKey } from '../../support/app-key.ts';
import { temporaryFolder } from '../../support/leftovers.ts';
import type { Fault, World } from './world.ts';

/** The App asks for what its manifest asks for: were that too little, the suite would fail. */
const manifest = parse(readFileSync(new URL('../../../app.yml', import.meta.url), 'utf8'));

const faults: Record<Fault, RouteFault> = {
  limited: { kind: 'status', status: 429, retryAfter: 7 },
  unavailable: { kind: 'status', status: 502 },
  'lost answer': { kind: 'close', when: 'after-work' },
};

const full = 'acme/infra';

/** One push of many commits, in place of what the branch was. */
const pushMany = (hub: Hub, branch: string, commits: number): Promise<string> => {
  const repo = hub.repo(full);
  const ref = `refs/heads/${branch}`;
  return exclusively(repo, async () => {
    const [before, base] = [await resolve(repo.folder, ref), await resolve(repo.folder, 'refs/heads/main')];
    const main = await commitOf(repo.folder, base ?? '');
    if (main === null) throw new Error('no main branch');
    const actor = hub.actor('ann');
    const author = signatureOf(hub.state, actor.account);
    let after = main.sha;
    for (let count = 0; count < commits; count += 1)
      after = await commitTree(repo.folder, {
        tree: main.tree,
        parents: [after],
        message: `Commit ${count}`,
        author,
        committer: author,
      });
    await setRef(repo.folder, ref, after);
    await afterRefUpdates(hub.state, repo, actor, [{ ref, before, after }]);
    return after;
  });
};

const deploymentsOf = (hub: Hub): ReturnType<World['deployments']> =>
  [...hub.repo(full).deployments.values()].map(({ id, environment, task, description, ...one }) => ({
    id,
    sha: sha(one.sha),
    environment,
    task,
    description: description ?? '',
    payload: z
      .object({ run: z.string() })
      .catchall(z.union([z.string(), z.number(), z.null()]))
      .parse(one.payload),
    statuses: one.statuses.map((status) => ({
      state: z.enum(['in_progress', 'success', 'failure', 'error', 'inactive']).parse(status.state),
      said: status.description,
      logUrl: status.logUrl === '' ? null : status.logUrl,
    })),
  }));

export const githubWorld = async (): Promise<World> => {
  const clock = createSystemClock();
  const hub = await createHub({ folder: temporaryFolder('hub'), clock, newKey: oneAppKey });
  hub.addUser('olga');
  hub.addOrganisation('acme', { owners: ['olga'] });
  for (const login of ['ann', 'bob', 'cleo', 'stranger']) hub.addUser(login);
  const { id } = await hub.addRepository('acme', 'infra', { permissions: { ann: 'write', bob: 'write' } });
  const taken: string[] = [];
  let isTaking = true;
  const listener = createServer((req, res) => {
    if (isTaking) taken.push(String(req.headers['x-github-delivery']));
    req.resume().on('end', () => res.writeHead(isTaking ? 202 : 500).end());
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('it listens nowhere');
  const { appId, privateKey } = await hub.registerApp({
    webhookUrl: `http://127.0.0.1:${address.port}/`,
    slug: 'tidegate',
    events: manifest.default_events,
    // What its comment says of merging.
    permissions: { ...manifest.default_permissions, contents: 'write' },
    owner: 'olga',
  });
  const ci = await hub.registerApp({
    slug: 'ci',
    events: [],
    permissions: { checks: 'write' },
    owner: 'olga',
  });
  const installationId = hub.installApp(appId, 'acme', [full]);
  const repo = { id, owner: 'acme', name: 'infra', installationId };
  const pullOf = ({ number }: PullRef) => {
    const pull = hub.repo(full).pulls.get(number);
    if (pull === undefined) throw new Error(`no pull request ${number}`);
    return pull;
  };
  const creating = {
    upsertComment: /\/issues\/\d+\/comments$/,
    upsertCheck: /\/check-runs$/,
    upsertDeployment: /\/deployments$/,
    upsertIssue: /\/issues$/,
  };

  return {
    forge: createGithubForge({ appId, privateKey, apiUrl: hub.apiUrl, clock, log: silentLog }),
    repo,
    rename: async (name) => {
      const known = hub.state.repos.get(id);
      hub.renameRepository(`acme/${known?.name}`, name);
    },
    elsewhere: { ...repo, name: 'nowhere' },
    async openPull(branch, { base = 'main', ...options } = {}) {
      if (base !== 'main') await hub.pushFiles(full, base, { files: { base }, as: 'ann', from: 'main' });
      await hub.pushFiles(full, branch, { files: { [`${branch}.txt`]: branch }, as: 'ann', from: base });
      const wish = { title: `Change ${branch}`, head: branch, base, as: 'ann', ...options };
      return { repo, number: (await hub.openPull(full, wish)).number };
    },
    apps: { ours: appId, other: ci.appId },
    async arrange(ref, situation) {
      const pull = pullOf(ref);
      const { state } = hub;
      const ann = hub.actor('ann');
      for (const where of ['protection', 'ruleset'] as const)
        hub.protect(full, pull.base.ref, where, situation[where] ?? {});
      for (const [login, event] of situation.reviews ?? [])
        await submitReview(state, pull, hub.actor(login), { event, body: 'I looked at it' });
      const last = pull.reviews.at(-1);
      if (situation.dismiss === true && last !== undefined)
        dismissReview(state, pull, last, hub.actor('olga'), 'outdated');
      for (const [context, wished] of situation.statuses ?? [])
        createStatus(state, pull.repo, ann, pull.head.sha, { state: wished, context });
      for (const [name, conclusion] of situation.checks ?? [])
        createCheckRun(state, pull.repo, { account: ci.app.bot, app: ci.app }, pull.head.sha, {
          name,
          ...(conclusion === null ? {} : { conclusion }),
        });
      for (let count = 0; count < (situation.conversations ?? 0); count += 1) openThread(state, pull, ann);
      if (situation.base !== undefined) {
        const path = situation.base === 'moved' ? 'elsewhere.txt' : `${pull.head.ref}.txt`;
        await hub.pushFiles(full, pull.base.ref, { files: { [path]: 'of the base' }, as: 'ann' });
      }
    },
    async arrangeMerging(ref, { repository = mergeMethods, ruleset = {}, protection = {} }) {
      const { base } = pullOf(ref);
      hub.protect(full, base.ref, 'ruleset', ruleset);
      hub.protect(full, base.ref, 'protection', protection);
      for (const method of mergeMethods) hub.repo(full).mergeMethods[method] = repository.includes(method);
    },
    async forgetMergeability(ref) {
      pullOf(ref).mergeableKnown = false;
    },
    noteBranch: async () => {},
    closePull: (ref) => updatePull(hub.state, pullOf(ref), hub.actor('ann'), { state: 'closed' }),
    async push(ref) {
      const { ref: branch, sha: before } = pullOf(ref).head;
      return sha(await hub.pushFiles(full, branch, { files: { 'more.txt': before }, as: 'ann' }));
    },
    async pushOver(ref, login, { author, coAuthors = [], strangers = [] }) {
      const { ref: branch, sha: before } = pullOf(ref).head;
      const trailer = (name: string): string => {
        const { id: account } = hub.actor(name).account;
        return `Co-authored-by: ${name} <${account}+${name}@users.noreply.github.com>`;
      };
      const others = strangers.map((email) => `Co-authored-by: Somebody <${email}>`);
      const message = ['Over it', [...coAuthors.map(trailer), ...others].join('\n')].join('\n\n');
      const files = { 'over.txt': before };
      return sha(await hub.pushFiles(full, branch, { files, message, as: login, author, from: 'main' }));
    },
    async pushMany(ref, commits) {
      const { ref: branch } = pullOf(ref).head;
      return sha(await pushMany(hub, branch, commits));
    },
    async forgetPushes() {
      hub.repo(full).activity.length = 0;
    },
    addTeam: async (slug, team) => hub.addTeam('acme', slug, team),
    async review(ref, login, event) {
      const wish = { event, body: 'I looked at it' };
      return (await submitReview(hub.state, pullOf(ref), hub.actor(login), wish)).id;
    },
    async dismiss(ref, reviewId) {
      const pull = pullOf(ref);
      const review = pull.reviews.find((one) => one.id === reviewId);
      if (review === undefined) throw new Error(`no review ${reviewId}`);
      dismissReview(hub.state, pull, review, hub.actor('olga'), 'outdated');
    },
    permit: async (login, permission) => hub.setPermission(full, login, permission),
    comment: async (ref, body) =>
      createComment(hub.state, conversationOf(hub.repo(full), ref.number), hub.actor('ann'), body).id,
    async removeComment(commentId) {
      const comment = hub.repo(full).comments.get(commentId);
      if (comment !== undefined) deleteComment(hub.state, comment, hub.actor('olga'));
    },
    comments: (ref) =>
      commentsOf(conversationOf(hub.repo(full), ref.number)).map(({ id: commentId, body, reactions }) => ({
        id: commentId,
        body,
        reactions: reactions.map(({ content }) => content),
      })),
    checks: () =>
      [...hub.repo(full).checkRuns.values()].map((run) => ({
        id: run.id,
        name: run.name,
        headSha: sha(run.headSha),
        status: run.status,
        // The suite writes no other ones.
        conclusion: run.conclusion === 'success' || run.conclusion === 'failure' ? run.conclusion : null,
        title: run.output.title ?? '',
        text: run.output.text,
        actions: run.actions,
        annotations: run.annotations.map((one) => ({
          path: one.path,
          startLine: one.start_line,
          endLine: one.end_line,
          level: one.annotation_level === 'failure' ? 'failure' : 'warning',
          title: one.title ?? '',
          message: one.message,
        })),
        ...(run.externalId === null ? {} : { pullNumber: Number(run.externalId) }),
      })),
    deployments: () => deploymentsOf(hub),
    permitApp: (permission, on) => {
      const all = { ...manifest.default_permissions, contents: 'write' };
      const { [permission]: _, ...others } = all;
      // What it may read stays.
      const isRead = permission === 'contents' || permission === 'issues';
      const less = isRead ? { ...others, [permission]: 'read' } : others;
      hub.grant(installationId, on ? all : less);
    },
    openIssue: async (title, body) =>
      openIssue(hub.state, hub.repo(full), hub.actor('ann'), { title, body }).number,
    changeIssue: async (number, change) => {
      const issue = hub.repo(full).issues.get(number);
      if (issue === undefined) throw new Error(`no issue ${number}`);
      updateIssue(hub.state, issue, hub.actor('olga'), change);
    },
    removeIssue: async (number) => void hub.repo(full).issues.delete(number),
    issues: () =>
      [...hub.repo(full).issues.values()].map(({ number, title, body, state }) => ({
        number,
        title,
        body: body ?? '',
        state,
      })),
    addBranch: async (name) =>
      sha(await hub.pushFiles(full, name, { files: { [name]: 'theirs' }, as: 'bob', from: 'main' })),
    async tipOf(name) {
      const tip = await resolve(hub.repo(full).folder, `refs/heads/${name}`);
      return tip === null ? null : sha(tip);
    },
    async isEmptyOn(commit, branch) {
      const { folder } = hub.repo(full);
      const [made, tip] = [await commitOf(folder, commit), await commitOf(folder, `refs/heads/${branch}`)];
      return made !== null && tip !== null && made.tree === tip.tree && made.parents.join() === tip.sha;
    },
    async setEnvironment(name, { waitMinutes = 0, branches, unknown = [], ...more }) {
      const isProtected = branches !== undefined && 'isProtected' in branches;
      if (isProtected)
        hub.protect(full, 'main', 'protection', branches.isProtected ? { linearHistory: true } : {});
      hub.environment(full, name, {
        ...more,
        waitTimer: waitMinutes,
        others: unknown,
        // Tags are not what a pull request goes into.
        ...(branches === undefined
          ? {}
          : { branches: isProtected ? 'protected' : [...branches.patterns, { tag: 'v*' }] }),
      });
    },
    failNextCreate: (method, fault) =>
      hub.faults.route({ method: 'POST', path: creating[method], times: 1 }, faults[fault]),
    failNextPull: (fault) =>
      hub.faults.route({ method: 'GET', path: /\/pulls\/\d+$/, times: 1 }, faults[fault]),
    takeWebhooks: (on) => {
      isTaking = on;
    },
    async raiseWebhook() {
      await hub.settled();
      const [pull] = hub.repo(full).pulls.values();
      if (pull === undefined) throw new Error('nothing to comment on');
      createComment(hub.state, pull, hub.actor('bob'), 'raise a webhook');
      await hub.settled();
    },
    taken: () => taken,
    async stop() {
      await hub.settled();
      await hub.close();
      await new Promise<void>((resolve) => {
        listener.close(() => resolve());
        listener.closeAllConnections();
      });
      // The check for leftovers still sees a closed server for two turns.
      await nextTurn();
      await nextTurn();
    },
  };
};
