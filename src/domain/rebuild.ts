import type { ProjectKey, Sha } from './ids.ts';
import type { PlanSummary } from './plan-summary.ts';
import type { Project } from './project.ts';
import type { Actor } from './pull.ts';
import type { Run } from './run.ts';

/**
 * Somebody's `/apply --all --env E`. What uses outputs of other projects is planned after those were applied, so the word stands for
 * what is planned of the same commit later, until it is done, something goes wrong or somebody says anything else.
 */
export interface Rebuild {
  readonly repositoryId: number;
  readonly pullNumber: number;
  readonly environment: string;
  readonly headSha: Sha;
  readonly actor: Actor;
  readonly commentId: number;
  /** When it was written, by our clock. Plans that were there by then were shown. */
  readonly at: number;
}

/** Is it about this plan? */
export const isAbout = (
  rebuild: Rebuild | null,
  { headSha, project }: Pick<Run, 'headSha'> & { readonly project: Pick<Project, 'settings'> },
): rebuild is Rebuild =>
  rebuild !== null && rebuild.headSha === headSha && rebuild.environment === project.settings.environment;

/** Does it make things, and nothing else, as far as is known of it? A plan that an older version read less of may do anything. */
export const onlyCreates = ({
  facts,
  complete,
  counts,
  hasChanges,
  resources,
  outputs,
}: PlanSummary): boolean => {
  const { create: _, read: __, ...others } = counts;
  return (
    hasChanges &&
    facts === 'all' &&
    complete !== false &&
    Object.values(others).every((count) => count === 0) &&
    resources.every(
      ({ action, previousAddress, importing, deposed }) =>
        ['create', 'read', 'no-op'].includes(action) &&
        previousAddress === null &&
        importing === null &&
        deposed === null,
    ) &&
    outputs.every(({ action }) => action === 'create' || action === 'no-op')
  );
};

export interface RebuildFacts {
  /** Null: nobody's word stands. */
  readonly rebuild: Rebuild | null;
  readonly planRun: Pick<Run, 'headSha' | 'extra' | 'plan' | 'endedAt'>;
  /** As its settings are now. */
  readonly project: Pick<Project, 'key' | 'settings'>;
  /** What this pull request changes: it is not what the base branch has. */
  readonly affected: readonly { readonly key: ProjectKey }[];
  /** Every run of the pull request. */
  readonly runs: readonly Pick<Run, 'state' | 'createdAt' | 'project'>[];
}

export interface Reach {
  readonly holds: boolean;
  /** A sentence without its end. */
  readonly because: string;
}

const no = (because: string): Reach => ({ holds: false, because });
const bad: ReadonlySet<Run['state']> = new Set(['failed', 'cancelled', 'unresolved']);

/**
 * Does somebody's word for all of an environment reach as far as this plan? What was there when it was written was shown. What was
 * not was seen by nobody: it may only create, of what the base branch has, and only while nothing has gone wrong.
 */
export const reaches = ({ rebuild, planRun, project, affected, runs }: RebuildFacts): Reach => {
  if (rebuild === null) return no('nobody asks for all of its environment any more');
  if (!isAbout(rebuild, { headSha: planRun.headSha, project }))
    return no('it was asked for another commit, or another environment');
  if (planRun.endedAt !== null && planRun.endedAt <= rebuild.at)
    return { holds: true, because: `planned when ${rebuild.actor.login} asked for all of it` };
  const since = runs.find(({ state, createdAt }) => createdAt >= rebuild.at && bad.has(state));
  if (since !== undefined) return no(`\`${since.project.name}\` did not end well since`);
  if (affected.some(({ key }) => key === project.key))
    return no('this pull request changes it, and it was planned after all of it was asked for');
  if (planRun.extra.length > 0 || planRun.plan === null || !onlyCreates(planRun.plan.summary))
    return no('it was planned after all of it was asked for, and does more than to create');
  return { holds: true, because: `it only creates, and ${rebuild.actor.login} asked for all of it` };
};
