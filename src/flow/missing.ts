import type { Batch } from '../domain/batch.ts';
import type { ProjectKey } from '../domain/ids.ts';
import type { Pull } from '../domain/pull.ts';
import { askedOfApply } from '../domain/rules/asked-of-apply.ts';
import type { Requirement } from '../domain/rules/requirement.ts';
import { evaluate } from '../domain/rules/requirements.ts';
import type { Run } from '../domain/run.ts';
import { ForgeError } from '../forge/port.ts';
import { FetchFailed } from '../git/port.ts';
import type { SinceApproved } from '../render/view.ts';
import { keyOf } from './admit.ts';
import { type Discovery, discover } from './discover.ts';
import { openDues } from './dues.ts';
import type { FlowPorts } from './ports.ts';
import { atOnce, readRules } from './rule-facts.ts';
import { sinceApproved } from './since-approved.ts';

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
  | 'runners'
>;

/** What can be said without many requests: a board is written often. `/why` says all. */
const isQuick = (requirement: Requirement): boolean =>
  requirement.kind === 'window' ||
  requirement.kind === 'environment' ||
  requirement.kind === 'policies' ||
  (requirement.kind === 'approved' && !requirement.codeOwners);

/** Whose file is whose takes reading the repository; who approved what does not. */
const isTold = (requirement: Requirement): boolean => isQuick(requirement) || requirement.kind === 'approved';

const asksOwners = (requirement: Requirement): boolean =>
  requirement.kind === 'approved' && requirement.codeOwners;

/** What the forge asks before a merge, it asks itself. */
const isLeftToUs = ({ kind }: Requirement): boolean => kind !== 'mergeable' && kind !== 'up_to_date';

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
    if (planRun?.state !== 'planned' || planRun.plan?.summary.hasChanges !== true) continue;
    const { settings } = planRun.project;
    // A check says that it will be applied after the merge, and nobody commands it then: that must be so.
    const isWhole = settings.apply.kind === 'merge';
    const isAsked = isWhole ? isLeftToUs : isTold;
    const requirements = askedOfApply(settings, planRun.extra).requirements.filter(isAsked);
    if (isWhole && requirements.some(asksOwners)) discovery ??= discover(ports, pull).catch(unread);
    if (requirements.length === 0) continue;
    const reading = {
      pull,
      project: planRun.project,
      actor: null,
      planRun,
      who: [],
      requirements,
      discovery: isWhole ? await discovery : null,
    };
    const read = await readRules({ ...ports, forge }, reading).catch(unread);
    if (read === null) {
      missing.set(project.key, 'what its rules ask for, which could not be read just now');
      continue;
    }
    const { rules } = read;
    if (rules === null) continue;
    const needs = requirements
      .filter(isWhole ? isLeftToUs : isQuick)
      .flatMap((requirement) => evaluate(requirement, rules).needs ?? []);
    if (needs.length > 0) missing.set(project.key, [...new Set(needs)].join(', '));
    const others = await sinceApproved(ports, rules.votes, planRun);
    if (others.length > 0) since.set(project.key, others);
  }
  return found;
};
