import type { Batch } from '../domain/batch.ts';
import { batchId, type ProjectKey, type Sha, sha } from '../domain/ids.ts';
import type { Project } from '../domain/project.ts';
import type { Pull, PullRef } from '../domain/pull.ts';
import { isOver } from '../domain/run.ts';
import { ForgeError } from '../forge/port.ts';
import type { BoardView, CheckView, ReplyView } from '../render/view.ts';
import type { PullKey, Report, StoreTables } from '../store/port.ts';
import { boardMarker, boardView } from './board.ts';
import type { FlowPorts } from './ports.ts';
import { type ReplyContent, readReplyContent } from './reply.ts';

type Ports = Pick<FlowPorts, 'forge' | 'store' | 'renderer' | 'clock' | 'operator' | 'log' | 'mask' | 'space'>;

/** Seen; planned; applied; not done. */
type CommandReaction = 'eyes' | '+1' | 'rocket' | 'confused';

/** A progress edit waits this long, so that it is never sent when the result is there before. */
const progressDelayMs = 2_000;
/** A limit that does not say how long. */
const limitMs = 60_000;
/** How often a thing that GitHub refuses, or that we fail to make, is tried once more. */
const triesWithoutHope = 3;
/** Above this many projects, one check for all of them is all there is. */
const projectChecksUpTo = 20;

const keyOf = (pull: PullRef): PullKey => ({ repositoryId: pull.repo.id, pullNumber: pull.number });

/**
 * Wishes board and checks up to date. While runs of this pull request are still going on this is
 * progress and may wait; the last result goes out at once.
 */
export const wantBoard = async (
  ports: Pick<FlowPorts, 'clock'> & { readonly store: StoreTables },
  pull: PullRef,
): Promise<void> => {
  const { store, clock } = ports;
  const batch = await store.batches.latest(keyOf(pull), 'plan');
  if (batch === null) return;
  const runs = await store.runs.latest(keyOf(pull));
  const busy = runs.some((run) => !isOver(run.state));
  const due = clock.now() + (busy ? progressDelayMs : 0);
  const checks = checkNames(batch.affected).map((name) => `check:${batch.headSha}:${name}`);
  // At once, so that they share one wait for the disk.
  await Promise.all(['board', ...checks].map((thing) => store.reports.want(pull, thing, due)));
};

/**
 * A push leaves checks of the older head behind. What was not finished there never will be: it is
 * closed, so that nothing waits for it. `all`: runs of that head were cut off too. Nobody looks there
 * at this moment, and people wait for the new head: it may take as long as progress.
 */
export const closeChecks = async (
  ports: Pick<FlowPorts, 'clock'> & { readonly store: StoreTables },
  pull: PullRef,
  old: Batch,
  all: boolean,
): Promise<void> => {
  for (const name of all ? checkNames(old.affected) : ['tidegate/apply'])
    await ports.store.reports.want(pull, `check:${old.headSha}:${name}`, ports.clock.now() + progressDelayMs);
};

const checkNames = (affected: readonly Project[]): readonly string[] => [
  'tidegate/plan',
  'tidegate/apply',
  ...(affected.length > projectChecksUpTo ? [] : affected.map(projectCheckName)),
];

const projectCheckName = (project: Pick<Project, 'name'>): string => `tidegate: ${project.name}`;

export const wantReply = (
  ports: Pick<FlowPorts, 'store' | 'clock'>,
  pull: PullRef,
  commentId: number,
  content: ReplyContent,
): Promise<void> => ports.store.reports.want(pull, `reply:${commentId}`, ports.clock.now(), content);

/** Has this comment got its answer? */
export const isAnswered = async (
  { store }: Pick<FlowPorts, 'store'>,
  pull: PullRef,
  commentId: number,
): Promise<boolean> =>
  (await store.reports.get({ repositoryId: pull.repo.id, pullNumber: pull.number }, `reply:${commentId}`)) !==
  null;

export const wantReaction = (
  ports: Pick<FlowPorts, 'store' | 'clock'>,
  pull: PullRef,
  commentId: number,
  reaction: CommandReaction,
): Promise<void> => ports.store.reports.want(pull, `reaction:${commentId}:${reaction}`, ports.clock.now());

/** By installation: not before this time, Unix milliseconds. GitHub counts calls, not things. */
type Limits = Map<number, number>;

export interface Reporter {
  /** Sends what is due and returns how much that was; 0 when nothing is left for now. */
  send(): Promise<number>;
}

/**
 * Stage 8: sends what is due. Each thing is rendered from the store now, so a repeated or late
 * sending says what is true now. Things of one pull request go out one after another.
 */
export const createReporter = (ports: Ports): Reporter => {
  const limits: Limits = new Map();
  return {
    send: async () => {
      const due = await ports.store.reports.due(ports.clock.now(), 50);
      const byPull = Map.groupBy(due, (item) => `${item.pull.repo.id}/${item.pull.number}`);
      await Promise.all(
        [...byPull.values()].map(async (items) => {
          for (const item of items) await sendOrPostpone(ports, limits, item);
        }),
      );
      return due.length;
    },
  };
};

const sendOrPostpone = async (ports: Ports, limits: Limits, item: Report): Promise<void> => {
  const { store, log, clock } = ports;
  const key = keyOf(item.pull);
  const { installationId } = item.pull.repo;
  const until = limits.get(installationId) ?? 0;
  // A newer wish brings a thing forward, past the time that it was to wait.
  if (until > clock.now()) return store.reports.held(key, item.thing, until);
  try {
    const externalId = await send(ports, item);
    await store.reports.sent(key, item.thing, item.wanted, externalId);
  } catch (error) {
    const failure = error instanceof ForgeError ? error : null;
    const facts = {
      thing: item.thing,
      pull: item.pull.number,
      attempts: item.attempts,
      error: String(error),
    };
    // GitHub refuses what it does not know everywhere yet, a commit pushed a second ago: a few more tries.
    const refused = failure?.failure === 'gone' || failure?.failure === 'refused';
    const hopeless = failure === null || refused ? item.attempts >= triesWithoutHope : false;
    if (hopeless) {
      log.error('report given up', facts);
      return giveUp(ports, item, String(error));
    }
    if (failure?.failure === 'limited')
      limits.set(installationId, clock.now() + (failure.retryAfterMs ?? limitMs));
    log.warn('report postponed', facts);
    const backOff = Math.min(1_000 * 2 ** item.attempts, 300_000);
    await store.reports.postponed(
      key,
      item.thing,
      clock.now() + Math.max(failure?.retryAfterMs ?? 0, backOff),
    );
  }
};

/** Only what was tried: a wish that came in the meantime has its own tries. */
const giveUp = ({ store, clock }: Ports, item: Report, reason: string): Promise<void> =>
  store.transact(async ({ reports }) => {
    const key = keyOf(item.pull);
    await reports.park(key, item.thing, reason);
    const latest = await reports.get(key, item.thing);
    if (latest !== null && latest.wanted > item.wanted)
      await reports.want(item.pull, item.thing, clock.now() + 1_000);
  });

/** Returns the id under which the thing is known on the forge. */
const send = async (ports: Ports, item: Report): Promise<number | null> => {
  const [kind = '', first = '', ...rest] = item.thing.split(':');
  switch (kind) {
    case 'board':
      return sendBoard(ports, item);
    case 'check':
      return sendCheck(ports, item, sha(first), rest.join(':'));
    case 'reply':
      return sendReply(ports, item, first);
    case 'reaction':
      await ports.forge.react(item.pull.repo, Number(first), reactionOf(rest[0]));
      return null;
    default:
      throw new Error(`a report of an unknown kind: ${item.thing}`);
  }
};

const reactionOf = (text: string | undefined): CommandReaction => {
  if (text === 'eyes' || text === '+1' || text === 'rocket' || text === 'confused') return text;
  throw new Error(`a reaction of an unknown kind: ${text}`);
};

const viewOf = async (
  ports: Ports,
  ref: PullRef,
): Promise<{ readonly pull: Pull; readonly batch: Batch | null; readonly view: BoardView }> => {
  const { store, forge } = ports;
  const key = keyOf(ref);
  const [pull, batch, runs, waits] = await Promise.all([
    forge.pull(ref),
    store.batches.latest(key, 'plan'),
    store.runs.latest(key),
    store.locks.waitsOf(key),
  ]);
  const held = await Promise.all(waits.map((wait) => store.locks.get(wait.project)));
  const newest = new Set(runs.map((run) => run.id));
  const older = runs.flatMap(({ planRunId }) =>
    planRunId === null || newest.has(planRunId) ? [] : [planRunId],
  );
  const used = await Promise.all(older.map((id) => store.runs.get(id)));
  const view = boardView({
    pull,
    batch,
    runs,
    used: used.filter((run) => run !== null),
    waits,
    held: held.filter((lock) => lock !== null),
    noRoom: await ports.space.isLow(),
  });
  return { pull, batch, view };
};

/** Nothing to say: no project is affected or removed, or a draft that nobody asked about. */
const isQuiet = (view: BoardView): boolean =>
  view.rows.length === 0 &&
  (view.problem === null
    ? !view.skipped.some((project) => project.removed === true)
    : view.problem.code === 'draft');

const sendBoard = async (ports: Ports, item: Report): Promise<number | null> => {
  const { pull, view } = await viewOf(ports, item.pull);
  if (item.externalId === null && isQuiet(view)) return null;
  return ports.forge.upsertComment(item.pull, {
    id: item.externalId,
    marker: boardMarker(pull),
    body: ports.mask(ports.renderer.board(view)),
  });
};

const sendCheck = async (ports: Ports, item: Report, headSha: Sha, name: string): Promise<number | null> => {
  const { view } = await viewOf(ports, item.pull);
  const check = view.headSha === headSha ? checkOf(ports, view, name) : outdated;
  return ports.forge.upsertCheck(item.pull.repo, {
    id: item.externalId,
    headSha,
    name,
    status: check.status,
    conclusion: check.conclusion,
    title: check.title,
    summary: ports.mask(check.summary),
    text: check.text === null ? null : ports.mask(check.text),
    detailsUrl: null,
  });
};

const outdated: CheckView = {
  status: 'completed',
  conclusion: 'cancelled',
  title: 'Superseded',
  summary: 'A newer commit was pushed; it has its own checks.',
  text: null,
};

const checkOf = ({ renderer }: Ports, view: BoardView, name: string): CheckView => {
  if (name === 'tidegate/plan') return renderer.planCheck(view);
  if (name === 'tidegate/apply') return renderer.applyCheck(view);
  const row = view.rows.find((candidate) => projectCheckName(candidate) === name);
  return row === undefined ? outdated : renderer.projectCheck(row);
};

const sendReply = async (ports: Ports, item: Report, commentId: string): Promise<number | null> => {
  const content = readReplyContent(item.content);
  const marker = `tidegate:reply:${commentId}`;
  const view = await replyView(ports, item.pull, content, marker);
  return ports.forge.upsertComment(item.pull, {
    id: item.externalId,
    marker,
    body: ports.mask(ports.renderer.reply(view)),
  });
};

const replyView = async (
  ports: Ports,
  ref: PullRef,
  content: ReplyContent,
  marker: string,
): Promise<ReplyView> => {
  const { store, operator } = ports;
  const { login } = content;
  switch (content.kind) {
    case 'help':
      return { kind: 'help', marker, login, prefixes: operator.prefixes };
    case 'problem':
      return { ...content, marker };
    case 'unlocked':
      return { ...content, marker };
    case 'refusals': {
      const id = batchId(content.batchId);
      const left = content.left ?? [];
      const failed = await store.runs.ofPull(keyOf(ref), ['failed']);
      const refusals = failed
        .filter((run) => run.batchId === id && run.startedAt === null)
        .flatMap((run) =>
          run.problem === null ? [] : [{ project: run.project.name, problem: run.problem }],
        );
      return { kind: 'refusals', marker, login, command: content.command, refusals: [...left, ...refusals] };
    }
    case 'status': {
      const { view, batch } = await viewOf(ports, ref);
      const locks = await store.locks.ofPull(keyOf(ref));
      const nameOf = (key: ProjectKey) => batch?.affected.find((project) => project.key === key)?.name ?? key;
      return {
        kind: 'status',
        marker,
        login,
        rows: view.rows,
        skipped: view.skipped,
        locks: locks.map((lock) => ({
          project: nameOf(lock.project),
          since: new Date(lock.since).toISOString(),
        })),
      };
    }
    default: {
      const never: never = content;
      return never;
    }
  }
};
