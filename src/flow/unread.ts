import type { Project } from '../domain/project.ts';
import { type UnreadTool, unreadTools } from '../domain/unread-tools.ts';
import type { TreeEntry } from '../git/port.ts';
import type { FlowPorts } from './ports.ts';

/** What a pull request changes and nothing reads. */
export interface Unread {
  readonly tools: readonly UnreadTool[];
  /** The repository has no project, and does not say that this is right. */
  readonly isAlone: boolean;
}

interface Changed {
  /** Paths. */
  readonly changed: readonly string[];
  readonly entries: readonly TreeEntry[];
  readonly affected: readonly Project[];
  /** Is a path of the project's, however it is so? */
  readonly concerns: (project: Project) => (path: string) => boolean;
  readonly isAlone: boolean;
}

/** Files of known tools among what a pull request changes which no runner of this server reads. */
export const unreadIn = (
  { runners }: Pick<FlowPorts, 'runners'>,
  { changed, entries, affected, concerns, isAlone }: Changed,
): Unread => {
  const all = runners.names.flatMap((name) => runners.get(name) ?? []);
  const detected = (path: string) =>
    all.some((runner) => runner.detects(path.slice(path.lastIndexOf('/') + 1)));
  // Which files a runner of another kind reads in its folder its tool alone knows.
  const readers = affected.map((project) => ({
    readsAll: runners.get(project.settings.runner)?.inputs !== 'terraform-modules',
    concerns: concerns(project),
  }));
  const there = entries.filter(({ kind }) => kind !== 'folder').map(({ path }) => path);
  const isRead = (path: string, isMark: boolean): boolean =>
    detected(path) || readers.some((reader) => (reader.readsAll || !isMark) && reader.concerns(path));
  return { tools: unreadTools(changed, there, isRead), isAlone };
};
