import type { Notification } from '../domain/notification.ts';
import { ownValue } from '../domain/own-value.ts';
import { fullNameOf } from '../domain/pull.ts';

/** What happened, by type; the rest of the sentence says to what and where. */
const said: Readonly<Record<string, string>> = {
  'plan.succeeded': 'planned',
  'plan.unchanged': 'planned, nothing to change',
  'plan.failed': 'plan failed',
  'apply.started': 'is being applied',
  'apply.succeeded': 'applied',
  'apply.failed': 'apply failed',
  'apply.refused': 'apply refused',
  'apply.overdue': 'apply takes longer than it should',
  'apply.silent': 'apply says nothing',
  'apply.unresolved': 'outcome of the apply is not known: somebody has to look',
  'apply.acknowledged': 'outcome of the apply was settled',
  'import.succeeded': 'imported into the state',
  'import.failed': 'import failed',
  'import.unresolved': 'outcome of the import is not known: somebody has to look',
  'state.succeeded': 'taken out of the state',
  'state.failed': 'state could not be changed',
  'state.unresolved': 'outcome of the change of the state is not known: somebody has to look',
  'lock.unlocked': 'lock given back',
  'policy.overridden': 'a policy was overridden',
  'comment.altered': 'the comment with the plan was altered by somebody',
  'trust.given': 'code was trusted',
  'push.pending': 'pushed without a pull request, and not applied',
  'push.settled': 'what was pushed is settled',
  'followup.opened': 'a follow-up was opened',
  'rollback.opened': 'is to be taken back: a revert was opened',
  'drift.detected': 'drifts: it is not as it was applied',
  'drift.resolved': 'no drift',
  'drift.pending': 'differs, and was never applied here',
  'drift.unknown': 'could not be looked at for drift',
  'drift.correcting': 'drifts, and is being put back',
  'drift.oscillating': 'drifts again and again: it is not put back by itself any more',
  'drift.ended': 'is not looked at for drift any more',
  'converge.remains': 'applied, and planned once more there is still something to change',
  'converge.unchecked': 'applied, and nobody could look whether anything is left',
  'suspend.set': 'suspended: nothing is applied to it',
  'suspend.cleared': 'suspended no longer',
  'suspend.expired': 'its suspension is over',
  'merge.unapplied': 'merged, and never applied',
  'branch.refused': 'what its branch says now was not taken',
  'tag.chosen': 'a tag is followed',
  'tag.refused': 'its tag is not followed',
  'state.rescued': 'a state file was rescued',
};

const order = ['import', 'create', 'update', 'replace', 'delete', 'forget', 'move'] as const;

const changesIn = (changes: Notification['changes']): string => {
  const some = order.flatMap((kind) => {
    const count = changes?.[kind] ?? 0;
    return count === 0 ? [] : [`${count} to ${kind}`];
  });
  return some.length === 0 ? '' : ` (${some.join(', ')})`;
};

/** Two lines in a channel are one too many. */
const longest = 300;
const oneLine = (text: string): string => {
  const flat = text.replaceAll(/[\p{C}\s]+/gu, ' ').trim();
  return [...flat].length <= longest ? flat : `${[...flat].slice(0, longest - 1).join('')}…`;
};

const placeOf = ({ repo, pullNumber }: Pick<Notification, 'repo' | 'pullNumber'>): string =>
  pullNumber === null ? fullNameOf(repo) : `${fullNameOf(repo)}#${pullNumber}`;

/** One line without markup: what, where, who, how much. */
export const notificationTitle = (one: Notification): string => {
  const { type, project, environment, actor, changes, recovered } = one;
  const inEnvironment = environment === null ? '' : ` (${environment})`;
  const subject = project === null ? '' : `${project.name}${inEnvironment}: `;
  const by = actor === null ? '' : `, by ${actor}`;
  const again = recovered ? 'all right again: ' : '';
  return oneLine(
    `${subject}${again}${ownValue(said, type) ?? type}${changesIn(changes)}${by}, ${placeOf(one)}`,
  );
};

/** What stands above all that is told of one pull request. */
export const conversationTitle = (one: Notification): string => oneLine(placeOf(one));
