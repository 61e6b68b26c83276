import type { Batch } from '../domain/batch.ts';
import type { ProjectKey, Sha } from '../domain/ids.ts';
import { beyondLimit } from '../domain/partial.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import { fullNameOf, type Pull } from '../domain/pull.ts';
import { keyOf } from './admit.ts';
import type { FlowPorts } from './ports.ts';

type Ports = Pick<FlowPorts, 'store' | 'operator'>;

/** More would only wait for hours, and make everybody behind them wait. Applies are not asked: there are no more than people want. */
export const queueFull = async ({ store, operator }: Ports, more: number): Promise<Problem | null> => {
  if (more === 0) return null;
  const waiting = (await store.runs.counts(['queued'])).reduce((sum, { runs }) => sum + runs, 0);
  if (waiting + more <= operator.queuedRuns) return null;
  return {
    code: 'queue-full',
    sentence: `${more === 1 ? 'One more run does' : `${more} more runs do`} not fit: ${waiting} of at most ${operator.queuedRuns} wait on this server already.`,
    advice:
      'Nothing of this commit was planned. Comment `/plan` when it is quieter; tell the people who run Tidegate if it stays.',
  };
};

interface Asking {
  readonly headSha: Sha;
  readonly chosen: readonly Project[];
  /** The batch before this. */
  readonly before: Batch | null;
  /** What was planned before, and is not chosen now, goes. */
  readonly startsOver: boolean;
}

/**
 * A shared file that hundreds of projects use is changed by accident more often than on purpose, and each of them would be locked and
 * planned. What is planned at this commit already counts and is never too much; what a merge asks for is not counted.
 */
export const tooMany = async (
  { store, operator }: Ports,
  pull: Pull,
  { headSha, chosen, before, startsOver }: Asking,
): Promise<Problem | null> => {
  const most = operator.projectsPerPull(fullNameOf(pull.ref.repo));
  if (pull.merged !== null || chosen.length === 0) return null;
  const known = await plannedAt({ store }, pull, headSha, before);
  const isMeant = new Set(chosen.map(({ key }) => key));
  const planned = startsOver ? [...known].filter((key) => isMeant.has(key)) : known;
  return beyondLimit(chosen, { most, planned: new Set(planned) });
};

/** What is planned, or was to be, at this commit, and what stands in line for a lock. */
const plannedAt = async (
  { store }: Pick<FlowPorts, 'store'>,
  pull: Pull,
  headSha: Sha,
  before: Batch | null,
): Promise<ReadonlySet<ProjectKey>> => {
  const key = keyOf(pull);
  const runs = (await store.runs.latest(key)).filter(
    (run) => run.verb === 'plan' && run.headSha === headSha && run.state !== 'superseded',
  );
  const waits = before?.headSha === headSha ? await store.locks.waitsOf(key) : [];
  return new Set([...runs.map(({ project }) => project.key), ...waits.map(({ project }) => project)]);
};
