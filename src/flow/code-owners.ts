import { type CodeOwners, codeOwnersPlaces, type Owner, parseCodeOwners } from '../config/code-owners.ts';
import type { Project } from '../domain/project.ts';
import type { OwnedFiles } from '../domain/rules/approved.ts';
import type { People } from '../domain/rules/requirement.ts';
import type { TreeEntry } from '../git/port.ts';
import type { Discovery } from './discovery.ts';
import type { FlowPorts } from './ports.ts';

type Blobs = { readonly git: Pick<FlowPorts['git'], 'blobs'> };

/** The CODEOWNERS of a tree, and its path. Null: there is none, or none that can be read. */
export const readCodeOwners = async (
  { git }: Blobs,
  repositoryId: number,
  entries: readonly TreeEntry[],
): Promise<{ readonly place: string; readonly parsed: CodeOwners } | null> => {
  const [entry] = codeOwnersPlaces.flatMap(
    (place) => entries.find(({ path, kind }) => path === place && kind !== 'folder') ?? [],
  );
  // What GitHub makes of a link there nobody tells us: it does not hand the question on to the next place.
  if (entry === undefined || entry.kind !== 'file') return null;
  const text = (await git.blobs(repositoryId, [entry.id])).get(entry.id)?.toString('utf8');
  const parsed = text === undefined ? null : parseCodeOwners(text);
  return parsed === null ? null : { place: entry.path, parsed };
};

/**
 * The files of a pull request that concern a project, by whose approval they need: by the CODEOWNERS of the base branch, never of the
 * head. Null: there is none that could be read, or no file that could have an owner.
 *
 * @param isWhole not only what the pull request changes is meant, but all of the project
 */
export const ownedFiles = async (
  { git }: Blobs,
  repositoryId: number,
  { baseEntries, changedFor }: Pick<Discovery, 'baseEntries' | 'changedFor'>,
  project: Project,
  isWhole: boolean,
): Promise<readonly OwnedFiles[] | null> => {
  const read = await readCodeOwners({ git }, repositoryId, baseEntries);
  if (read === null) return null;
  const { place, parsed } = read;
  const changed = changedFor(project);
  // Planned by name, or with arguments of a comment, it is about more than what was changed: about all that is there.
  const files = isWhole || changed.length === 0 ? filesOf(baseEntries, project) : changed;
  if (files.length === 0) return null;
  const groups = new Map<string, Omit<OwnedFiles, 'files'> & { readonly files: string[] }>();
  for (const path of files) {
    const asked = askedFor(parsed, path, place);
    const key = JSON.stringify(asked);
    const group = groups.get(key) ?? { ...asked, files: [] };
    group.files.push(path);
    groups.set(key, group);
  }
  return [...groups.values()];
};

const nobody: People = { users: [], teams: [], permission: null };

/** Whose approval a file needs. */
const askedFor = ({ ownersOf }: CodeOwners, path: string, place: string): Omit<OwnedFiles, 'files'> => {
  const found = ownersOf(path);
  if (found === null) return { owners: { ...nobody, permission: 'write' } };
  if ('reason' in found) return { owners: { ...nobody, permission: 'admin' }, unread: { place, ...found } };
  return { owners: found.length === 0 ? null : peopleOf(found) };
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
