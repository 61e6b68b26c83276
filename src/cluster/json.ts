/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | JsonMap;

export interface JsonMap {
  [key: string]: Json;
}

export const isMap = (value: unknown): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The map under a key; an empty one of its own where there is none. */
export const mapAt = (map: JsonMap | undefined, key: string): JsonMap => {
  const value = map?.[key];
  return isMap(value) ? value : {};
};

export const textAt = (map: JsonMap | undefined, key: string): string | undefined => {
  const value = map?.[key];
  return typeof value === 'string' ? value : undefined;
};

export const listAt = (map: JsonMap | undefined, key: string): Json[] => {
  const value = map?.[key];
  return Array.isArray(value) ? value : [];
};

export const copy = <T extends Json>(value: T): T => structuredClone(value);

/** Equal as JSON: the order of keys does not count, that of lists does. */
export const equal = (left: Json | undefined, right: Json | undefined): boolean => {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, index) => equal(item, right[index]));
  if (!isMap(left) || !isMap(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => key in right && equal(left[key], right[key]))
  );
};

/** Without those keys, whatever they hold. */
export const without = (map: JsonMap, ...keys: readonly string[]): JsonMap =>
  Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)));
