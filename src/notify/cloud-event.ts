import type { Notification } from '../domain/notification.ts';
import { fullNameOf } from '../domain/pull.ts';
import type { Told } from './port.ts';

/** In front of every type: it is ours, and will stay so. */
const typePrefix = 'dev.tidegate.';

/**
 * The event as CloudEvents 1.0 has it, in structured mode: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md and
 * `formats/json-format.md` beside it. `source` with `id` is unlike that of any other event. What stands in `data` may get new keys;
 * none is taken away or changes its meaning.
 */
export const cloudEventOf = (
  { id, type, at, repo, project, environment, ...rest }: Notification,
  { title, url }: Told,
) => ({
  specversion: '1.0',
  id,
  source: `/repos/${fullNameOf(repo)}`,
  type: `${typePrefix}${type}`,
  ...(project === null
    ? {}
    : { subject: environment === null ? project.name : `${project.name}/${environment}` }),
  time: new Date(at).toISOString(),
  datacontenttype: 'application/json',
  data: {
    repository: { id: repo.id, name: fullNameOf(repo) },
    project,
    environment,
    pull: rest.pullNumber,
    run: rest.runId,
    sha: rest.sha,
    actor: rest.actor,
    level: rest.level,
    recovered: rest.recovered,
    changes: rest.changes,
    problem: rest.problem,
    summary: title,
    url,
  },
});
