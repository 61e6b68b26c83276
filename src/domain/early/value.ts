import { giveUp } from './expression.ts';

/** What an expression comes to. */
export type Value = string | number | boolean | null | readonly Value[] | ReadonlyMap<string, Value>;

/** Longer texts are given up on: a text may be put into itself again and again. */
const longestText = 10_000;

export const isMap = (value: Value): value is ReadonlyMap<string, Value> => value instanceof Map;

export const isScalar = (value: Value): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/**
 * As it is put into a text.
 *
 * @throws {NotEvaluated} for what cannot be: null, lists, maps.
 */
export const textOf = (value: Value): string => {
  if (!isScalar(value)) return giveUp('a value that is no text');
  const text = String(value);
  // A number that ours writes with an exponent, the tools write out.
  if (typeof value === 'number' && !/^-?\d+(?:\.\d+)?$/.test(text)) giveUp('a number that is not plain');
  return text;
};

export const limited = (text: string): string =>
  text.length > longestText ? giveUp('a text that is too long') : text;

/** The same for JSON: a map as an object. */
export const asJson = (value: Value): unknown => {
  if (isMap(value)) return Object.fromEntries([...value].map(([key, inner]) => [key, asJson(inner)]));
  return typeof value === 'object' && value !== null ? value.map(asJson) : value;
};
