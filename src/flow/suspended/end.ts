import type { Project } from '../../domain/project.ts';
import type { Actor, PullRef, RepoRef } from '../../domain/pull.ts';
import { inForce, type Suspension } from '../../domain/suspension.ts';
import type { StoreTables } from '../../store/port.ts';
import { wakeDue, wakeWaiting } from '../dues.ts';
import type { FlowPorts } from '../ports.ts';
import { wantBoard } from '../report.ts';

type Making = Pick<FlowPorts, 'clock' | 'newId'>;

/** Pull requests whose comment shows a plan of one of these projects. */
export const boardsOf = async (
  { runs }: Pick<StoreTables, 'runs'>,
  repo: RepoRef,
  projects: readonly Pick<Project, 'key'>[],
): Promise<readonly PullRef[]> => {
  const found = await Promise.all(projects.map(({ key }) => runs.standing(repo.id, key)));
  return [...new Set(found.flat().map(({ pullNumber }) => pullNumber))].map((number) => ({ repo, number }));
};

/**
 * Ends one word of somebody, once: what waits for that may begin, and boards say so. Called in a transaction. False: it was ended
 * already.
 *
 * @param by null: its time is over
 */
export const endSuspension = async (
  tables: StoreTables,
  ports: Making,
  { project, repo, commentId, pullNumber, reason, since, until, by: who }: Suspension,
  by: Actor | null,
): Promise<boolean> => {
  if (!(await tables.suspensions.end(project.key, commentId))) return false;
  const now = ports.clock.now();
  await tables.audit.append({
    at: now,
    kind: by === null ? 'suspension.over' : 'project.resumed',
    actor: by?.login ?? null,
    repositoryId: repo.id,
    pullNumber,
    runId: null,
    facts: { project: project.key, by: who.login, reason, since, until },
  });
  if (inForce(await tables.suspensions.of(project.key), [], now).length > 0) return true;
  for (const pull of await boardsOf(tables, repo, [project])) {
    await wakeWaiting(tables, ports, pull, ({ key }) => key === project.key);
    await wantBoard({ store: tables, clock: ports.clock }, pull);
  }
  // Of what a merge asks for there may be no plan yet.
  for (const due of await tables.dues.open(project.key))
    await wakeDue(tables, ports, { repo, number: due.pullNumber }, project.key);
  return true;
};
