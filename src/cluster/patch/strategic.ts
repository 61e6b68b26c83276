import { copy, equal, isMap, type Json, type JsonMap, listAt } from '../json.ts';
import { isSet, mergeKey } from './merge-keys.ts';

const isDirective = (key: string): boolean =>
  key === '$patch' ||
  key === '$retainKeys' ||
  key.startsWith('$setElementOrder/') ||
  key.startsWith('$deleteFromPrimitiveList/');

const bare = (map: JsonMap): JsonMap =>
  Object.fromEntries(
    Object.entries(map)
      .filter(([key, value]) => !isDirective(key) && value !== null)
      .map(([key, value]) => [key, isMap(value) ? bare(value) : value]),
  );

/** Items that the patch orders, in its order; the others keep their place at the end. */
const ordered = (
  items: Json[],
  order: readonly Json[],
  sameAs: (item: Json, wanted: Json) => boolean,
): Json[] => {
  const place = (item: Json): number => {
    const found = order.findIndex((wanted) => sameAs(item, wanted));
    return found === -1 ? order.length : found;
  };
  return items
    .map((item, index) => ({ item, index }))
    .sort((a, b) => place(a.item) - place(b.item) || a.index - b.index)
    .map(({ item }) => item);
};

const mergeItems = (live: readonly Json[], patch: readonly Json[], key: string): Json[] => {
  if (patch.some((item) => isMap(item) && item['$patch'] === 'replace' && !(key in item)))
    return patch.filter((item) => !(isMap(item) && item['$patch'] === 'replace')).map(copy);
  const items = live.map(copy);
  for (const change of patch) {
    if (!isMap(change)) continue;
    const at = items.findIndex((item) => isMap(item) && equal(item[key], change[key]));
    const found = items[at];
    if (change['$patch'] === 'delete') {
      if (at !== -1) items.splice(at, 1);
    } else if (isMap(found)) items[at] = strategicMerge(found, change);
    else items.push(bare(copy(change)));
  }
  return items;
};

const mergeList = (
  field: string,
  live: readonly Json[],
  patch: readonly Json[],
  order: readonly Json[],
): Json[] => {
  const key = mergeKey(field, [...live, ...patch, ...order]);
  if (key !== null) {
    const same = (item: Json, wanted: Json) => isMap(item) && isMap(wanted) && equal(item[key], wanted[key]);
    return ordered(mergeItems(live, patch, key), order, same);
  }
  if (!isSet(field)) return patch.map(copy);
  return ordered(
    [...live, ...patch.filter((value) => !live.some((item) => equal(item, value)))],
    order,
    equal,
  );
};

/** A strategic merge patch, with the directives that helm and kubectl write. */
export const strategicMerge = (live: JsonMap, patch: JsonMap): JsonMap => {
  if (patch['$patch'] === 'replace') return bare(patch);
  if (patch['$patch'] === 'delete') return {};
  const merged = copy(live);
  const kept = patch['$retainKeys'];
  if (Array.isArray(kept)) for (const key of Object.keys(merged)) if (!kept.includes(key)) delete merged[key];
  for (const [key, gone] of Object.entries(patch)) {
    const field = /^\$deleteFromPrimitiveList\/(.+)$/.exec(key)?.[1];
    if (field === undefined || !Array.isArray(gone)) continue;
    merged[field] = listAt(merged, field).filter((item) => !gone.some((value) => equal(item, value)));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (isDirective(key)) continue;
    const before = merged[key];
    if (value === null) delete merged[key];
    else if (Array.isArray(value))
      merged[key] = mergeList(
        key,
        Array.isArray(before) ? before : [],
        value,
        listAt(patch, `$setElementOrder/${key}`),
      );
    else if (isMap(value)) merged[key] = strategicMerge(isMap(before) ? before : {}, value);
    else merged[key] = value;
  }
  return merged;
};
