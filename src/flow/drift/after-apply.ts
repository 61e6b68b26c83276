import { isUnsettled } from '../../domain/convergence/unsettled.ts';
import { afterLook, unseen } from '../../domain/drift/drift.ts';
import { seenIn } from '../../domain/drift/found.ts';
import { changesWorld, isRefused, type Run } from '../../domain/run.ts';
import type { StoreTables } from '../../store/port.ts';
import type { FlowPorts } from '../ports.ts';
import type { Sight } from './see.ts';
import { driftChanged, driftSettings, refOf } from './told.ts';

/**
 * The world was changed by a run that has ended: whether it is as it should be now is looked at next. Called with its end, all or nothing,
 * behind what its end says of the project. While its pull request is not merged that look is put off.
 */
export const lookAfter = async (
  tables: StoreTables,
  { clock }: Pick<FlowPorts, 'clock'>,
  ended: Run,
): Promise<void> => {
  if (!changesWorld(ended.verb) || ended.startedAt === null || isRefused(ended)) return;
  // Nobody knows what it does yet.
  if (ended.state === 'unresolved') return;
  const tracked = await tables.tracked.get(ended.project.key);
  const ref = tracked === null ? null : refOf(tracked);
  if (tracked === null || ref === null || driftSettings(tracked).mode === 'off') return;
  const at = clock.now();
  if (await tables.drifts.ask(tracked.key, at)) return;
  const { repo, project } = tracked;
  const row = unseen({ project: tracked.key, repo, name: project.name, ref, dueAt: at }, at);
  await tables.drifts.put({ ...row, askedAt: at });
};

/**
 * What an apply left was looked at, and that is the look behind it: no other one is made. Only where something is left of what its branch
 * does not have yet is it looked at once more, when the branch has it. Called with the end of that look, all or nothing.
 */
export const noteLookAfter = async (
  tables: StoreTables,
  ports: Pick<FlowPorts, 'clock' | 'operator' | 'newId'>,
  apply: Run,
  { since, plan, versionOf }: Sight,
): Promise<void> => {
  const at = ports.clock.now();
  const tracked = await tables.tracked.get(apply.project.key);
  const ref = tracked === null ? null : refOf(tracked);
  const settings = tracked === null ? null : driftSettings(tracked);
  if (tracked === null || ref === null || settings === null || settings.mode === 'off') return;
  const { key, repo, project, applied } = tracked;
  if (applied === null || applied.run !== apply.id) return lookAfter(tables, ports, apply);
  const seen = seenIn(plan.summary, {
    commit: applied.sha,
    isApplied: true,
    ignore: settings.ignore,
    isUnsettled: isUnsettled(await tables.convergences.unsettled(key), versionOf),
    at,
  });
  if (applied.on === 'ended' || (applied.on === 'open' && seen.status !== 'clean'))
    return lookAfter(tables, ports, apply);
  const { name } = project;
  const before = (await tables.drifts.get(key)) ?? unseen({ project: key, repo, name, ref, dueAt: at }, at);
  // Who asked after it had begun may have seen what it did not see.
  const askedAt = before.askedAt !== null && before.askedAt >= since ? before.askedAt : null;
  const after = { ...afterLook(before, seen, at), name, repo, ref, askedAt };
  await tables.drifts.put(after);
  await driftChanged(tables, ports, before, after, tracked);
};
