import { lossesOf } from '../domain/danger/losses.ts';
import type { Sha } from '../domain/ids.ts';
import type { Problem } from '../domain/problem.ts';
import { fullNameOf, type Pull } from '../domain/pull.ts';
import {
  keptLosses,
  type Lasting,
  type ProjectLoss,
  type Rollback,
  rollbackBranch,
} from '../domain/rollback.ts';
import { changesWorld, type Run } from '../domain/run.ts';
import { FetchFailed } from '../git/port.ts';
import { rollbackBody, rollbackMessage, rollbackTitle } from '../render/rollback.ts';
import { keyOf } from './admit.ts';
import { answer } from './answer.ts';
import { discover } from './discover.ts';
import type { Discovery } from './discovery.ts';
import { type Followed, nothing } from './followed.ts';
import { openOwn, pushOwn, type Refusing } from './open-own.ts';
import { permit } from './permit.ts';
import type { FlowPorts } from './ports.ts';
import { wantBoard, wantReaction, wantReply } from './report.ts';
import { whoseIs } from './whose.ts';
import type { Wish } from './wish.ts';

type RollbackWish = Extract<Wish, { kind: 'rollback' }>;

/**
 * `/rollback`: a pull request of our own that takes a merged one back. It is planned, approved and applied as any other; what is
 * different is that we wrote its commit, and that it says what does not come back. There is one for each merged pull request, for
 * good. Each step is written down before the next, as of follow-ups.
 */
export const rollBack = async (ports: FlowPorts, wish: RollbackWish): Promise<Followed> => {
  const { pull, asked } = wish;
  const made = await prepare(ports, wish);
  if ('code' in made) {
    // What somebody else had begun stays: its pull request may be open by now, and has to be known for what it is.
    await answer(ports, wish, made);
    return nothing;
  }
  const opened = made.number === null ? await open(ports, wish, made) : made;
  if ('code' in opened) {
    // What came to nothing must not be taken for one that is on its way.
    await ports.store.rollbacks.drop(keyOf(pull));
    await answer(ports, wish, opened);
    return nothing;
  }
  const number = opened.number ?? 0;
  const { state, merged } = await ports.forge.pull({ ...pull.ref, number });
  await wantReaction(ports, pull.ref, asked.id, '+1');
  await wantReply(ports, pull.ref, asked.id, {
    kind: 'rollback',
    login: asked.actor.login,
    command: asked.text,
    number,
    asker: opened.asker.login,
    state: merged === null ? state : 'merged',
    lasting: opened.lasting.losses.length + opened.lasting.more,
  });
  await wantBoard(ports, { ...pull.ref, number });
  return nothing;
};

const prepare = async (ports: FlowPorts, { pull, asked }: RollbackWish): Promise<Rollback | Problem> => {
  const { store, git, operator } = ports;
  const { ref, merged, base } = pull;
  if (pull.drift !== undefined) return onIssue;
  if (merged === null) return notMerged(pull);
  if (!operator.appliesInto(fullNameOf(ref.repo), base)) return notInto(pull);
  const known = await store.rollbacks.get(keyOf(pull));
  if (known !== null && known.number !== null) return known;
  const begun = await begunBy(ports, pull);
  if (begun.length === 0) return nothingApplied();
  const discovery = await look(ports, pull);
  if ('code' in discovery) return discovery;
  if (discovery.problem !== null) return discovery.problem;
  const refused = await permit(ports, pull, asked, 'apply', discovery.affected);
  if (refused !== null) return refused;
  // Cut off half way: what was made then is what is opened.
  if (known !== null && known.head !== null && (await git.hasCommit(ref.repo.id, known.head))) return known;
  const at = ports.clock.now();
  const head = await revert(ports, pull, { before: discovery.baseSha, merged: merged.commit }, at);
  if (typeof head !== 'string') return head;
  const hands = await handsIn(ports, pull);
  const rollback: Rollback = {
    ...keyOf(pull),
    commit: merged.commit,
    asker: asked.actor,
    authors: [asked.actor, ...hands.authors],
    complete: hands.complete,
    branch: rollbackBranch(ref.number),
    head,
    number: null,
    lasting: await lastingOf(ports, begun),
    at,
  };
  // From here on a pull request with this commit is known for what it is, whatever we hear first.
  await store.rollbacks.put(rollback);
  return rollback;
};

/** Applies that were begun for it, here or in the pull request that went on with it: any of them may have changed the world. */
const begunBy = async ({ store }: FlowPorts, pull: Pull): Promise<readonly Run[]> => {
  const key = keyOf(pull);
  const followup = await store.followups.latest(key);
  const places = [key, ...(followup?.number == null ? [] : [{ ...key, pullNumber: followup.number }])];
  const runs = await Promise.all(
    places.map((one) => store.runs.ofPull(one, ['running', 'applied', 'failed', 'unresolved'])),
  );
  return runs.flat().filter(({ verb, startedAt }) => changesWorld(verb) && startedAt !== null);
};

const look = async (ports: FlowPorts, pull: Pull): Promise<Discovery | Problem> => {
  try {
    return await discover(ports, pull);
  } catch (error) {
    if (error instanceof FetchFailed && error.reason === 'no-such-ref') return noBase(pull);
    throw error;
  }
};

/** A commit on the tip of the base branch that takes back all that the merge brought; no branch holds it yet. */
const revert = async (
  { git, forge }: FlowPorts,
  { ref, base }: Pull,
  undone: { readonly before: Sha; readonly merged: Sha },
  at: number,
): Promise<Sha | Problem> => {
  const { repo, number } = ref;
  const { url, token, done } = await forge.remote(repo);
  const tip = await git.fetchBranch(repo, { url, token, baseRef: base.ref }).finally(done);
  await git.complete(repo, [tip, undone.merged, undone.before], () => forge.remote(repo));
  const made = await git.revertOf(repo.id, tip, undone);
  if ('conflicts' in made) return conflict(base.ref, made.conflicts);
  if (made.tree === (await git.treeOf(repo.id, tip))) return revertedAlready(base.ref);
  return git.commit(repo.id, { tree: made.tree, parent: tip, message: rollbackMessage(number, undone), at });
};

/** What a revert of a revert brings back is whoever's it was at first. */
const handsIn = async (ports: FlowPorts, pull: Pull): ReturnType<typeof whoseIs> => {
  const back = await ports.store.rollbacks.of(keyOf(pull), pull.head.sha);
  if (back === null) return { authors: [], complete: true };
  return whoseIs(ports, await ports.forge.pull({ ...pull.ref, number: back.pullNumber }));
};

const lastingOf = async ({ store, operator }: FlowPorts, begun: readonly Run[]): Promise<Lasting> => {
  const losses: ProjectLoss[] = [];
  const unknown = new Set<string>();
  for (const run of begun.filter(({ verb }) => verb === 'apply')) {
    const plan = run.planRunId === null ? null : ((await store.runs.get(run.planRunId))?.plan ?? null);
    const project = run.project.name;
    if (plan === null) unknown.add(project);
    else losses.push(...lossesOf(plan.summary, operator.danger).map((one) => ({ ...one, project })));
  }
  const sorted = losses.toSorted((a, b) => Number(a.says.length === 0) - Number(b.says.length === 0));
  return {
    losses: sorted.slice(0, keptLosses),
    more: Math.max(0, sorted.length - keptLosses),
    unknown: [...unknown],
  };
};

const open = async (
  ports: FlowPorts,
  { pull, reason }: RollbackWish,
  rollback: Rollback,
): Promise<Rollback | Problem> => {
  const { store, mask, clock } = ports;
  const { repo } = pull.ref;
  const { branch, head } = rollback;
  if (head === null) throw new TypeError('there is no commit');
  const pushed = await pushOwn(ports, repo, { branch, commit: head }, refusing);
  if (pushed !== null) return pushed;
  const body = mask(rollbackBody(rollback, reason));
  const title = rollbackTitle(rollback);
  const number = await openOwn(
    ports,
    repo,
    { commit: head, branch, base: pull.base.ref, title, body },
    refusing,
  );
  if (typeof number !== 'number') return number;
  const opened = { ...rollback, number };
  await store.transact(async (tables) => {
    await tables.rollbacks.put(opened);
    await tables.audit.append({
      at: clock.now(),
      kind: 'rollback.opened',
      actor: rollback.asker.login,
      ...keyOf(pull),
      runId: null,
      facts: {
        number,
        commit: rollback.commit,
        head,
        lasting: rollback.lasting.losses.length + rollback.lasting.more,
        authors: rollback.authors.map(({ login }) => login),
      },
    });
  });
  return opened;
};

const refusal = (sentence: string, advice: string, details?: string): Problem => ({
  code: 'rollback-refused',
  sentence,
  advice,
  ...(details === undefined ? {} : { details }),
});

const refusing: Refusing = {
  command: '/rollback',
  refusal,
  without: () =>
    Promise.resolve(
      'Without it: revert it yourself, on GitHub or with `git revert`, and open a pull request.',
    ),
};

const onIssue: Problem = refusal(
  '`/rollback` works on merged pull requests, and this is the issue that tells of drift.',
  'Comment it on the pull request that is to be taken back.',
);

const notMerged = ({ state }: Pull): Problem =>
  refusal(
    `\`/rollback\` works on merged pull requests, and this one is ${state === 'open' ? 'open' : 'closed without a merge'}.`,
    'Nothing of it is in the base branch, so there is nothing to revert. If something of it was applied, a plan of the base branch says what differs: `/plan` on any open pull request of the project.',
  );

const notInto = ({ base }: Pull): Problem => ({
  code: 'base-branch',
  sentence: `Pull requests into \`${base.ref}\` are not applied on this server, so there is nothing to roll back.`,
  advice: 'Ask the people who run Tidegate which branches are (`base_branches` of the operator file).',
});

const noBase = ({ base }: Pull): Problem =>
  refusal(
    `The branch \`${base.ref}\` that this was merged into is not there any more.`,
    'Open a pull request of your own into the branch that has the change now.',
  );

const nothingApplied = (): Problem =>
  refusal(
    'Nothing of this pull request was applied, so the world has nothing of it.',
    'Revert it on GitHub if it is to go from the branch too; what its merge still asks for is given up with `/unlock`.',
  );

const revertedAlready = (branch: string): Problem =>
  refusal(
    `\`${branch}\` has nothing of this pull request any more: it is reverted already.`,
    'Apply the pull request that reverted it, if that was not done.',
  );

const conflict = (branch: string, paths: readonly string[]): Problem =>
  refusal(
    `Reverting this does not come out cleanly: \`${branch}\` has changed since, in the same places. Nothing was done.`,
    `Revert it by hand (\`git revert\`), resolve what conflicts, and open a pull request.`,
    paths.slice(0, 20).join('\n'),
  );
