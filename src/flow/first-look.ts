import { type FirstLook, firstLook } from '../domain/trust/first-look.ts';
import { follow, type LinkedTree, nameOf } from '../domain/trust/links.ts';
import { byFolder, type LookedFile, type LookedTree } from '../domain/trust/looked-tree.ts';
import { lockFileName } from '../domain/trust/project-findings.ts';
import { blobTexts } from './blob-texts.ts';
import type { FlowPorts } from './ports.ts';
import type { Snapshot } from './snapshot.ts';

type Ports = Pick<FlowPorts, 'git' | 'configuration' | 'runners'>;

/**
 * The first look at what a pull request brings: from the mirror alone, with no credential, no network and nothing of it run. Reads
 * what the snapshots of the two trees have not read: links, lock files, attributes.
 */
export const lookAt = async (
  ports: Ports,
  repositoryId: number,
  base: Snapshot,
  head: Snapshot,
): Promise<FirstLook> => {
  const isNew = differing(base, head);
  const [before, now] = await Promise.all([
    lookedTree(ports, repositoryId, base, isNew),
    lookedTree(ports, repositoryId, head, isNew),
  ]);
  return firstLook(before, now);
};

/** Is what lies at this path another thing in one of the two trees? */
const differing = (base: Snapshot, head: Snapshot): ((path: string) => boolean) => {
  const [before, now] = [base, head].map(({ entries }) => new Map(entries.map(({ path, id }) => [path, id])));
  return (path) => before?.get(path) !== now?.get(path);
};

const lookedTree = async (
  ports: Ports,
  repositoryId: number,
  snapshot: Snapshot,
  isNew: (path: string) => boolean,
): Promise<LookedTree> => {
  const entries = new Map(snapshot.entries.map((entry) => [entry.path, entry]));
  const all = [...entries.values()];
  const attributes = all.filter(
    ({ path, kind }) => kind === 'file' && nameOf(path) === '.gitattributes' && isNew(path),
  );
  const [targets, texts] = await Promise.all([
    blobTexts(
      ports,
      repositoryId,
      all.filter(({ kind }) => kind === 'link'),
    ),
    blobTexts(ports, repositoryId, attributes),
  ]);
  const linked: LinkedTree = { entries, links: targets };
  const files = new Map<string, LookedFile>([
    ...snapshot.files,
    ...(await moreFiles(ports, repositoryId, linked)),
  ]);
  return {
    ...linked,
    files,
    folders: byFolder(files),
    attributes: new Map(attributes.map(({ path }) => [path, texts.get(path) ?? null])),
  };
};

/** Lock files, and links that a tool would read as configuration: under the name of the link, with what it leads to. */
const moreFiles = async (
  { git, configuration, runners }: Ports,
  repositoryId: number,
  tree: LinkedTree,
): Promise<ReadonlyMap<string, LookedFile>> => {
  const detects = (path: string) => runners.get('terraform')?.detects(nameOf(path)) === true;
  const wanted = [...tree.entries].flatMap(([path, { kind, id }]) => {
    const isLock = nameOf(path) === lockFileName;
    if (kind === 'file') return isLock ? [{ path, blob: id }] : [];
    if (kind !== 'link' || !(isLock || detects(path))) return [];
    const there = follow(tree, '', path);
    const entry = typeof there === 'string' ? undefined : tree.entries.get(there.path);
    return entry?.kind === 'file' ? [{ path, blob: entry.id }] : [];
  });
  if (wanted.length === 0) return new Map();
  return configuration.facts(wanted, (ids) => git.blobs(repositoryId, ids));
};
