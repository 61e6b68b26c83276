import type { Due } from '../domain/due.ts';
import type { ProjectKey, RunId } from '../domain/ids.ts';
import type { Pull } from '../domain/pull.ts';
import { changesWorld, type Run } from '../domain/run.ts';
import type { StoreTables } from '../store/port.ts';
import { keyOf } from './admit.ts';
import { grantNext, releaseLock, voidPlans } from './conclude.ts';
import { noteDriftPullOver } from './drift/open-pull.ts';
import { isPartial, openDues, wakeDue } from './dues.ts';
import { wantOwnBranchGone } from './outbox/own-branch.ts';
import type { FlowPorts } from './ports.ts';
import { wakeOvertaken } from './stages.ts';
import { trackPull } from './tracked/pulls.ts';

type Ports = Pick<FlowPorts, 'store' | 'clock' | 'newId'>;

/**
 * Stage 9 for a pull request that was merged or closed: plans void, locks and places in line given back; but those of what the
 * merge asks to be applied stay, and it is planned anew. To be told twice changes nothing.
 */
export const concludePull = (
  ports: Ports,
  pull: Pull,
  dues: readonly Due[],
): Promise<{ readonly ended: readonly RunId[]; readonly isOver: boolean }> =>
  ports.store.transact(async (tables) => {
    const key = keyOf(pull);
    const now = ports.clock.now();
    const begun = new Set((await tables.dues.ofPull(key)).map(({ project }) => project));
    for (const due of dues) {
      if ((await tables.dues.add(due)) === 'known') continue;
      await wakeDue(tables, ports, pull.ref, due.project);
    }
    const open = new Set((await openDues(tables, key)).map(({ project }) => project));
    const ended = await voidPlans(tables, key, (project) => !(begun.has(project) && open.has(project)), now);
    await noteApplied(tables, ports, pull, open);
    for (const lock of await tables.locks.ofPull(key))
      if (!open.has(lock.project)) await releaseLock(tables, ports, pull.ref, lock.project);
    for (const wait of await tables.locks.waitsOf(key)) {
      if (open.has(wait.project)) continue;
      await tables.locks.leave(wait.project, key);
      await grantNext(tables, ports, pull.ref.repo, wait.project);
    }
    if (open.size === 0) await tables.trusts.end(key);
    await tables.previews.end(key);
    await trackPull(tables, ports, pull);
    await noteDriftPullOver(tables, ports, pull);
    await wantOwnBranchGone(tables, ports, pull);
    await tables.audit.append({
      at: now,
      kind: pull.merged === null ? 'pull.closed' : 'pull.merged',
      actor: pull.merged?.by?.login ?? null,
      ...key,
      runId: null,
      facts: {
        head: pull.head.sha,
        ended,
        ...(pull.merged === null ? {} : { commit: pull.merged.commit }),
        ...(open.size === 0 ? {} : { due: [...open] }),
      },
    });
    return { ended, isOver: open.size === 0 };
  });

/**
 * What was applied before the merge, or began to be, is described by the merged commit now. Whoever gave the lock up since may not
 * be the last.
 */
const noteApplied = async (
  tables: StoreTables,
  ports: Ports,
  pull: Pull,
  open: ReadonlySet<ProjectKey>,
): Promise<void> => {
  const { ref, head, merged } = pull;
  if (merged === null) return;
  const key = keyOf(pull);
  const begun = await tables.runs.ofPull(key, ['running', 'applied', 'failed', 'unresolved']);
  const latest = await tables.runs.latest(key);
  for (const { project } of await tables.locks.ofPull(key)) {
    const isOf = (run: Run): boolean => changesWorld(run.verb) && run.project.key === project;
    if (!begun.some((run) => isOf(run) && run.startedAt !== null)) continue;
    const noted = { project, commit: merged.commit, pullNumber: ref.number, at: ports.clock.now() };
    await tables.begunCommits.put(noted);
    const apply = latest.find((run) => isOf(run) && run.verb === 'apply');
    const isWhole = apply?.state === 'applied' && apply.headSha === head.sha;
    // Who was merged meanwhile is in the merged commit, and was not in what was applied.
    const isMeanwhile = (await tables.dues.open(project)).some((due) => due.pullNumber !== ref.number);
    if (isWhole && !isMeanwhile && !open.has(project) && !(await isPartial(tables, apply))) {
      await tables.appliedCommits.put(noted);
      await wakeOvertaken(tables, ports, ref, project);
    }
  }
};
