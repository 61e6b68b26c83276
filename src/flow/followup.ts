import { type Followup, followupBranch, type Left, type LeftProject, leftOf } from '../domain/followup.ts';
import type { ProjectKey } from '../domain/ids.ts';
import type { Problem } from '../domain/problem.ts';
import { type Actor, fullNameOf, type Pull } from '../domain/pull.ts';
import { FetchFailed } from '../git/port.ts';
import { followupBody, followupTitle } from '../render/followup.ts';
import type { StoreTables } from '../store/port.ts';
import { keyOf } from './admit.ts';
import { answer } from './answer.ts';
import { discover } from './discover.ts';
import type { Discovery } from './discovery.ts';
import { openDues } from './dues.ts';
import { type Followed, nothing } from './followed.ts';
import { handOver } from './hand-over.ts';
import { notPermitted, openOwn, type Refusing } from './open-own.ts';
import { orderOf } from './order.ts';
import { permit } from './permit.ts';
import type { FlowPorts } from './ports.ts';
import { wantBoard, wantReaction, wantReply } from './report.ts';
import { whoseIs } from './whose.ts';
import type { Wish } from './wish.ts';

type FollowupWish = Extract<Wish, { kind: 'followup' }>;

/**
 * `/followup`: a pull request of our own for what is left to apply of a merged one. Each step is written down before the next, and
 * may be done again after a crash: what is there already is taken as it is.
 */
export const followUp = async (ports: FlowPorts, wish: FollowupWish): Promise<Followed> => {
  const { pull, asked } = wish;
  const made = await prepare(ports, wish);
  if ('code' in made) {
    await answer(ports, wish, made);
    return nothing;
  }
  if (made.isThere) {
    await tell(ports, wish, made.followup, []);
    return nothing;
  }
  const opened = await open(ports, wish, made.followup);
  if ('code' in opened) {
    // What came to nothing must not be taken for one that is on its way.
    await ports.store.followups.drop(keyOf(pull), made.followup.attempt);
    await answer(ports, wish, opened);
    return nothing;
  }
  const { number, projects } = opened;
  const handing = { from: pull, number, projects: projects.map(({ key }) => key) };
  const superseded = await handOver(ports, handing, (tables, handed) =>
    noteOpened(tables, ports, { pull, followup: opened, by: asked.actor, handed }),
  );
  await tell(ports, wish, opened, made.notYet);
  for (const one of [pull.ref.number, number]) await wantBoard(ports, { ...pull.ref, number: one });
  return { ...nothing, superseded };
};

const noteOpened = async (
  tables: StoreTables,
  { clock }: Pick<FlowPorts, 'clock'>,
  {
    pull,
    followup,
    by,
    handed,
  }: {
    readonly pull: Pull;
    readonly followup: Opened;
    readonly by: Actor;
    readonly handed: readonly ProjectKey[];
  },
): Promise<void> => {
  await tables.followups.put(followup);
  const { number, projects, head, commit, attempt, authors } = followup;
  await tables.audit.append({
    at: clock.now(),
    kind: 'followup.opened',
    actor: by.login,
    ...keyOf(pull),
    runId: null,
    facts: {
      number,
      attempt,
      commit,
      head,
      projects: projects.map(({ key, because }) => ({ project: key, because })),
      handed,
      authors: authors.map(({ login }) => login),
    },
  });
};

interface Prepared {
  readonly followup: Followup;
  /** It is open: nothing is to be done. */
  readonly isThere: boolean;
  readonly notYet: Left['notYet'];
}

const prepare = async (ports: FlowPorts, { pull, asked }: FollowupWish): Promise<Prepared | Problem> => {
  const { store, forge, operator } = ports;
  const { ref, merged, base } = pull;
  if (merged === null) return notMerged(pull);
  if (!operator.appliesInto(fullNameOf(ref.repo), base)) return notInto(pull);
  const known = await store.followups.latest(keyOf(pull));
  if (known?.number != null && (await forge.pull({ ...ref, number: known.number })).state === 'open')
    return { followup: known, isThere: true, notYet: [] };
  const discovery = await discoverLeft(ports, pull);
  if ('code' in discovery) return discovery;
  if (discovery.problem !== null) return discovery.problem;
  const found = await leftNow(ports, pull, discovery);
  // Cut off half way: what was begun for is what is gone on with.
  const begun = known !== null && known.number === null ? known : null;
  const projects = begun !== null && begun.head !== null ? begun.projects : found.left;
  if (projects.length === 0) return nothingLeft(found);
  const meant = discovery.affected.filter(({ key }) => projects.some((one) => one.key === key));
  const refused = await permit(ports, pull, asked, 'apply', meant);
  if (refused !== null) return refused;
  const { authors, complete } = await whoseIs(ports, pull);
  const attempt = begun?.attempt ?? (known?.attempt ?? 0) + 1;
  const followup: Followup = {
    ...keyOf(pull),
    attempt,
    commit: merged.commit,
    projects,
    asker: asked.actor,
    authors: people([asked.actor, ...authors, ...(begun?.authors ?? [])]),
    complete,
    branch: followupBranch(ref.number, attempt),
    head: begun?.head ?? null,
    number: null,
    at: ports.clock.now(),
  };
  await store.followups.put(followup);
  return { followup, isThere: false, notYet: found.notYet };
};

const people = (actors: readonly Actor[]): readonly Actor[] => [
  ...new Map(actors.map((actor) => [actor.id, actor])).values(),
];

const discoverLeft = async (ports: FlowPorts, pull: Pull): Promise<Discovery | Problem> => {
  try {
    return await discover(ports, pull);
  } catch (error) {
    if (error instanceof FetchFailed && error.reason === 'no-such-ref') return noBase(pull);
    throw error;
  }
};

const leftNow = async (
  ports: FlowPorts,
  pull: Pull,
  { affected }: Pick<Discovery, 'affected'>,
): Promise<Left> => {
  const { store } = ports;
  const key = keyOf(pull);
  const [runs, unresolved, waits, dues] = await Promise.all([
    store.runs.latest(key),
    store.runs.ofPull(key, ['unresolved']),
    store.locks.waitsOf(key),
    store.dues.ofPull(key),
  ]);
  const used = await Promise.all(
    runs.map(({ planRunId }) => (planRunId === null ? null : store.runs.get(planRunId))),
  );
  const contained = new Set<ProjectKey>();
  for (const project of affected)
    if ((await orderOf(ports, pull, project.key)) !== 'newest') contained.add(project.key);
  return leftOf({
    head: pull.head.sha,
    affected,
    dues,
    runs,
    unresolved,
    used: used.filter((run) => run !== null),
    waits: new Set(waits.map(({ project }) => project)),
    isContained: (project) => contained.has(project),
  });
};

type Opened = Followup & { readonly number: number };

const open = async (ports: FlowPorts, wish: FollowupWish, followup: Followup): Promise<Opened | Problem> => {
  const { store, forge, mask } = ports;
  const { ref, base } = wish.pull;
  const title = followupTitle(followup);
  const head = followup.head ?? (await forge.emptyCommit(ref.repo, { onto: base.ref, message: title }));
  if (head === 'not-permitted') return notPermitted(refusing(ports, wish.pull));
  // From here on a pull request with this commit is known for what it is, whatever we hear first.
  const committed = { ...followup, head };
  await store.followups.put(committed);
  const { branch } = followup;
  const body = mask(followupBody(followup, wish.reason));
  const wishes = { commit: head, branch, base: base.ref, title, body };
  const number = await openOwn(ports, ref.repo, wishes, refusing(ports, wish.pull));
  return typeof number === 'number' ? { ...committed, number } : number;
};

const tell = async (
  ports: FlowPorts,
  { pull, asked }: FollowupWish,
  { number, projects, asker }: Followup,
  notYet: Left['notYet'],
): Promise<void> => {
  const { actor, id, text } = asked;
  await wantReaction(ports, pull.ref, id, '+1');
  await wantReply(ports, pull.ref, id, {
    kind: 'followup',
    login: actor.login,
    command: text,
    number: number ?? 0,
    asker: asker.login,
    projects: projects.map(({ name, because }: LeftProject) => ({ name, because })),
    notYet: [...notYet],
  });
};

const refusal = (sentence: string, advice: string, details?: string): Problem => ({
  code: 'followup-refused',
  sentence,
  advice,
  ...(details === undefined ? {} : { details }),
});

const notMerged = ({ state }: Pull): Problem =>
  refusal(
    `\`/followup\` works on merged pull requests, and this one is ${state === 'open' ? 'open' : 'closed without a merge'}.`,
    state === 'open'
      ? 'What is planned here is applied here: comment `/apply`.'
      : 'Nothing of it is in the base branch. Reopen it, or open a new one.',
  );

const notInto = ({ base }: Pull): Problem => ({
  code: 'base-branch',
  sentence: `Pull requests into \`${base.ref}\` are not applied on this server, so there is nothing to follow up on.`,
  advice: 'Ask the people who run Tidegate which branches are (`base_branches` of the operator file).',
});

const noBase = ({ base }: Pull): Problem =>
  refusal(
    `The branch \`${base.ref}\` that this was merged into is not there any more.`,
    'Open a pull request of your own into the branch that has the change now.',
  );

const nothingLeft = ({ notYet }: Left): Problem =>
  notYet.length === 0
    ? refusal('Nothing of this pull request is left to apply.', 'There is nothing to do.')
    : refusal(
        'Nothing of this pull request is left to apply that nobody is at.',
        'Wait until that is over, and comment `/followup` again if it is needed then.',
        notYet.map(({ name, why }) => `${name} ${why}`).join('\n'),
      );

/** What works without the rights that it takes. */
const without = async ({ store }: Pick<FlowPorts, 'store'>, pull: Pull): Promise<string> =>
  (await openDues(store, keyOf(pull))).length > 0
    ? 'Without it: `/plan` here, look at the plan, then `/apply` here.'
    : 'Without it: a pull request of your own that changes something of these projects.';

const refusing = (ports: Pick<FlowPorts, 'store'>, pull: Pull): Refusing => ({
  command: '/followup',
  refusal,
  without: () => without(ports, pull),
});
