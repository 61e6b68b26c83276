import { equal, isMap, type Json, type JsonMap } from '../json.ts';
import { applyKeys, isAtomicMap, isSet } from './merge-keys.ts';

/** Elements of a path as `managedFields` writes them: `f:spec`, `k:{"name":"web"}`, `v:"finalizer"`. */
export type FieldPath = readonly string[];

/** Which fields somebody owns: paths, joined; JSON holds no bare line feed. */
export type FieldSet = ReadonlySet<string>;

const joined = (path: FieldPath): string => path.join('\n');
export const parts = (path: string): string[] => path.split('\n');

/** What belongs to the server, or to the identity of the object, and so to nobody. */
const nobodys = new Set([
  'f:apiVersion',
  'f:kind',
  'f:status',
  ...[
    'name',
    'namespace',
    'managedFields',
    'resourceVersion',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generation',
    'selfLink',
    'generateName',
  ].map((key) => joined(['f:metadata', `f:${key}`])),
]);

/** The element by which an item of a keyed list is found. */
export const itemKey = (keys: readonly string[], item: JsonMap): string => {
  const named = keys
    .filter((key) => key in item || key === 'protocol')
    .sort()
    .map((key) => [key, item[key] ?? 'TCP'] as const);
  return `k:${JSON.stringify(Object.fromEntries(named))}`;
};

/** The fields that a document sets: its leaves, and the items of its keyed lists. */
export const fieldsOf = (document: JsonMap): FieldSet => {
  const found = new Set<string>();
  const walk = (value: Json, path: string[], field: string, open: boolean): void => {
    if (nobodys.has(joined(path))) return;
    if (isMap(value) && (open || !isAtomicMap(field)) && Object.keys(value).length > 0) {
      for (const [key, inner] of Object.entries(value)) walk(inner, [...path, `f:${key}`], key, false);
      return;
    }
    const keys = Array.isArray(value) ? applyKeys(field, value) : null;
    if (Array.isArray(value) && keys !== null) {
      for (const item of value) {
        if (!isMap(item)) continue;
        const at = [...path, itemKey(keys, item)];
        found.add(joined(at));
        for (const [key, inner] of Object.entries(item)) walk(inner, [...at, `f:${key}`], key, false);
      }
      return;
    }
    if (Array.isArray(value) && isSet(field)) {
      for (const item of value) found.add(joined([...path, `v:${JSON.stringify(item)}`]));
      return;
    }
    if (path.length > 0) found.add(joined(path));
  };
  walk(document, [], '', true);
  return found;
};

const matches = (element: string, item: Json): boolean => {
  if (element.startsWith('v:')) return equal(item, JSON.parse(element.slice(2)));
  const wanted: Json = JSON.parse(element.slice(2));
  return (
    isMap(wanted) &&
    isMap(item) &&
    Object.entries(wanted).every(([key, value]) =>
      equal(item[key] ?? (key === 'protocol' ? 'TCP' : null), value),
    )
  );
};

/** What a document has at a path. */
export const valueAt = (document: Json, path: FieldPath): Json | undefined => {
  let found: Json | undefined = document;
  for (const element of path) {
    if (element.startsWith('f:')) found = isMap(found) ? found[element.slice(2)] : undefined;
    else found = Array.isArray(found) ? found.find((item) => matches(element, item)) : undefined;
  }
  return found;
};

/** Takes a path out of a document, and the maps and lists that are empty after it. */
export const removeAt = (document: Json, path: FieldPath): void => {
  const parentPath = path.slice(0, -1);
  const parent = valueAt(document, parentPath);
  const last = path.at(-1) ?? '';
  if (isMap(parent) && last.startsWith('f:')) delete parent[last.slice(2)];
  if (Array.isArray(parent)) {
    const at = parent.findIndex((item) => matches(last, item));
    if (at !== -1) parent.splice(at, 1);
  }
  const isEmpty = Array.isArray(parent)
    ? parent.length === 0
    : isMap(parent) && Object.keys(parent).length === 0;
  if (isEmpty && parentPath.length > 0) removeAt(document, parentPath);
};

/** As `managedFields` writes a set: nested, with `.` for an item that has fields of its own. */
export const encodeFields = (fields: FieldSet): JsonMap => {
  const root: JsonMap = {};
  for (const path of [...fields].sort()) {
    let at = root;
    for (const element of parts(path)) {
      const next = at[element];
      const inner: JsonMap = isMap(next) ? next : {};
      at[element] = inner;
      at = inner;
    }
    at['.'] = {};
  }
  const settle = (node: JsonMap): JsonMap => {
    const keys = Object.keys(node);
    if (keys.length === 1 && keys[0] === '.') return {};
    return Object.fromEntries(
      Object.entries(node).map(([key, inner]) => [key, isMap(inner) && key !== '.' ? settle(inner) : {}]),
    );
  };
  return settle(root);
};

export const decodeFields = (encoded: Json | undefined): FieldSet => {
  const found = new Set<string>();
  const walk = (node: JsonMap, path: string[]): void => {
    const inner = Object.entries(node).filter(([key]) => key !== '.');
    if (path.length > 0 && (inner.length === 0 || '.' in node)) found.add(joined(path));
    for (const [key, value] of inner) if (isMap(value)) walk(value, [...path, key]);
  };
  if (isMap(encoded)) walk(encoded, []);
  return found;
};
