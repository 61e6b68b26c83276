import type { ProjectKey } from '../../domain/ids.ts';
import { ownValue } from '../../domain/own-value.ts';
import { byProject } from '../../domain/pending.ts';
import type { Problem } from '../../domain/problem.ts';
import { type Actor, fullNameOf, type PullRef } from '../../domain/pull.ts';
import type { LockLine, PageRenderer, PendingLine, SuspendedLine } from '../../render/pages/view.ts';
import type { Store } from '../../store/port.ts';
import type { Framing } from './frame.ts';
import { type Reader, sees } from './reader.ts';
import { html, words } from './respond.ts';
import type { SeenLock } from './route.ts';

export interface LocksPorts {
  readonly store: Pick<Store, 'locks' | 'batches' | 'runs' | 'pendings' | 'suspensions'>;
  readonly renderer: PageRenderer;
  readonly framing: Framing;
  /** As `/unlock` on the holder's pull request would: the same question who may, the same trace. Null: it was done. */
  readonly unlock: (wish: {
    readonly holder: PullRef;
    readonly project: ProjectKey;
    readonly actor: Actor;
  }) => Promise<Problem | null>;
}

const mostShown = 200;

const said: Readonly<Record<string, string>> = { unlocked: 'It was given back.' };

export const locksPage = async (
  { store, renderer, framing }: LocksPorts,
  reader: Reader,
  came: { readonly problem?: Problem; readonly done?: string } = {},
): Promise<Response> => {
  const seen = (await store.locks.all()).filter(({ repositoryId }) => sees(reader, repositoryId));
  const lines: LockLine[] = [];
  for (const lock of seen.slice(0, mostShown)) {
    const batch = await store.batches.latest(lock, 'plan');
    if (batch === null) continue;
    const repo = reader.repositories?.get(lock.repositoryId) ?? batch.repo;
    const project = batch.affected.find(({ key }) => key === lock.project);
    // The place, where the newest plan did not find the project any more.
    const [, dir = '', workspace = '', name = ''] = lock.project.split(':');
    const waiters = await store.locks.waiters(lock.project);
    lines.push({
      project: project?.name ?? (name === '*' ? dir : name),
      dir: project?.dir ?? dir,
      workspace: project?.workspace ?? workspace,
      repository: fullNameOf(repo),
      pullNumber: lock.pullNumber,
      pullUrl: framing.pullUrl(repo, lock.pullNumber),
      since: lock.since,
      atEnd: lock.releaseAtEnd,
      waiting: waiters
        .slice(0, 20)
        .map(({ pullNumber }) => ({ pullNumber, pullUrl: framing.pullUrl(repo, pullNumber) })),
      key: reader.actor === null ? null : lock.project,
    });
  }
  const pendings = await pendingLines({ store, framing }, reader);
  const suspended = await suspendedLines({ store, framing }, reader);
  const { problem = null, done } = came;
  const view = {
    locks: lines,
    more: Math.max(0, seen.length - mostShown),
    pendings: pendings.slice(0, mostShown),
    morePendings: Math.max(0, pendings.length - mostShown),
    suspended: suspended.slice(0, mostShown),
    moreSuspended: Math.max(0, suspended.length - mostShown),
    problem,
    done: ownValue(said, done ?? '') ?? null,
  };
  return html(renderer.locks(framing.of('Locks', 'locks', reader), view), problem === null ? 200 : 403);
};

/** In the order in which they end. */
const suspendedLines = async (
  { store, framing }: Pick<LocksPorts, 'store' | 'framing'>,
  reader: Reader,
): Promise<readonly SuspendedLine[]> =>
  (await store.suspensions.all())
    .filter(({ repo }) => sees(reader, repo.id))
    .map(({ project, repo: known, pullNumber, by, reason, until }) => {
      const repo = reader.repositories?.get(known.id) ?? known;
      return {
        ...{ project: project.name, repository: fullNameOf(repo), pullNumber, reason, until },
        pullUrl: framing.pullUrl(repo, pullNumber),
        login: by.login,
      };
    });

/** Newest first. */
const pendingLines = async (
  { store, framing }: Pick<LocksPorts, 'store' | 'framing'>,
  reader: Reader,
): Promise<readonly PendingLine[]> =>
  byProject((await store.pendings.open(null)).filter(({ repo }) => sees(reader, repo.id)))
    .map(({ repo: known, name, branch, commit, commits, by, at }) => {
      const repo = reader.repositories?.get(known.id) ?? known;
      return {
        ...{ project: name, repository: fullNameOf(repo), branch, commit, commits, at },
        commitUrl: framing.commitUrl(repo, commit),
        login: by?.login ?? null,
      };
    })
    .toSorted((one, other) => other.at - one.at);

/** @param back where a browser goes when it was done */
export const unlockFromPage = async (
  ports: LocksPorts,
  reader: Reader,
  { lock, repo }: SeenLock,
  back: () => Response,
): Promise<Response> => {
  const { actor } = reader;
  if (actor === null)
    return words(403, 'GitHub has to know who you are. Comment `/unlock` on the pull request instead.');
  const problem = await ports.unlock({
    holder: { repo, number: lock.pullNumber },
    project: lock.project,
    actor,
  });
  return problem === null ? back() : locksPage(ports, reader, { problem });
};
