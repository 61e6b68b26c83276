import { type FoundLifted, hasGuards, type Lifted, liftedIn } from '../domain/declared/lifted.ts';
import { walk } from '../domain/declared/walk.ts';
import type { RepoPath } from '../domain/repo-path.ts';
import { blobTexts } from './blob-texts.ts';
import type { Configurations, ConfiguredRun } from './configurations.ts';
import type { FlowPorts } from './ports.ts';

type Ports = Pick<FlowPorts, 'git' | 'log'>;
type Planned = Pick<ConfiguredRun, 'id' | 'repositoryId' | 'project' | 'baseSha'>;

/** JSON may write the word in another way. */
const mayMatter = (text: string): boolean =>
  text.includes('prevent_destroy') || text.includes('module') || text.includes('\\u');

/**
 * What the pull request takes `prevent_destroy` from: what the base branch has, held against the tree that was planned. No plan says
 * it. Never rejects: where nobody can tell, that is what is told. Decision 30.
 */
export const liftedBy = async (
  ports: Ports,
  run: Planned,
  configurations: Configurations,
): Promise<readonly Lifted[]> => {
  try {
    // Most projects protect nothing, and are not read for it.
    const first = await configurations.whole('base', mayMatter);
    const unread = await unreadFiles(ports, run, configurations, first.folders);
    if (!hasGuards(walk(first))) return unread;
    const base = await configurations.whole('base');
    const now = await configurations.whole('now');
    return [...(await placed(run, configurations, liftedIn({ now, base }))), ...unread];
  } catch (error) {
    ports.log.warn('whether a protection is taken away was not found', { run: run.id, error: String(error) });
    return [unknownIn(run.project.dir)];
  }
};

const unknownIn = (address: string): Lifted => ({
  address,
  type: '',
  more: 0,
  now: 'unread',
  place: null,
});

/** Files of the base branch that speak of it or may call a module, cannot be read, and are not as they were any more. */
const unreadFiles = async (
  ports: Ports,
  { repositoryId }: Planned,
  configurations: Configurations,
  folders: ReadonlyMap<RepoPath, readonly { path: string; outline: { error: string | null } }[]>,
): Promise<readonly Lifted[]> => {
  const unread = [...folders].flatMap(([folder, files]) =>
    files.flatMap(({ path, outline }) => (outline.error === null ? [] : [{ folder, path }])),
  );
  if (unread.length === 0) return [];
  const changed: { path: string; id: string }[] = [];
  for (const { folder, path } of unread) {
    const was = (await configurations.files('base', folder)).find((file) => file.path === path);
    const now = await configurations.files('now', folder);
    const isSame = now.some(({ name, blob }) => name === was?.name && blob === was.blob);
    if (was !== undefined && !isSame) changed.push({ path, id: was.blob });
  }
  const texts = await blobTexts(ports, repositoryId, changed);
  // What is too large to be looked at may speak of it as well.
  return changed
    .filter(({ path }) => mayMatter(texts.get(path) ?? 'prevent_destroy'))
    .map(({ path }) => unknownIn(path));
};

const placed = async (
  { baseSha }: Planned,
  configurations: Configurations,
  found: readonly FoundLifted[],
): Promise<readonly Lifted[]> => {
  const lines = await configurations.atHead(found.flatMap(({ spot }) => spot ?? []));
  return found.map(({ spot, was, ...one }) => {
    const at = spot === null ? null : (lines.get(spot) ?? null);
    if (spot !== null && at !== null)
      return { ...one, place: { path: spot.part.file.path, line: at.line, commit: null } };
    return { ...one, place: { ...was, commit: baseSha } };
  });
};
