import type { Change, TreeEntry } from '../port.ts';

/**
 * Paths are bytes to Git and to Linux. Where a path must come back as exactly the file it named, it
 * is kept as a `latin1` string, one character a byte, and only turned into text at the border.
 */
export type BytePath = string;

export const toText = (path: BytePath): string => Buffer.from(path, 'latin1').toString();

export interface ListedEntry {
  readonly path: BytePath;
  readonly kind: TreeEntry['kind'];
  readonly id: string;
}

/** Everything below a tree by path, each folder before what is in it. */
export type Listing = ReadonlyMap<BytePath, ListedEntry>;

const kinds: ReadonlyMap<string, TreeEntry['kind']> = new Map([
  ['040000', 'folder'],
  ['120000', 'link'],
  ['160000', 'submodule'],
]);

/** One byte a character in both. */
const plain = /^[ -~]*$/;
/** The same of all that Git prints of a tree. */
const plainLines = /^[\0\t -~]*$/;

/** Listings with plain paths alone, as most are: to look at each path again would take half as long as to read them all. */
const allPlain = new WeakSet<Listing>();

/** As others see them: paths as text. */
export const asText = (listing: Listing): readonly TreeEntry[] =>
  allPlain.has(listing)
    ? [...listing.values()]
    : [...listing.values()].map((entry) =>
        plain.test(entry.path) ? entry : { ...entry, path: toText(entry.path) },
      );

/** Reads `git ls-tree -r -t -z`: `<mode> <type> <id>`, a tab and the path. */
export const readTreeListing = (stdout: Buffer): Listing => {
  const entries = new Map<BytePath, ListedEntry>();
  const text = stdout.toString('latin1');
  for (let at = 0, end = text.indexOf('\0'); end >= 0; at = end + 1, end = text.indexOf('\0', at)) {
    const tab = text.indexOf('\t', at);
    const path = text.slice(tab + 1, end);
    const kind = kinds.get(text.slice(at, at + 6)) ?? 'file';
    entries.set(path, { path, kind, id: text.slice(tab - 40, tab) });
  }
  if (plainLines.test(text)) allPlain.add(entries);
  return entries;
};

/**
 * The listing of another tree, of the one of `before` and what `git diff-tree -r -t -z --raw --no-abbrev --no-renames` says of both.
 * Null where something came, went or became another kind: then there is another order as well, and it has to be read.
 */
export const patchListing = (before: Listing, stdout: Buffer): Listing | null => {
  const fields = stdout.toString('latin1').split('\0');
  const entries = new Map(before);
  // `:<mode> <mode> <id> <id> <letter>`, then the path.
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [mode = '', newMode = '', , id = '', letter] = (fields[at] ?? '').slice(1).split(' ');
    const path = fields[at + 1] ?? '';
    const known = entries.get(path);
    if (letter !== 'M' || known === undefined || kinds.get(mode) !== kinds.get(newMode)) return null;
    entries.set(path, { ...known, id });
  }
  if (allPlain.has(before)) allPlain.add(entries);
  return entries;
};

/** Reads `git diff-tree --name-status -z`: a letter, a path, a letter, a path. */
export const readNameStatus = (stdout: Buffer): readonly Change[] => {
  const fields = stdout.toString().split('\0');
  const changes: Change[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const letter = fields[at];
    const kind = letter === 'A' ? 'added' : letter === 'D' ? 'deleted' : 'modified';
    changes.push({ path: fields[at + 1] ?? '', kind });
  }
  return changes;
};
