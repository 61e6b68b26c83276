import { ManifestUnreadable, type ReadDocument, readDocument } from './document.ts';
import { at, isList, isObject, type Json, type JsonObject, textAt } from './json.ts';
import { readQuickly } from './quick-document.ts';
import { isClusterWide } from './scopes.ts';
import { splitDocuments } from './split.ts';

/** One object of a manifest, in the form in which everything compares and shows it. */
export interface KubeObject {
  /** `GROUP/KIND/NAMESPACE/NAME`, without the namespace where the kind has none. Not the version: `v1beta1` to `v1` is an update. */
  readonly address: string;
  readonly group: string;
  readonly kind: string;
  /** '' for a kind without one. */
  readonly namespace: string;
  readonly name: string;
  readonly value: JsonObject;
}

export interface ManifestReading {
  readonly objects: readonly KubeObject[];
  /** Sentences about what was read otherwise than people may think. */
  readonly warnings: readonly string[];
}

export interface ReadOptions {
  /** Where objects go that name no namespace. */
  readonly namespace: string;
  /** `GROUP/KIND` of kinds without a namespace, beyond those that Kubernetes brings. */
  readonly clusterWide: ReadonlySet<string>;
  /** What a document was read as before: the same text means the same, and most of two manifests is the same. */
  readonly known?: Map<string, ReadDocument>;
}

/** Reads a manifest, the text that Helm prints and stores. Throws ManifestUnreadable. */
export const readManifest = (manifest: string, options: ReadOptions): ManifestReading => {
  const warnings: string[] = [];
  const generated = new Map<string, number>();
  const objects = splitDocuments(manifest).flatMap((text) => {
    const { value, twice } = documentOf(text, options.known);
    const found = flattened(value).map((one) => objectOf(one, options, generated));
    if (twice.length > 0 && found[0] !== undefined)
      warnings.push(`${found[0].address} has a key twice, and the last one counts: ${twice.join(', ')}`);
    return found;
  });
  return { objects, warnings };
};

/** The same of objects that are read already, such as those a cluster gives. What only the API server says is left out. */
export const readLive = (values: readonly JsonObject[], options: ReadOptions): readonly KubeObject[] =>
  values.map((value) => {
    const { status: _, ...rest } = value;
    const { managedFields, resourceVersion, uid, generation, creationTimestamp, ...metadata } = inner(
      rest['metadata'],
    );
    const settled = withoutNulls({ ...rest, metadata });
    return objectOf(isObject(settled) ? settled : {}, options, new Map());
  });

const inner = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

const documentOf = (text: string, known: Map<string, ReadDocument> | undefined): ReadDocument => {
  const found = known?.get(text);
  if (found !== undefined) return found;
  const quick = readQuickly(text);
  const read = quick === null ? readDocument(text) : { value: quick, twice: [] };
  const settled = { ...read, value: withoutNulls(read.value) };
  known?.set(text, settled);
  return settled;
};

/** A key without a value is no key, for the API server; in a list a null is an item. */
const withoutNulls = (value: Json): Json => {
  if (isList(value)) return value.map((item) => (item === null ? null : withoutNulls(item)));
  if (!isObject(value)) return readable(value);
  const kept: [string, Json][] = [];
  for (const key of Object.keys(value).sort()) {
    const inner = value[key];
    if (inner !== null && inner !== undefined) kept.push([key, withoutNulls(inner)]);
  }
  return Object.fromEntries(kept);
};

/** Long integers are marked while they are read (`scalar.ts`); people see the digits. */
const readable = (value: Json): Json =>
  typeof value === 'string' && value.startsWith('\u0000') ? `${value.slice(1)} (a number)` : value;

/** Whatever has `items` is a list of objects: that is how Kubernetes tells. Items may leave out what the list says. */
const flattened = (value: Json): readonly JsonObject[] => {
  if (value === null) return [];
  if (!isObject(value)) throw new ManifestUnreadable('A document of it is no object.');
  const items = at(value, 'items');
  if (!isList(items)) return [value];
  const kind = textAt(value, 'kind').replace(/List$/, '');
  return items.flatMap((item) => {
    if (!isObject(item)) throw new ManifestUnreadable('An item of a list is no object.');
    const named =
      kind === '' || Object.hasOwn(item, 'kind')
        ? item
        : { apiVersion: textAt(value, 'apiVersion'), kind, ...item };
    return flattened(named);
  });
};

const objectOf = (value: JsonObject, options: ReadOptions, generated: Map<string, number>): KubeObject => {
  const apiVersion = textAt(value, 'apiVersion');
  const kind = textAt(value, 'kind');
  if (apiVersion === '' || kind === '')
    throw new ManifestUnreadable('An object of it has no `apiVersion` or no `kind`.');
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const isWide = isClusterWide(group, kind) || options.clusterWide.has(`${group}/${kind}`);
  const namespace = isWide ? '' : textAt(value, 'metadata', 'namespace') || options.namespace;
  const where = [group === '' ? 'core' : group, kind, ...(isWide ? [] : [namespace])];
  const name = textAt(value, 'metadata', 'name') || generatedName(value, where, generated);
  return {
    address: [...where, name].join('/'),
    group,
    kind,
    namespace,
    name,
    value: { ...value, metadata: placed(at(value, 'metadata'), namespace) },
  };
};

/** With the namespace that it goes to, whether it names it or not. */
const placed = (metadata: Json | undefined, namespace: string): JsonObject => {
  const { namespace: _, ...rest } = inner(metadata);
  return namespace === '' ? rest : { ...rest, namespace };
};

/** The API server makes the name: until then it is the first, the second ... of its kind. No real name has a `*`. */
const generatedName = (
  value: JsonObject,
  where: readonly string[],
  generated: Map<string, number>,
): string => {
  const prefix = textAt(value, 'metadata', 'generateName');
  if (prefix === '') throw new ManifestUnreadable(`A ${where[1] ?? 'object'} of it has no name.`);
  const key = [...where, prefix].join('/');
  const ordinal = (generated.get(key) ?? 0) + 1;
  generated.set(key, ordinal);
  return `${prefix}*${ordinal}`;
};
