import type { Batch, Skipped } from '../domain/batch.ts';
import {
  type ChangedOutputs,
  changedByPlan,
  type Follows,
  followersOf,
  following,
  followsOf,
} from '../domain/followers.ts';
import { inOrder } from '../domain/graph.ts';
import type { ProjectKey } from '../domain/ids.ts';
import { type Part, shownNow } from '../domain/partial.ts';
import type { Progress } from '../domain/progress.ts';
import type { Project } from '../domain/project.ts';
import type { Pull } from '../domain/pull.ts';
import { quotedList } from '../domain/quote.ts';
import { changesWorld, type Run } from '../domain/run.ts';
import type { PullKey, StoreTables } from '../store/port.ts';
import type { Discovery } from './discovery.ts';
import { soundLook } from './last-look.ts';

/** After the merge only what it asks for is planned. What is taken away is planned by its files. */
export const followersNow = (
  { state }: Pick<Pull, 'state'>,
  { projects, endings }: Pick<Discovery, 'projects' | 'endings'>,
  shown: readonly Project[],
): readonly Project[] =>
  state === 'open'
    ? followersOf(
        projects.filter(({ key }) => !endings.has(key)),
        shown,
      )
    : [];

/** What applies of this pull request have changed for others so far. Where it is not known how one ended, that is anything. */
const changedSoFar = async (
  tables: Pick<StoreTables, 'runs'>,
  key: PullKey,
): Promise<ReadonlyMap<ProjectKey, ChangedOutputs>> => {
  const changed = new Map<ProjectKey, ChangedOutputs>();
  for (const run of await tables.runs.ofPull(key, ['running', 'applied', 'failed', 'unresolved'])) {
    const { verb, state, startedAt, planRunId, project } = run;
    if (!changesWorld(verb) || startedAt === null) continue;
    const planRun = state !== 'applied' || planRunId === null ? null : await tables.runs.get(planRunId);
    const [before, now] = [changed.get(project.key) ?? new Set<string>(), changedByPlan(planRun)];
    changed.set(project.key, before === 'any' || now === 'any' ? 'any' : new Set([...before, ...now]));
  }
  return changed;
};

interface Showing {
  readonly pull: Pull;
  readonly discovery: Pick<Discovery, 'projects' | 'endings'>;
  readonly part: Part;
  readonly previous: Batch | null;
  /** Of what is planned now, and of what may not be, no plan of before counts. */
  readonly again: readonly ProjectKey[];
}

/** What a batch of plans shows: what it is about, and what follows because outputs change, looked at afresh. */
export const shownWithFollowers = async (
  tables: Pick<StoreTables, 'runs'>,
  { pull, discovery, part, previous, again }: Showing,
): Promise<Pick<Batch, 'affected' | 'followers'>> => {
  const followed = new Set(pull.state === 'open' ? previous?.followers?.map(({ key }) => key) : []);
  const before =
    previous === null
      ? null
      : { ...previous, affected: previous.affected.filter(({ key }) => !followed.has(key)) };
  const shown = shownNow(part, before);
  const followers = followersNow(pull, discovery, shown);
  if (followers.length === 0) return { affected: shown };
  const key = { repositoryId: pull.ref.repo.id, pullNumber: pull.ref.number };
  const runs = (await tables.runs.latest(key)).filter(
    ({ verb, project }) => verb !== 'plan' || !again.includes(project.key),
  );
  const progress = { head: part.headSha, affected: shown, followers, runs, dues: [] };
  const found = following(progress, await changedSoFar(tables, key));
  return { affected: inOrder([...shown, ...found]), followers };
};

/** Of which projects a plan may stay: who starts over has followers planned anew as well, when their turn comes. */
export const keptBy = (
  { affected, followers }: Pick<Batch, 'affected' | 'followers'>,
  { startsOver = false }: { readonly startsOver?: boolean },
): ReadonlySet<ProjectKey> => {
  const anew = new Set(startsOver ? followers?.map(({ key }) => key) : []);
  return new Set(affected.flatMap(({ key }) => (anew.has(key) ? [] : [key])));
};

/**
 * A plan tells which outputs its apply will change: what uses one of them is shown from now on, and keeps the checks open. Called
 * with its end, all or nothing, so that nobody finds it planned and what follows missing.
 */
export const bringFollowers = async (
  tables: Pick<StoreTables, 'batches' | 'runs'>,
  run: Run,
): Promise<void> => {
  const batch = await soundLook(tables, run);
  const { followers = [] } = batch ?? {};
  if (batch === null || followers.length === 0 || batch.headSha !== run.headSha) return;
  const { headSha: head, affected } = batch;
  const runs = await tables.runs.latest(run);
  const found = following({ head, affected, followers, runs, dues: [] });
  if (found.length > 0) await tables.batches.widen(batch.id, inOrder([...affected, ...found]));
};

/** What was looked at and is not planned: of a follower, why, as far as that is known. */
export const skippedNow = (batch: Batch, progress: Progress): readonly Skipped[] => {
  const follows = followsOf(progress);
  return batch.skipped.flatMap((one) => {
    const isIt = ({ name, dir, workspace }: Project): boolean =>
      name === one.name && dir === one.dir && workspace === one.workspace;
    if (!one.removed && batch.affected.some(isIt)) return [];
    const follower = batch.followers?.find(isIt);
    const found = follower === undefined ? undefined : follows.get(follower.key);
    if (found === undefined) return [one];
    return [{ ...one, reason: reasonOf(found) }];
  });
};

const namesOf = (projects: readonly Project[]): string => quotedList(projects.map(({ name }) => name));

const reasonOf = (found: Follows): string => {
  // Of a checkout, where nothing is applied and so nothing follows.
  if (found.kind === 'planned')
    return 'none of its files changed; an output that it uses does, and it is planned after that was applied';
  if (found.kind === 'open')
    return `none of its files changed; it is planned after ${namesOf(found.until)} if an output that it uses changes there`;
  if (found.late.length > 0)
    return `none of its files changed; outputs that it uses change when the merge applies ${namesOf(found.late)}, and it is applied before a merge, so plan it in a pull request of its own after that`;
  return 'none of its files changed, and no output that it uses';
};
