import type { ProjectKey } from '../../domain/ids.ts';
import type { Problem } from '../../domain/problem.ts';
import type { Actor } from '../../domain/pull.ts';
import { inForce } from '../../domain/suspension.ts';
import { refOf } from '../../domain/tracked.ts';
import type { Store } from '../../store/port.ts';
import { type EnvironmentsPorts, lineViewOf, unheard } from './environments.ts';
import type { Reader } from './reader.ts';
import { html } from './respond.ts';
import type { SeenProject } from './route.ts';

export interface ProjectPorts extends EnvironmentsPorts {
  readonly store: EnvironmentsPorts['store'] & Pick<Store, 'driftIssues'>;
  /** Has it looked at now; why not. */
  look(wish: { readonly project: ProjectKey; readonly actor: Actor | null }): Promise<Problem | null>;
}

/** All that is kept of one project. */
export const projectPage = async (
  ports: ProjectPorts,
  reader: Reader,
  { tracked }: SeenProject,
  problem: Problem | null = null,
): Promise<Response> => {
  const { store, renderer, framing, clock } = ports;
  const { key, project, repo } = tracked;
  const now = clock.now();
  const [lock, drift, issue, said, history] = await Promise.all([
    store.locks.get(key),
    store.drifts.get(key),
    store.driftIssues.get(key),
    store.suspensions.of(key),
    store.tracked.history(key),
  ]);
  const [suspended] = inForce(said, project.settings.suspended ?? [], now);
  const named = reader.repositories?.get(repo.id) ?? repo;
  const pullUrl = (number: number): string => framing.pullUrl(named, number);
  const view = {
    line: lineViewOf(ports, reader, tracked, { lock, drift, said, now }, await unheard(ports, [repo.id])),
    ...{ dir: project.dir, workspace: project.workspace, ref: refOf(tracked), drift, history, pullUrl },
    // The forge leads from one to the other: issues and pull requests share their numbers.
    issue:
      issue?.number == null
        ? null
        : { number: issue.number, issueUrl: pullUrl(issue.number), isOpen: issue.state === 'open' },
    suspended: suspended ?? null,
    problem,
    commitUrl: (sha: string) => framing.commitUrl(named, sha),
  };
  return html(
    renderer.project(framing.of(project.name, 'environments', reader), view),
    problem === null ? 200 : 403,
  );
};

export const lookFromPage = async (
  ports: ProjectPorts,
  reader: Reader,
  seen: SeenProject,
  back: () => Response,
): Promise<Response> => {
  const problem = await ports.look({ project: seen.tracked.key, actor: reader.actor });
  return problem === null ? back() : projectPage(ports, reader, seen, problem);
};
