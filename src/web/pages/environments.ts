import type { Clock } from '../../clock/port.ts';
import { isOpen } from '../../config/windows.ts';
import {
  type Around,
  byEnvironment,
  type EnvironmentLine,
  environmentLine,
} from '../../domain/environments.ts';
import { projectPath } from '../../domain/project-path.ts';
import { fullNameOf } from '../../domain/pull.ts';
import { cursorNameOf, unheardSince } from '../../domain/sweep.ts';
import type { Tracked } from '../../domain/tracked.ts';
import type { EnvironmentLineView } from '../../render/pages/environments.ts';
import type { PageRenderer } from '../../render/pages/view.ts';
import type { Store } from '../../store/port.ts';
import type { Framing } from './frame.ts';
import { type Reader, sees } from './reader.ts';
import { html } from './respond.ts';

export interface EnvironmentsPorts {
  readonly store: Pick<Store, 'tracked' | 'locks' | 'drifts' | 'suspensions' | 'cursors'>;
  readonly renderer: PageRenderer;
  readonly framing: Framing;
  readonly clock: Pick<Clock, 'now'>;
}

/** Of one environment. */
const mostShown = 500;

/** Since when the forge could not be asked about repositories, by their ids. */
export const unheard = async (
  { store, clock }: Pick<EnvironmentsPorts, 'store' | 'clock'>,
  repositories: readonly number[],
): Promise<ReadonlyMap<number, number>> => {
  const now = clock.now();
  const asked = await Promise.all(
    [...new Set(repositories)].map(async (id) => {
      const since = unheardSince(await store.cursors.get(cursorNameOf({ id })), now);
      return since === null ? [] : [[id, since] as const];
    }),
  );
  return new Map(asked.flat());
};

/** A line with its addresses on the forge. */
const shown = (
  { framing }: Pick<EnvironmentsPorts, 'framing'>,
  reader: Reader,
  line: EnvironmentLine,
  old: ReadonlyMap<number, number>,
): EnvironmentLineView => {
  const repo = reader.repositories?.get(line.repo.id) ?? line.repo;
  const pullUrl = (number: number | null | undefined) =>
    number === null || number === undefined ? null : framing.pullUrl(repo, number);
  return {
    line,
    path: projectPath(line.key),
    repository: fullNameOf(repo),
    unheardSince: old.get(line.repo.id) ?? null,
    commitUrl: line.version === null ? null : framing.commitUrl(repo, line.version.sha),
    desiredUrl: line.desired === null ? null : framing.commitUrl(repo, line.desired),
    pullUrl: pullUrl(line.version?.pullNumber),
    heldByUrl: pullUrl(line.heldBy),
  };
};

const lineOf = (tracked: Tracked, around: Around): EnvironmentLine =>
  environmentLine(tracked, around, (window) => isOpen(window, around.now));

/** How one project stands, as both pages show it. */
export const lineViewOf = (
  ports: Pick<EnvironmentsPorts, 'framing'>,
  reader: Reader,
  tracked: Tracked,
  around: Around,
  old: ReadonlyMap<number, number>,
): EnvironmentLineView => shown(ports, reader, lineOf(tracked, around), old);

/** How every project stands that the reader may see, by environment. */
export const environmentsPage = async (ports: EnvironmentsPorts, reader: Reader): Promise<Response> => {
  const { store, renderer, framing, clock } = ports;
  const now = clock.now();
  const seen = (await store.tracked.all()).filter(({ repo }) => sees(reader, repo.id));
  const locks = new Map((await store.locks.all()).map((lock) => [lock.project, lock]));
  const drifts = new Map((await store.drifts.times()).map((row) => [row.project, row]));
  const suspensions = Map.groupBy(await store.suspensions.all(), ({ project }) => project.key);
  const lines = seen.map((one) => {
    const [lock, drift] = [locks.get(one.key) ?? null, drifts.get(one.key) ?? null];
    return lineOf(one, { lock, drift, said: suspensions.get(one.key) ?? [], now });
  });
  const old = await unheard(
    ports,
    seen.map(({ repo }) => repo.id),
  );
  const view = {
    environments: byEnvironment(lines).map(([name, some]) => ({
      name,
      lines: some.slice(0, mostShown).map((line) => shown(ports, reader, line, old)),
      more: Math.max(0, some.length - mostShown),
    })),
  };
  return html(renderer.environments(framing.of('Environments', 'environments', reader), view));
};
