import type { Sha } from '../../domain/ids.ts';
import type { Pull } from '../../domain/pull.ts';
import { reportPriority } from '../../domain/report-priority.ts';
import type { StoreTables } from '../../store/port.ts';
import type { Report } from '../../store/reports/port.ts';
import { keyOf } from '../admit.ts';
import type { FlowPorts } from '../ports.ts';
import { type Draft, digestOf } from './digest.ts';

type Own = Pick<StoreTables, 'followups' | 'rollbacks' | 'driftPulls'>;

interface OwnBranch {
  /** Without `refs/heads/`. */
  readonly branch: string;
  /** Our commit. */
  readonly commit: Sha;
}

/** The branch of a pull request of our own that nobody needs any more: it is merged, or we closed it. What people close they may reopen. */
const doneWith = async (own: Own, pull: Pull): Promise<OwnBranch | null> => {
  if (pull.state === 'open') return null;
  const [key, sha] = [keyOf(pull), pull.head.sha];
  const drift = await own.driftPulls.of(key, sha);
  const its = drift ?? (await own.followups.of(key, sha)) ?? (await own.rollbacks.of(key, sha));
  if (its === null || its.head === null) return null;
  const isOver = pull.merged !== null || drift?.ended === 'clean';
  return isOver ? { branch: its.branch, commit: its.head } : null;
};

/** Called with the end of a pull request, all or nothing; to be told twice changes nothing. */
export const wantOwnBranchGone = async (
  tables: StoreTables,
  { clock }: Pick<FlowPorts, 'clock'>,
  pull: Pull,
): Promise<void> => {
  if ((await doneWith(tables, pull)) === null) return;
  await tables.reports.want(pull.ref, 'own-branch', clock.now(), undefined, reportPriority.closing);
};

/** Null: somebody has opened it again, or it is none of ours. */
export const ownBranchDraft = async (
  { forge, store }: Pick<FlowPorts, 'forge' | 'store'>,
  { pull: ref }: Report,
): Promise<Draft | null> => {
  const done = await doneWith(store, await forge.pull(ref));
  if (done === null) return null;
  return {
    digest: digestOf(done.branch, done.commit),
    bytes: 0,
    send: async () => {
      await forge.dropBranch(ref.repo, done);
      return null;
    },
  };
};
