import { createHash } from 'node:crypto';
import { type Sha, sha, type TreeId, treeId } from '../../domain/ids.ts';
import type { TreeEntry } from '../port.ts';

/** What a path of a commit holds. */
export type Content =
  | string
  | Buffer
  | { readonly run: string }
  | { readonly link: string }
  | { readonly submodule: string };

export type Files = Readonly<Record<string, Content>>;

type Mode = '100644' | '100755' | '120000' | '160000';

/** A file, link or submodule of a tree. */
export interface Leaf {
  readonly mode: Mode;
  readonly id: string;
}

export interface Tree {
  readonly id: TreeId;
  /** By path, folders left out. */
  readonly leaves: ReadonlyMap<string, Leaf>;
  /** As `git ls-tree -r -t` tells them. */
  readonly entries: readonly TreeEntry[];
}

export interface Commit {
  readonly id: Sha;
  readonly tree: TreeId;
  readonly parents: readonly Sha[];
}

const kinds = { '100644': 'file', '100755': 'file', '120000': 'link', '160000': 'submodule' } as const;

/** The ids are Git's own, so that both adapters say the same of the same files. */
const objectId = (type: 'blob' | 'tree' | 'commit', bytes: Buffer): string =>
  createHash('sha1').update(`${type} ${bytes.length}\0`).update(bytes).digest('hex');

export interface Objects {
  readonly blobs: ReadonlyMap<string, Buffer>;
  /** Id that Git would give a file of these bytes. */
  idOf(bytes: Buffer): string;
  leaf(content: Content): Leaf;
  tree(leaves: ReadonlyMap<string, Leaf>): Tree;
  commit(tree: Tree, parents: readonly Sha[]): Commit;
  treeOf(id: Sha | TreeId): Tree | null;
  commitOf(id: Sha): Commit | null;
}

interface Built {
  readonly id: string;
  readonly entries: readonly TreeEntry[];
}

export const createObjects = (): Objects => {
  const blobs = new Map<string, Buffer>();
  const trees = new Map<string, Tree>();
  const commits = new Map<string, Commit>();

  const blob = (bytes: Buffer): string => {
    const id = objectId('blob', bytes);
    blobs.set(id, bytes);
    return id;
  };

  const build = (leaves: readonly (readonly [path: string, leaf: Leaf])[], above: string): Built => {
    const inside = Map.groupBy(leaves, ([path]) => path.split('/', 1)[0] ?? '');
    // Git sorts a folder as if its name ended in a slash.
    const rows = [...inside]
      .map(([name, below]) => {
        const only = below[0];
        const leaf = only !== undefined && only[0] === name ? only[1] : null;
        return { name, below, leaf, sort: Buffer.from(leaf === null ? `${name}/` : name) };
      })
      .sort((a, b) => Buffer.compare(a.sort, b.sort));
    const parts: Buffer[] = [];
    const entries: TreeEntry[] = [];
    for (const { name, below, leaf } of rows) {
      const path = `${above}${name}`;
      const rest = (file: string) => file.slice(name.length + 1);
      const folder =
        leaf === null
          ? build(
              below.map(([file, one]) => [rest(file), one]),
              `${path}/`,
            )
          : null;
      const id = leaf?.id ?? folder?.id ?? '';
      entries.push(
        { path, kind: leaf === null ? 'folder' : kinds[leaf.mode], id },
        ...(folder?.entries ?? []),
      );
      parts.push(Buffer.from(`${leaf?.mode ?? '40000'} ${name}\0`), Buffer.from(id, 'hex'));
    }
    return { id: objectId('tree', Buffer.concat(parts)), entries };
  };

  return {
    blobs,
    idOf: (bytes) => objectId('blob', bytes),
    leaf: (content) => {
      if (typeof content === 'string' || Buffer.isBuffer(content))
        return { mode: '100644', id: blob(Buffer.from(content)) };
      if ('run' in content) return { mode: '100755', id: blob(Buffer.from(content.run)) };
      if ('link' in content) return { mode: '120000', id: blob(Buffer.from(content.link)) };
      return { mode: '160000', id: content.submodule };
    },
    tree: (leaves) => {
      const { id, entries } = build([...leaves], '');
      const known = trees.get(id);
      if (known !== undefined) return known;
      const tree: Tree = { id: treeId(id), leaves: new Map(leaves), entries };
      trees.set(id, tree);
      return tree;
    },
    commit: (tree, parents) => {
      const who = 'Ada <ada@example.invalid> 1793491200 +0000';
      const lines = [`tree ${tree.id}`, ...parents.map((parent) => `parent ${parent}`)];
      const text = `${lines.join('\n')}\nauthor ${who}\ncommitter ${who}\n\na commit\n`;
      const commit: Commit = { id: sha(objectId('commit', Buffer.from(text))), tree: tree.id, parents };
      commits.set(commit.id, commit);
      return commit;
    },
    treeOf: (id) => trees.get(commits.get(id)?.tree ?? id) ?? null,
    commitOf: (id) => commits.get(id) ?? null,
  };
};
