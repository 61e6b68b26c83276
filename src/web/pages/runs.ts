import type { Context } from 'hono';
import { fullNameOf } from '../../domain/pull.ts';
import { isOver, runStates } from '../../domain/run.ts';
import type { PageRenderer, RunLine, RunsView } from '../../render/pages/view.ts';
import type { ListedRun, Store } from '../../store/port.ts';
import type { Framing } from './frame.ts';
import type { Reader } from './reader.ts';
import { html } from './respond.ts';

export interface RunsPorts {
  readonly store: Pick<Store, 'runs' | 'batches' | 'locks'>;
  readonly renderer: PageRenderer;
  readonly framing: Framing;
}

const pageLength = 50;
const mostNames = 1_000;
const shortLength = 10;

export const lineOf = (run: ListedRun, framing: Framing): RunLine => ({
  id: run.id,
  repository: fullNameOf(run.repo),
  pullNumber: run.pullNumber,
  pullUrl: framing.pullUrl(run.repo, run.pullNumber),
  project: run.project.name,
  dir: run.project.dir,
  workspace: run.project.workspace,
  verb: run.verb,
  state: run.state,
  login: run.actor?.login ?? null,
  headSha: run.headSha,
  createdAt: run.createdAt,
  startedAt: run.startedAt,
  endedAt: run.endedAt,
});

const idsOf = ({ repositories }: Reader): readonly number[] | null =>
  repositories === null ? null : [...repositories.keys()];

export const frontPage = async (
  { store, renderer, framing }: RunsPorts,
  reader: Reader,
): Promise<Response> => {
  const list = async (states: Parameters<typeof store.runs.listed>[0]['states']) =>
    (
      await store.runs.listed({
        repositories: idsOf(reader),
        pullNumber: null,
        states,
        before: null,
        limit: shortLength,
      })
    ).runs.map((run) => lineOf(run, framing));
  const locks = await store.locks.all();
  return html(
    renderer.front(framing.of('Front page', 'front', reader), {
      running: await list(runStates.filter((state) => !isOver(state))),
      unresolved: await list(['unresolved']),
      newest: await list(null),
      locks: locks.filter(({ repositoryId }) => reader.repositories?.has(repositoryId) ?? true).length,
    }),
  );
};

/** Repositories that can be chosen: those the reader may see, or those there was ever a run in. */
const known = async (
  { store }: RunsPorts,
  { repositories }: Reader,
): Promise<ReadonlyMap<string, number>> => {
  const all = repositories === null ? await store.batches.repositories() : [...repositories.values()];
  const named = all.map((repo) => [fullNameOf(repo), repo.id] as const);
  return new Map(named.toSorted(([one], [other]) => (one < other ? -1 : 1)));
};

export const runsPage = async (ports: RunsPorts, c: Context, reader: Reader): Promise<Response> => {
  const { store, renderer, framing } = ports;
  const asked = (name: string) => (c.req.query(name) ?? '').trim().slice(0, 200);
  const filter = { repository: asked('repository'), pull: asked('pull'), state: asked('state') };
  const names = await known(ports, reader);
  const repository = names.get(filter.repository);
  const states = runStates.filter((state) => state === filter.state);
  const pull = /^\d{1,9}$/.test(filter.pull) ? Number(filter.pull) : null;
  const before = /^\d{1,15}$/.test(asked('before')) ? Number(asked('before')) : null;
  const problem =
    filter.repository !== '' && repository === undefined
      ? 'No run of such a repository can be shown.'
      : filter.state !== '' && states.length === 0
        ? 'There is no such state.'
        : filter.pull !== '' && pull === null
          ? 'A pull request is a number.'
          : null;
  const page =
    problem === null
      ? await store.runs.listed({
          repositories: repository === undefined ? idsOf(reader) : [repository],
          pullNumber: pull,
          states: filter.state === '' ? null : states,
          before,
          limit: pageLength,
        })
      : { runs: [], next: null };
  const query = Object.entries(filter).filter(([, value]) => value !== '');
  const view: RunsView = {
    runs: page.runs.map((run) => lineOf(run, framing)),
    filter,
    repositories: [...names.keys()].slice(0, mostNames),
    problem,
    older: page.next === null ? null : String(new URLSearchParams([...query, ['before', String(page.next)]])),
    isFirst: before === null,
  };
  return html(renderer.runs(framing.of('Runs', 'runs', reader), view), problem === null ? 200 : 404);
};
