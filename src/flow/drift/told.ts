import { type Drift, isNews } from '../../domain/drift/drift.ts';
import { type DriftPull, driftPullThings, driftWays, isOpenPull, newestOf } from '../../domain/drift/pull.ts';
import { type DriftSettings, noDrift } from '../../domain/drift/settings.ts';
import type { Sha } from '../../domain/ids.ts';
import { fullNameOf, noPull, ofRepository, type RepoRef } from '../../domain/pull.ts';
import { reportPriority } from '../../domain/report-priority.ts';
import type { Tracked } from '../../domain/tracked.ts';
import type { StoreTables } from '../../store/port.ts';
import type { FlowPorts } from '../ports.ts';

type Telling = Pick<FlowPorts, 'clock' | 'operator' | 'newId'>;

/** What is said of drift of a project; not what holds for it at this moment: that is asked again when it is looked at. */
export const driftSettings = ({ project }: Pick<Tracked, 'project'>): DriftSettings =>
  project.settings.drift ?? noDrift;

/** Full name of the branch or tag that it goes by; null while nothing is known of it. */
export const refOf = ({ desired, applied }: Pick<Tracked, 'desired' | 'applied'>): string | null =>
  desired?.ref ?? applied?.ref ?? null;

/**
 * A look has ended and its row is written: the one place where whatever tells people, or acts, hangs on. It is called after every look,
 * also one that found what the last one had found (`consecutive` of `after` counts those); in the transaction of the row, so that nothing of
 * it is lost or done twice.
 *
 * @param before the row as it was when the look ended; it has `checkedAt: null` where nobody had looked before
 */
export const driftChanged = async (
  tables: StoreTables,
  ports: Telling,
  before: Drift,
  after: Drift,
  tracked: Tracked,
): Promise<void> => {
  await wantDriftIssue(tables, ports, tracked);
  await tellPulls(tables, ports, before, after);
  if (!isNews(before, after)) return;
  await tables.audit.append({
    at: ports.clock.now(),
    kind: `drift.${after.status}`,
    actor: null,
    repositoryId: after.repo.id,
    pullNumber: noPull,
    runId: null,
    facts: {
      project: after.project,
      ref: after.ref,
      commit: after.commit,
      before: before.checkedAt === null ? null : before.status,
      counts: after.counts,
      ignored: after.ignored,
      fingerprint: after.fingerprint,
      because: after.because,
    },
  });
  await wantDriftCheck(tables, ports, after.repo, tracked.desired?.sha ?? null);
};

/** Those that are about it hear of what was found: what is planned there is planned anew where that is something else now. */
const tellPulls = async (
  tables: StoreTables,
  { clock, newId }: Telling,
  before: Drift,
  after: Drift,
): Promise<void> => {
  const all = await tables.driftPulls.ofProject(after.project);
  const at = clock.now();
  if (after.status === 'clean')
    for (const one of all)
      if (one.ended !== null && one.cleanAt === null) await tables.driftPulls.put({ ...one, cleanAt: at });
  for (const way of driftWays) {
    const newest = newestOf(all, way);
    if (!isOpenPull(newest)) continue;
    const { project, repo, number } = newest;
    // What was written down has values as well, and what is put back only things.
    const isOther =
      after.fingerprint !== newest.fingerprint ||
      (way === 'adopt' && before.summary?.content !== after.summary?.content);
    if (after.status === 'drifted' && isOther) {
      await tables.driftPulls.put({ ...newest, fingerprint: after.fingerprint });
      await tables.deliveries.record({
        id: `tidegate-${newId()}`,
        event: 'drift_otherwise',
        action: null,
        repository: fullNameOf(repo),
        trigger: { kind: 'stale', pull: { repo, number }, project },
        receivedAt: at,
      });
    }
    await wantDriftPull(tables, { clock }, newest);
  }
};

/** What it says and whether it is open are read when that is sent. */
const wantDriftPull = (
  tables: StoreTables,
  { clock }: Pick<Telling, 'clock'>,
  { repo, project, way }: DriftPull,
): Promise<void> => {
  const thing = `${driftPullThings[way]}:${project}`;
  return tables.reports.want(ofRepository(repo), thing, clock.now(), undefined, reportPriority.plan);
};

/** Nothing is looked for any more: it is off, or the project, or its repository, is not there. Its row goes with this transaction. */
export const driftEnded = async (
  tables: StoreTables,
  ports: Telling,
  before: Drift,
  tracked: Tracked | null,
): Promise<void> => {
  if (before.status === 'drifted')
    await tables.audit.append({
      at: ports.clock.now(),
      kind: 'drift.ended',
      actor: null,
      repositoryId: before.repo.id,
      pullNumber: noPull,
      runId: null,
      facts: { project: before.project, ref: before.ref, before: before.status },
    });
  await wantDriftCheck(tables, ports, before.repo, tracked?.desired?.sha ?? null);
  if (tracked !== null) await wantDriftIssue(tables, ports, tracked);
};

/** The issue that tells people of it, where it is to, or did. What it says is read when it is sent. */
export const wantDriftIssue = async (
  tables: StoreTables,
  { clock }: Pick<Telling, 'clock'>,
  tracked: Tracked,
): Promise<void> => {
  const { mode } = driftSettings(tracked);
  const isTold = mode === 'issue' || mode === 'pr' || mode === 'apply';
  const isOfTag = !isTold && (await tables.tags.get(tracked.key)) !== null;
  if (!isTold && !isOfTag && (await tables.driftIssues.get(tracked.key)) === null) return;
  const thing = `drift-issue:${tracked.key}`;
  await tables.reports.want(ofRepository(tracked.repo), thing, clock.now(), undefined, reportPriority.plan);
};

/** It is made of the rows of all projects, and where many are looked at several looks end each second. */
const gatherMs = 1_000;

/** The check on the newest commit of a branch. */
export const wantDriftCheck = async (
  tables: StoreTables,
  { clock, operator }: Telling,
  repo: RepoRef,
  tip: Sha | null,
): Promise<void> => {
  if (tip === null || operator.driftOf(`${repo.owner}/${repo.name}`).check === 'off') return;
  await tables.reports.want(
    ofRepository(repo),
    `drift-check:${tip}`,
    clock.now() + gatherMs,
    undefined,
    reportPriority.plan,
  );
};
