import { codeOwnersPlaces, type Owner, parseCodeOwners } from '../config/code-owners.ts';
import type { Project } from '../domain/project.ts';
import type { OwnedFiles } from '../domain/rules/approved.ts';
import type { People } from '../domain/rules/requirement.ts';
import type { Discovery } from './discovery.ts';
import type { FlowPorts } from './ports.ts';

/**
 * The files of a pull request that concern a project, by who owns them: by the CODEOWNERS of the base branch, never of the head.
 * Files that nobody owns are left out. Null: there is none that could be read, or no file that could have an owner.
 *
 * @param isWhole not only what the pull request changes is meant, but all of the project
 */
export const ownedFiles = async (
  { git }: Pick<FlowPorts, 'git'>,
  repositoryId: number,
  { baseEntries, changedFor }: Discovery,
  project: Project,
  isWhole: boolean,
): Promise<readonly OwnedFiles[] | null> => {
  const found = codeOwnersPlaces.flatMap(
    (place) => baseEntries.find(({ path, kind }) => path === place && kind === 'file') ?? [],
  );
  const [entry] = found;
  if (entry === undefined) return null;
  const text = (await git.blobs(repositoryId, [entry.id])).get(entry.id)?.toString('utf8');
  const parsed = text === undefined ? null : parseCodeOwners(text);
  if (parsed === null) return null;
  const changed = changedFor(project);
  // Planned by name, or with arguments of a comment, it is about more than what was changed: about all that is there.
  const files = isWhole || changed.length === 0 ? filesOf(baseEntries, project) : changed;
  if (files.length === 0) return null;
  const groups = new Map<string, { readonly owners: People; readonly files: string[] }>();
  for (const path of files) {
    const owners = parsed.ownersOf(path) ?? [];
    if (owners.length === 0) continue;
    const people = peopleOf(owners);
    const key = JSON.stringify(people);
    const group = groups.get(key) ?? { owners: people, files: [] };
    group.files.push(path);
    groups.set(key, group);
  }
  return [...groups.values()];
};

const filesOf = (entries: Discovery['baseEntries'], { dir }: Project): readonly string[] =>
  entries
    .filter(({ path, kind }) => kind !== 'folder' && (dir === '.' || path.startsWith(`${dir}/`)))
    .map(({ path }) => path);

/** Whose an address is nobody tells us: such an owner can not be counted, and the others can. */
const peopleOf = (owners: readonly Owner[]): People => ({
  users: owners.flatMap((owner) => (owner.kind === 'user' ? [owner.login] : [])).sort(),
  teams: owners.flatMap((owner) => (owner.kind === 'team' ? [owner.team] : [])).sort(),
  permission: null,
});
