import type { Document } from 'yaml';
import { isCollection, isMap, isNode, isScalar, isSeq } from 'yaml';

/** From 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

type Entry = readonly [key: string, place: Place, below: PlaceTree];

/** Where everything in a text is: nothing but data. `below` is what a collection holds, null for other values. */
export interface PlaceTree {
  /** Null for a value that is written nowhere, such as the empty one after a key. */
  readonly place: Place | null;
  readonly below: readonly Entry[] | null;
}

type At = (offset: number | undefined) => Place;

/** Of a document whose keys are all plain text, nested no deeper than the stack is. */
export const placesOf = (document: Document, at: At): PlaceTree => {
  const placeOf = (node: unknown): Place | null => (isNode(node) && node.range ? at(node.range[0]) : null);
  const treeOf = (node: unknown): PlaceTree => ({
    place: placeOf(node),
    below: isCollection(node) ? entriesOf(node) : null,
  });
  const entriesOf = (node: unknown): readonly Entry[] => {
    const start = placeOf(node) ?? at(0);
    if (isMap(node))
      return node.items.map(({ key, value }) => [
        isScalar(key) ? String(key.value) : '',
        placeOf(key) ?? start,
        treeOf(value),
      ]);
    return isSeq(node)
      ? node.items.map((item, index) => [String(index), placeOf(item) ?? start, treeOf(item)])
      : [];
  };
  return treeOf(document.contents);
};

type Path = readonly PropertyKey[];

/** Questions to a tree, by keys and indexes. */
export const placesIn = (
  tree: PlaceTree,
): {
  readonly has: (path: Path) => boolean;
  readonly place: (path: Path) => Place;
  readonly placeOfKey: (path: Path, key: string) => Place;
} => {
  // Each of many wrong keys of one mapping is asked for.
  const indexes = new WeakMap<PlaceTree, ReadonlyMap<string, Entry>>();
  const entryOf = (node: PlaceTree, key: PropertyKey): Entry | undefined => {
    if (node.below === null) return undefined;
    const index = indexes.get(node) ?? new Map(node.below.map((entry) => [entry[0], entry]));
    indexes.set(node, index);
    return index.get(String(key));
  };
  const treeAt = (path: Path): PlaceTree | null => {
    let node = tree;
    for (const key of path) {
      const entry = entryOf(node, key);
      if (entry === undefined) return null;
      node = entry[2];
    }
    return node;
  };
  const place = (path: Path): Place => {
    for (let length = path.length; length >= 0; length--) {
      const found = treeAt(path.slice(0, length))?.place ?? null;
      if (found !== null) return found;
    }
    return { line: 1, column: 1 };
  };
  return {
    has: (path) => (treeAt(path)?.place ?? null) !== null,
    place,
    placeOfKey: (path, key) => {
      const node = treeAt(path);
      return (node === null ? undefined : entryOf(node, key)?.[1]) ?? place(path);
    },
  };
};
