import { z } from 'zod';
import type { AuditEvent } from '../../domain/audit.ts';
import { projectKeyFromText } from '../../domain/ids.ts';
import { meaningOf, type Notification } from '../../domain/notification.ts';
import type { Project } from '../../domain/project.ts';
import { noPull, type RepoRef } from '../../domain/pull.ts';
import type { Tracked } from '../../domain/tracked.ts';
import type { StoreTables } from '../../store/port.ts';

/** What rows have of what is told: facts of other names, and those of another form, are nobody's business. */
const factsSchema = z.object({
  project: z.string().nullable().catch(null).default(null),
  head: z.string().nullable().catch(null).default(null),
  commit: z.string().nullable().catch(null).default(null),
  problem: z.string().nullable().catch(null).default(null),
  changes: z.record(z.string(), z.number().int()).nullable().catch(null).default(null),
  counts: z.record(z.string(), z.number().int()).nullable().catch(null).default(null),
  fingerprint: z.string().nullable().catch(null).default(null),
});

/**
 * What an audit row tells others; null: nothing, or of a repository that nobody knows any more. `key`: of its project, null where it is of
 * none. `about`: the same for the same state of the same thing, without when and by which run it was found. Only what is listed here leaves: a row may hold more than others should see.
 */
export const notificationOf = async (
  tables: StoreTables,
  row: AuditEvent & { readonly seq: number },
): Promise<{
  readonly notification: Notification;
  readonly key: string | null;
  readonly about: string;
} | null> => {
  const meaning = meaningOf(row);
  if (meaning === null) return null;
  const facts = factsSchema.parse(row.facts);
  const pullNumber = row.pullNumber === noPull ? null : row.pullNumber;
  const batch =
    pullNumber === null
      ? null
      : await tables.batches.latest({ repositoryId: row.repositoryId, pullNumber }, 'plan');
  const tracked = batch === null ? await trackedOf(tables, facts.project) : null;
  const repo = batch?.repo ?? tracked?.repo ?? (await repositoryOf(tables, row.repositoryId));
  if (repo === null) return null;
  const planned = batch?.affected.find(({ key, name }) => key === facts.project || name === facts.project);
  const project = planned ?? tracked?.project ?? null;
  const [sha, changes] = [facts.head ?? facts.commit, facts.changes ?? facts.counts];
  return {
    key: project?.key ?? facts.project,
    // Drift stays the same when its version moves forward, and whatever its values are.
    about: facts.fingerprint ?? JSON.stringify([sha, facts.problem, changes]),
    notification: {
      id: `${row.repositoryId}-${row.seq}`,
      ...meaning,
      recovered: false,
      at: row.at,
      repo,
      pullNumber,
      project: project === null ? placeOf(facts.project) : shownOf(project),
      environment: project?.settings.environment ?? null,
      actor: row.actor,
      runId: row.runId,
      sha,
      changes,
      problem: facts.problem,
    },
  };
};

const shownOf = ({ name, dir, workspace }: Project): Notification['project'] => ({ name, dir, workspace });

/** A key says the place; what is none is a name. */
const placeOf = (text: string | null): Notification['project'] => {
  if (text === null) return null;
  const [, dir, workspace, name] = text.split(':');
  if (dir === undefined || workspace === undefined || name === undefined)
    return { name: text, dir: '', workspace: '' };
  return { name: name === '*' ? dir : name, dir, workspace };
};

const repositoryOf = async (tables: StoreTables, id: number): Promise<RepoRef | null> =>
  (await tables.batches.repositories()).find((repo) => repo.id === id) ?? null;

/** What is told of without a pull request. */
const trackedOf = async (tables: StoreTables, key: string | null): Promise<Tracked | null> =>
  key !== null && /^\d+:[^:]+:[^:]+:.+$/s.test(key) ? tables.tracked.get(projectKeyFromText(key)) : null;
