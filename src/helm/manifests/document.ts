import type { Document, Node, Pair, Scalar } from 'yaml';
import { isAlias, isMap, isNode, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { Json } from './json.ts';
import { NotANumberOfJson, plainKey, plainScalar } from './scalar.ts';

/** A text that is not what it has to be. The message never quotes it: it may be a Secret. */
export class ManifestUnreadable extends Error {
  override readonly name = 'ManifestUnreadable';
}

export interface ReadDocument {
  readonly value: Json;
  /** Keys that are written twice in one mapping: the last one counts, as with kubectl. */
  readonly twice: readonly string[];
}

/** What a document may come to with its aliases written out. */
const mostValues = 1_000_000;
/** To find what an alias stands for means to go through the document. */
const priceOfAlias = 100;

const core = 'tag:yaml.org,2002:';

/** Reads one document as the tools of Kubernetes do. Throws ManifestUnreadable. */
export const readDocument = (text: string): ReadDocument => {
  // `failsafe` leaves every scalar as it is written: what it stands for is ours to say.
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    prettyErrors: false,
    uniqueKeys: false,
    strict: false,
  });
  if (!Array.isArray(documents)) return { value: null, twice: [] };
  const [document, second] = documents;
  if (document === undefined) return { value: null, twice: [] };
  if (second !== undefined) throw new ManifestUnreadable('It holds the end of a document in its middle.');
  const [error] = document.errors;
  if (error !== undefined) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    throw new ManifestUnreadable(`Line ${line} is not YAML (${error.code}).`);
  }
  return reader(document).read();
};

const reader = (document: Document.Parsed) => {
  const twice: string[] = [];
  let left = mostValues;

  const scalar = (node: Scalar): Json => {
    const written = typeof node.value === 'string' ? node.value : (node.source ?? '');
    if (node.tag === `${core}binary`) return Buffer.from(node.source ?? '', 'base64').toString('utf8');
    const isResolved =
      node.tag !== undefined && ['int', 'float', 'bool', 'null'].some((kind) => node.tag === core + kind);
    if (node.tag !== undefined && !isResolved) return written;
    if (!isResolved && node.type !== 'PLAIN' && node.type !== undefined) return written;
    try {
      return plainScalar(written);
    } catch (error) {
      if (error instanceof NotANumberOfJson)
        throw new ManifestUnreadable('It holds a number that JSON has no word for.');
      throw error;
    }
  };

  const keyOf = ({ key }: Pair): string => {
    const node = isAlias(key) ? key.resolve(document) : key;
    if (!isScalar(node)) throw new ManifestUnreadable('It holds a key that is no text.');
    const written = typeof node.value === 'string' ? node.value : '';
    const isPlain = node.type === 'PLAIN' && node.tag === undefined;
    const name = isPlain ? plainKey(written) : written;
    if (name === null) throw new ManifestUnreadable('It holds a key that is no text.');
    return name;
  };

  const isMerge = ({ key }: Pair): boolean => isScalar(key) && key.type === 'PLAIN' && key.value === '<<';

  /** What `<<` brings. Of several mappings the first one counts. */
  const merged = (found: unknown): ReadonlyMap<string, Json> => {
    const node = isAlias(found) ? found.resolve(document) : found;
    const sources: readonly unknown[] = isSeq(node) ? node.items.toReversed() : [node];
    const all = new Map<string, Json>();
    for (const source of sources) {
      const map = isAlias(source) ? source.resolve(document) : source;
      if (!isMap(map)) throw new ManifestUnreadable('`<<` takes a mapping, or a list of mappings.');
      for (const [key, value] of pairs(map.items)) all.set(key, value);
    }
    return all;
  };

  // In the order in which they are written: with go-yaml what `<<` brings wins over what stands before it.
  const pairs = (items: readonly Pair[]): ReadonlyMap<string, Json> => {
    const all = new Map<string, Json>();
    const own = new Set<string>();
    for (const pair of items)
      if (isMerge(pair)) for (const [key, value] of merged(pair.value)) all.set(key, value);
      else {
        const key = keyOf(pair);
        if (own.has(key)) twice.push(key);
        own.add(key);
        all.set(key, meant(pair.value));
      }
    return all;
  };

  const open = new Set<Node>();
  const meant = (found: unknown): Json => {
    left -= isAlias(found) ? priceOfAlias : 1;
    if (left < 0)
      throw new ManifestUnreadable(`With its aliases written out it has more than ${mostValues} values.`);
    const node = isAlias(found) ? found.resolve(document) : found;
    if (isAlias(found) && node === undefined)
      throw new ManifestUnreadable('It names an anchor that is not there.');
    if (!isNode(node)) return null;
    if (open.has(node)) throw new ManifestUnreadable('It holds an alias inside of what it stands for.');
    open.add(node);
    const value = isMap(node)
      ? // Not by assignment: `__proto__` is a key like any other.
        Object.fromEntries(pairs(node.items))
      : isSeq(node)
        ? node.items.map(meant)
        : isScalar(node)
          ? scalar(node)
          : null;
    open.delete(node);
    return value;
  };

  return { read: (): ReadDocument => ({ value: meant(document.contents), twice }) };
};
