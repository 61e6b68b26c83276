import type { Batch } from '../domain/batch.ts';
import type { ProjectKey } from '../domain/ids.ts';
import type { Pull } from '../domain/pull.ts';
import { askedOfApply } from '../domain/rules/asked-of-apply.ts';
import type { Requirement } from '../domain/rules/requirement.ts';
import { evaluate } from '../domain/rules/requirements.ts';
import type { Run } from '../domain/run.ts';
import { suspensionNeeds } from '../domain/suspension.ts';
import { ForgeError } from '../forge/port.ts';
import { FetchFailed } from '../git/port.ts';
import type { SinceApproved } from '../render/view.ts';
import { keyOf } from './admit.ts';
import { discover } from './discover.ts';
import type { Discovery } from './discovery.ts';
import { openDues } from './dues.ts';
import type { FlowPorts } from './ports.ts';
import { atOnce, readRules } from './rule-facts.ts';
import { sinceApproved } from './since-approved.ts';
import { suspensionsOf } from './suspended/ask.ts';

export type MissingPorts = Pick<
  FlowPorts,
  | 'forge'
  | 'git'
  | 'store'
  | 'clock'
  | 'appId'
  | 'conditions'
  | 'log'
  | 'operator'
  | 'configuration'
  | 'repositoryFiles'
  | 'generator'
  | 'snapshots'
  | 'runners'
>;

/** Whose file is whose, and what the base branch changed since, takes reading the repository. */
const asksRepository = (requirement: Requirement): boolean =>
  requirement.kind === 'up_to_date' || (requirement.kind === 'approved' && requirement.codeOwners);

/** What the forge asks before a merge, it asks itself. */
const isLeftToUs = ({ kind }: Requirement): boolean => kind !== 'mergeable' && kind !== 'up_to_date';

/** A draft is never mergeable, and is said to be one. */
const isTold =
  ({ draft }: Pull) =>
  ({ kind }: Requirement): boolean =>
    kind !== 'mergeable' || !draft;

/** The board has more to say than that, and goes out without it. */
const unread = (error: unknown): null => {
  if (error instanceof ForgeError || error instanceof FetchFailed) return null;
  throw error;
};

/** Of planned projects, by their keys. */
export interface Missing {
  /** What a project still waits for by its rules, for people: a phrase behind "waits for". */
  readonly needs: ReadonlyMap<ProjectKey, string>;
  /** Approvals of another plan of it. */
  readonly since: ReadonlyMap<ProjectKey, readonly SinceApproved[]>;
}

/**
 * What stands between each planned project and its apply. By what was asked for when it was planned; what counts is read anew
 * before an apply.
 */
export const missingOf = async (
  ports: MissingPorts,
  pull: Pull,
  batch: Batch | null,
  runs: readonly Run[],
): Promise<Missing> => {
  const missing = new Map<ProjectKey, string>();
  const since = new Map<ProjectKey, readonly SinceApproved[]>();
  const found: Missing = { needs: missing, since };
  if (batch === null) return found;
  const dues = pull.state === 'open' ? null : await openDues(ports.store, keyOf(pull));
  const forge = atOnce(ports.forge);
  let discovery: Promise<Discovery | null> | null = null;
  for (const project of batch.affected) {
    if (dues !== null && !dues.some((due) => due.project === project.key)) continue;
    const planRun = runs.find((run) => run.verb === 'plan' && run.project.key === project.key);
    if (planRun?.state !== 'planned' || planRun.spent || planRun.plan?.summary.hasChanges !== true) continue;
    const { settings } = planRun.project;
    const suspended = (await suspensionsOf(ports, planRun.project)).slice(0, 1).map(suspensionNeeds);
    if (suspended.length > 0) missing.set(project.key, suspended.join(', '));
    const asked = askedOfApply(settings, planRun.extra, 'command').requirements;
    const requirements = asked.filter(settings.apply.kind === 'merge' ? isLeftToUs : isTold(pull));
    if (requirements.some(asksRepository)) discovery ??= discover(ports, pull).catch(unread);
    if (requirements.length === 0) continue;
    const reading = {
      pull,
      project: planRun.project,
      actor: null,
      planRun,
      who: [],
      requirements,
      discovery: await discovery,
    };
    const read = await readRules({ ...ports, forge }, reading).catch(unread);
    if (read === null) {
      missing.set(
        project.key,
        [...suspended, 'what its rules ask for, which could not be read just now'].join(', '),
      );
      continue;
    }
    const { rules } = read;
    if (rules === null) continue;
    const verdicts = requirements.map((requirement) => evaluate(requirement, rules));
    const needs = [
      ...suspended,
      ...verdicts.flatMap(({ holds, needs, because }) =>
        holds ? [] : [needs ?? `what its rules ask for (${because})`],
      ),
    ];
    if (needs.length > 0) missing.set(project.key, [...new Set(needs)].join(', '));
    const others = await sinceApproved(ports, rules.votes, planRun);
    if (others.length > 0) since.set(project.key, others);
  }
  return found;
};
