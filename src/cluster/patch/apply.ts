import { copy, equal, isMap, type Json, type JsonMap } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import { Refusal } from '../refusal.ts';
import { type FieldSet, fieldsOf, itemKey, parts, removeAt, valueAt } from './field-set.ts';
import { type Manager, managersOf, withManagers } from './managers.ts';
import { applyKeys, isAtomicMap, isSet } from './merge-keys.ts';

/** Live first, in its order; what is new comes behind. */
const merged = (live: Json | undefined, wish: Json, field: string): Json => {
  if (isMap(wish) && isMap(live) && !isAtomicMap(field)) {
    const result = copy(live);
    for (const [key, value] of Object.entries(wish)) result[key] = merged(live[key], value, key);
    return result;
  }
  if (!Array.isArray(wish) || !Array.isArray(live)) return copy(wish);
  if (isSet(field)) return [...live, ...wish.filter((value) => !live.some((item) => equal(item, value)))];
  const keys = applyKeys(field, [...live, ...wish]);
  if (keys === null) return copy(wish);
  const result = copy(live);
  for (const item of wish) {
    if (!isMap(item)) continue;
    const key = itemKey(keys, item);
    const at = result.findIndex((found) => isMap(found) && itemKey(keys, found) === key);
    if (at === -1) result.push(copy(item));
    else result[at] = merged(result[at], item, '');
  }
  return result;
};

/** `spec.replicas`, as a conflict is told. */
const readable = (path: string): string =>
  parts(path)
    .map((element) => {
      if (element.startsWith('f:')) return `.${element.slice(2)}`;
      if (element.startsWith('v:')) return `[=${element.slice(2)}]`;
      const keys: Json = JSON.parse(element.slice(2));
      const pairs = isMap(keys)
        ? Object.entries(keys).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        : [];
      return `[${pairs.join(',')}]`;
    })
    .join('');

interface Conflict {
  readonly path: string;
  readonly manager: Manager;
}

const conflicts = (live: KubeObject, wish: JsonMap, set: FieldSet, others: readonly Manager[]): Conflict[] =>
  others.flatMap((manager) =>
    [...manager.fields]
      .filter((path) => {
        const wanted = valueAt(wish, parts(path));
        // An item with fields of its own belongs to all who name it.
        if (wanted === undefined || !set.has(path) || /(^|\n)k:[^\n]*$/.test(path)) return false;
        return !equal(wanted, valueAt(live, parts(path)));
      })
      .map((path) => ({ path, manager })),
  );

const refuse = (found: readonly Conflict[]): Refusal => {
  const whose = ({ name, operation }: Manager) => `"${name}"${operation === 'Update' ? ' using v1' : ''}`;
  const [first, ...more] = found;
  if (first === undefined) throw new Error('a refusal has a conflict');
  const byManager = Map.groupBy(found, ({ manager }) => whose(manager));
  const message =
    more.length === 0
      ? `Apply failed with 1 conflict: conflict with ${whose(first.manager)}: ${readable(first.path)}`
      : `Apply failed with ${found.length} conflicts: ${[...byManager]
          .map(([name, theirs]) =>
            [`conflicts with ${name}:`, ...theirs.map(({ path }) => `- ${readable(path)}`)].join('\n'),
          )
          .join('\n')}`;
  return new Refusal(409, message, {
    details: {
      causes: found.map(({ path, manager }) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with ${whose(manager)}`,
        field: readable(path),
      })),
    },
  });
};

export interface ApplyOptions {
  readonly manager: string;
  readonly force: boolean;
  readonly now: string;
}

/**
 * Server-side apply: what the manager said before and no longer says goes, unless somebody else owns it; what somebody
 * else owns and has otherwise is a conflict, unless it is forced.
 */
export const serverSideApply = (
  live: KubeObject | null,
  wish: KubeObject,
  { manager, force, now }: ApplyOptions,
): KubeObject => {
  const set = fieldsOf(wish);
  const isMine = ({ name, operation }: Manager) => name === manager && operation === 'Apply';
  const others = managersOf(live).filter((one) => !isMine(one));
  const found = live === null ? [] : conflicts(live, wish, set, others);
  if (found.length > 0 && !force) throw refuse(found);
  const kept = others.map((one) => ({
    ...one,
    fields: new Set(
      [...one.fields].filter((path) => !found.some((each) => each.manager === one && each.path === path)),
    ),
  }));
  const result = live === null ? copy(wish) : merged(live, wish, '');
  if (!isMap(result)) throw new Error('a map merged with a map is a map');
  const before = managersOf(live).find(isMine)?.fields ?? new Set<string>();
  const isOwned = (path: string) =>
    kept.some(({ fields }) => [...fields].some((owned) => owned === path || owned.startsWith(`${path}\n`)));
  const stillWanted = (path: string) =>
    set.has(path) || [...set].some((wanted) => wanted.startsWith(`${path}\n`));
  // An item before what is in it, while it can still be found by its key.
  const dropped = [...before].filter((path) => !stillWanted(path) && !isOwned(path));
  for (const path of dropped.sort((a, b) => parts(a).length - parts(b).length)) removeAt(result, parts(path));
  return withManagers(
    {
      ...result,
      apiVersion: wish.apiVersion,
      kind: wish.kind,
      metadata: { ...mapOf(result['metadata']), name: wish.metadata.name },
    },
    [...kept, { name: manager, operation: 'Apply', fields: set }],
    now,
  );
};

const mapOf = (value: Json | undefined): JsonMap => (isMap(value) ? value : {});
