import { copy, equal, isMap, type Json, type JsonMap } from '../json.ts';
import { Refusal } from '../refusal.ts';

/** RFC 7386. */
export const mergePatch = (live: Json | undefined, patch: Json): Json => {
  if (!isMap(patch)) return copy(patch);
  const merged: JsonMap = isMap(live) ? copy(live) : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
};

const tokens = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));

const bad = (why: string): Refusal =>
  new Refusal(422, `the server rejected our request due to an error in our request: ${why}`);

const read = (document: Json, path: readonly string[]): Json | undefined => {
  let found: Json | undefined = document;
  for (const token of path)
    found = Array.isArray(found) ? found[Number(token)] : isMap(found) ? found[token] : undefined;
  return found;
};

const put = (document: Json, path: readonly string[], value: Json, insert: boolean): void => {
  const parent = read(document, path.slice(0, -1));
  const last = path.at(-1) ?? '';
  if (Array.isArray(parent)) {
    const at = last === '-' ? parent.length : Number(last);
    parent.splice(at, insert ? 0 : 1, value);
  } else if (isMap(parent)) parent[last] = value;
  else throw bad(`no such path: /${path.join('/')}`);
};

const take = (document: Json, path: readonly string[]): Json => {
  const parent = read(document, path.slice(0, -1));
  const last = path.at(-1) ?? '';
  const value = read(document, path);
  if (value === undefined) throw bad(`no such path: /${path.join('/')}`);
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isMap(parent)) delete parent[last];
  return value;
};

/** RFC 6902. */
export const jsonPatch = (live: JsonMap, operations: Json): JsonMap => {
  if (!Array.isArray(operations)) throw bad('a JSON patch is a list');
  const document = copy(live);
  for (const operation of operations) {
    if (!isMap(operation)) throw bad('an operation is a map');
    const path = tokens(String(operation['path'] ?? ''));
    const from = tokens(String(operation['from'] ?? ''));
    const value = copy(operation['value'] ?? null);
    switch (operation['op']) {
      case 'add':
        put(document, path, value, true);
        break;
      case 'replace':
        if (read(document, path) === undefined) throw bad(`no such path: /${path.join('/')}`);
        put(document, path, value, false);
        break;
      case 'remove':
        take(document, path);
        break;
      case 'move':
        put(document, path, take(document, from), true);
        break;
      case 'copy':
        put(document, path, copy(read(document, from) ?? null), true);
        break;
      case 'test':
        if (!equal(read(document, path), value)) throw bad(`test failed: /${path.join('/')}`);
        break;
      default:
        throw bad(`unknown operation ${String(operation['op'])}`);
    }
  }
  return document;
};
