import type { AuditEvent } from './audit.ts';
import type { RepoRef } from './pull.ts';

/** How much it asks of people. */
export const notificationLevels = ['information', 'attention', 'failure'] as const;
export type NotificationLevel = (typeof notificationLevels)[number];

/** Something that happened, as others are told of it. Names, numbers and states; never a value of a plan, and never a secret. */
export interface Notification {
  /** The same of the same event, however often it is sent. */
  readonly id: string;
  /** For example `apply.succeeded`: stable, people route and script by it. */
  readonly type: string;
  readonly level: NotificationLevel;
  /** It had failed, or asked for somebody, and does not any more. */
  readonly recovered: boolean;
  /** Unix milliseconds. */
  readonly at: number;
  readonly repo: RepoRef;
  /** Null: it is of no pull request. */
  readonly pullNumber: number | null;
  /** Null: it is of all of them. */
  readonly project: { readonly name: string; readonly dir: string; readonly workspace: string } | null;
  readonly environment: string | null;
  /** Login; null for Tidegate itself. */
  readonly actor: string | null;
  readonly runId: string | null;
  readonly sha: string | null;
  /** How many of which change; null where there is no plan. */
  readonly changes: Readonly<Record<string, number>> | null;
  /** Of the catalogue, for example `apply-failed`; null where all is well. */
  readonly problem: string | null;
}

/** What an audit row says to others. */
interface Meaning {
  readonly type: string;
  readonly level: NotificationLevel;
}

const information = (type: string): Meaning => ({ type, level: 'information' });
const attention = (type: string): Meaning => ({ type, level: 'attention' });
const failure = (type: string): Meaning => ({ type, level: 'failure' });

/** Rows that are not here are nobody's business outside: steps on the way, and what only auditors ask for. */
const meanings: ReadonlyMap<string, Meaning> = new Map([
  ['plan.planned', information('plan.succeeded')],
  ['plan.failed', failure('plan.failed')],
  ['apply.allowed', information('apply.started')],
  ['apply.applied', information('apply.succeeded')],
  ['apply.failed', failure('apply.failed')],
  ['apply.overdue', attention('apply.overdue')],
  ['apply.silent', attention('apply.silent')],
  ['apply.unresolved', failure('apply.unresolved')],
  ['apply.acknowledged', information('apply.acknowledged')],
  ['import.applied', information('import.succeeded')],
  ['import.failed', failure('import.failed')],
  ['import.unresolved', failure('import.unresolved')],
  ['state-rm.applied', information('state.succeeded')],
  ['state-rm.failed', failure('state.failed')],
  ['state-rm.unresolved', failure('state.unresolved')],
  ['lock.unlocked', information('lock.unlocked')],
  ['policy.overridden', attention('policy.overridden')],
  ['board.altered', attention('comment.altered')],
  ['trust.given', information('trust.given')],
  ['push.pending', attention('push.pending')],
  ['push.settled', information('push.settled')],
  ['followup.opened', information('followup.opened')],
  ['rollback.opened', attention('rollback.opened')],
  ['drift.drifted', attention('drift.detected')],
  ['drift.clean', information('drift.resolved')],
  ['drift.pending', information('drift.pending')],
  ['drift.failed', attention('drift.unknown')],
  ['drift.unknown', attention('drift.unknown')],
  ['drift.correcting', information('drift.correcting')],
  ['drift.oscillates', attention('drift.oscillating')],
  ['drift.ended', information('drift.ended')],
  // That nothing is left is what an apply is for.
  ['converge.remains', attention('converge.remains')],
  ['converge.unchecked', information('converge.unchecked')],
  ['project.suspended', attention('suspend.set')],
  ['project.resumed', information('suspend.cleared')],
  ['suspension.over', information('suspend.expired')],
  ['merge.unapplied', attention('merge.unapplied')],
  ['tracked.refused', attention('branch.refused')],
  ['tags.chosen', information('tag.chosen')],
  ['tags.refused', attention('tag.refused')],
  ['state.rescued', attention('state.rescued')],
]);

/** Every type there is, in order: routes are checked against it. */
export const notificationTypes: readonly string[] = [
  ...new Set(['plan.unchanged', 'apply.refused', ...[...meanings.values()].map(({ type }) => type)]),
].toSorted();

/** What a row of the audit trail says to others; null: nothing. */
export const meaningOf = ({
  kind,
  facts,
  runId,
}: Pick<AuditEvent, 'kind' | 'facts' | 'runId'>): Meaning | null => {
  if (kind === 'plan.planned' && facts['hasChanges'] === false) return information('plan.unchanged');
  // The first look that finds nothing ends nothing.
  if (kind === 'drift.clean' && facts['before'] === null) return null;
  // Of an apply that was begun and refused, its end says so.
  if (kind === 'apply.refused') return runId === null ? attention('apply.refused') : null;
  if (kind === 'apply.failed' && facts['begun'] === false) return attention('apply.refused');
  return meanings.get(kind) ?? null;
};

/** What people see as one thing that goes through states: a project of a pull request, a project of a branch, or all of one. */
export const thingOf = (repositoryId: number, pullNumber: number | null, projectKey: string | null): string =>
  [repositoryId, pullNumber ?? '-', projectKey ?? '*'].join('/');

/** What was told last of a thing, to one channel. */
export interface LastTold {
  readonly type: string;
  readonly level: NotificationLevel;
  /** What it was about: the same state of the same thing has the same. */
  readonly about: string;
}

/**
 * Is it news, after what was told last of the same thing? A state is told when it is entered, and once: what flaps or is found again
 * by the next look says nothing new. `recovered`: it had been told that something is wrong.
 */
export const isNews = (
  last: LastTold | null,
  now: LastTold,
): { readonly news: boolean; readonly recovered: boolean } => {
  if (last === null) return { news: true, recovered: false };
  const news = last.type !== now.type || last.about !== now.about;
  return { news, recovered: news && now.level === 'information' && last.level !== 'information' };
};
