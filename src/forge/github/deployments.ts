import type { RepoRef } from '../../domain/pull.ts';
import type { Log } from '../../observe/log.ts';
import type { DeploymentUpsert, Forge } from '../port.ts';
import { orGone } from './comments.ts';
import type { Connection } from './connection.ts';
import { fieldsOf, text } from './fields.ts';
import { pages } from './pages.ts';
import { orNotPermitted } from './permitted.ts';

/** As it was sent, or as text: GitHub gives back either. */
const runOf = (payload: unknown): string | null => {
  if (typeof payload !== 'string') return text(fieldsOf(payload)?.['run']);
  try {
    return text(fieldsOf(JSON.parse(payload))?.['run']);
  } catch {
    return null;
  }
};

/**
 * Deployments: https://docs.github.com/en/rest/deployments
 *
 * A deployment is made once and never changes; what became of it are statuses, of which the newest counts. One whose id is not
 * known is looked for by its commit, task and environment, and known by the run in its payload, among those of our own App.
 * `auto_inactive` is off: it would take the deployments of other projects away that have the same environment, and GitHub does
 * nothing for those of production at all.
 */
export const createDeployments = (
  connection: Connection,
  appId: number,
  log: Pick<Log, 'warn'>,
): Pick<Forge, 'upsertDeployment'> => {
  const at = (repo: RepoRef) => ({ owner: repo.owner, repo: repo.name });
  const warned = new Set<number>();

  /** False where the deployment is gone. */
  const say = async (repo: RepoRef, id: number, wish: DeploymentUpsert): Promise<boolean> => {
    const { repos } = connection.api(repo).rest;
    const place = { ...at(repo), deployment_id: id };
    const told = await orGone(repos.listDeploymentStatuses({ ...place, per_page: 100 }));
    if (told === null) return false;
    const last = told.data.toSorted((one, other) => other.id - one.id)[0];
    if (last?.state === wish.state && last.description === wish.said) return true;
    const made = await orGone(
      repos.createDeploymentStatus({
        ...place,
        state: wish.state,
        description: wish.said,
        auto_inactive: false,
        ...(wish.logUrl === null ? {} : { log_url: wish.logUrl }),
      }),
    );
    return made !== null;
  };

  const find = async (repo: RepoRef, wish: DeploymentUpsert): Promise<number | null> => {
    const { sha, task, environment } = wish;
    const { repos } = connection.api(repo).rest;
    const list = (page: number) =>
      repos.listDeployments({ ...at(repo), sha, task, environment, per_page: 100, page });
    for await (const some of pages(list)) {
      const ours = some.find(
        (one) => one.performed_via_github_app?.id === appId && runOf(one.payload) === wish.payload.run,
      );
      if (ours !== undefined) return ours.id;
    }
    return null;
  };

  const create = async (repo: RepoRef, wish: DeploymentUpsert): Promise<number> => {
    const { sha, task, environment, description, payload } = wish;
    const { data } = await connection.api(repo).rest.repos.createDeployment({
      ...at(repo),
      ref: sha,
      task,
      environment,
      description,
      payload: { ...payload },
      // The check of the very apply that this is about is not green yet, and nothing is to be merged.
      required_contexts: [],
      auto_merge: false,
    });
    if (!('id' in data)) throw new TypeError('GitHub merged instead of making a deployment');
    return data.id;
  };

  const upsert = async (repo: RepoRef, wish: DeploymentUpsert): Promise<number> => {
    if (wish.id !== null && (await say(repo, wish.id, wish))) return wish.id;
    const id = (await find(repo, wish)) ?? (await create(repo, wish));
    await say(repo, id, wish);
    return id;
  };

  return {
    async upsertDeployment(repo, wish) {
      const id = await orNotPermitted(upsert(repo, wish));
      if (id !== 'not-permitted') return id;
      if (!warned.has(repo.installationId)) {
        warned.add(repo.installationId);
        log.warn('no deployments are made: the App has no `deployments: write`', {
          installation: repo.installationId,
        });
      }
      return null;
    },
  };
};
