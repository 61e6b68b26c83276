/** A correction that nothing stands in the way of, and what is made of it. */
import { type Begun, type Correction, noCorrection, withFound } from '../../src/domain/drift/correction.ts';
import type { CorrectionFacts } from '../../src/domain/drift/limits.ts';
import { carefulLimits } from '../../src/domain/drift/settings.ts';
import { inputsDigest, runId, treeId } from '../../src/domain/ids.ts';
import type { ChangeAction, PlanSummary, ResourceChange } from '../../src/domain/plan-summary.ts';
import type { Tracked } from '../../src/domain/tracked.ts';
import { project as projectOf, repo, summary } from '../store/samples.ts';
import { commit } from './samples.ts';

export const minute = 60_000;
export const now = Date.UTC(2026, 10, 23, 8);
const tip = commit('a');
export const project = projectOf();
export const look = runId('look-0001');

const change = (action: ChangeAction, more: Partial<ResourceChange> = {}): ResourceChange => ({
  ...{ address: `t.${action}`, previousAddress: null, module: null, mode: 'managed', type: 't', name: 'n' },
  ...{ index: null, deposed: null, provider: 'p', action, order: null, reason: null, importing: null },
  ...{ replacePaths: [], sensitive: [], unknown: [], attributes: [], unchanged: 1 },
  ...more,
});

/** A plan with these changes, and so many resources that stay as they are. */
export const planOf = (
  actions: readonly ChangeAction[],
  kept: number | undefined = 20,
  more: Partial<PlanSummary> = {},
): PlanSummary => ({
  ...summary,
  facts: 'all',
  complete: true,
  counts: {
    ...{ create: 0, update: 0, replace: 0, delete: 0, import: 0, move: 0, forget: 0 },
    ...{ read: 0, invoke: 0, deferred: 0 },
    ...Object.fromEntries(actions.map((action) => [action, actions.filter((one) => one === action).length])),
  },
  resources: actions.map((action, index) => change(action, { address: `t.n${index}` })),
  kept,
  ...more,
});

export const version = { ref: 'refs/heads/main', sha: tip, tree: treeId('b'.repeat(40)), at: 1 };
export const tracked: Tracked = {
  ...{ key: project.key, repo, project, desired: { ...version, behind: null, refused: null } },
  applied: {
    ...{ ...version, inputs: inputsDigest('c'.repeat(64)), toolVersion: '1', on: 'branch', sure: true },
    ...{ plan: null, by: null, pullNumber: null, run: null },
  },
  ...{ attempted: null, proven: null, merged: null, pendingSince: null, goneAt: null },
};
export const correction: Correction = withFound(noCorrection(project.key, repo), {
  look,
  fingerprint: 'f',
  at: now,
});

export const fine: CorrectionFacts = {
  name: 'network',
  now,
  settings: { mode: 'apply', limits: carefulLimits },
  seen: {
    status: 'drifted',
    fingerprint: 'f',
    ignored: 0,
    unsettled: 0,
    summary: planOf(['update', 'create']),
    because: null,
  },
  correction,
  tracked,
  tip,
  inHand: null,
  suspended: [],
  closed: [],
  person: null,
};

export const seeing = (plan: PlanSummary | null, more: Partial<CorrectionFacts['seen']> = {}) => ({
  seen: { ...fine.seen, summary: plan, ...more },
});
export const applied = (more: Partial<NonNullable<Tracked['applied']>>): Partial<CorrectionFacts> => ({
  tracked: { ...tracked, applied: tracked.applied === null ? null : { ...tracked.applied, ...more } },
});
export const begunAt = (...minutes: readonly number[]): readonly Begun[] =>
  minutes.map((before) => ({ fingerprint: 'f', at: now - before * minute }));
export const limited = (more: Partial<typeof carefulLimits>): Partial<CorrectionFacts> => ({
  settings: { mode: 'apply', limits: { ...carefulLimits, ...more } },
});
