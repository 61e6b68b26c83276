/**
 * Plan JSON may hold numbers that a double can not: two different ids would read as one. Such a number
 * is kept as its source text under this key.
 */
const exact = Symbol('exact number');

interface ExactNumber {
  readonly [exact]: string;
}

const isExact = (value: object): value is ExactNumber => exact in value;

/** A number of 16 digits or more somewhere: only then the slow road is needed. */
const longNumber = /[[:,\s]-?[\d.eE+-]{16,}[\s,\]}]/;
/** `JSON.parse`, with numbers that would lose digits kept exactly. Throws a SyntaxError as it does. */
export const parseExactly = (text: string): unknown => {
  if (!longNumber.test(text)) return JSON.parse(text);
  // TypeScript's library does not know the third argument yet: https://github.com/tc39/proposal-json-parse-with-source
  const reviver = (_key: string, value: unknown, context?: { readonly source?: string }): unknown => {
    const source = context?.source;
    if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
    return { [exact]: source } satisfies ExactNumber;
  };
  return JSON.parse(text, reviver);
};

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isExact(value);

/** Would `JSON.stringify` write the canonical text? It takes the keys in the order of `for in`. */
const isInOrder = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isInOrder);
  let last: string | null = null;
  // Not `Object.keys`: a list of keys for each of a hundred thousand objects is half of the work. What comes out of
  // `JSON.parse` inherits nothing that could be listed.
  for (const key in value) {
    if (last !== null && last > key) return false;
    last = key;
    if (!isInOrder(Reflect.get(value, key))) return false;
  }
  return last !== null || !isExact(value);
};

/**
 * JSON text with the keys of every object in one order (by UTF-16 code unit): equal values, equal text. Most have
 * their keys in order already, for the tool writes maps so: a large plan has a hundred thousand objects, and people
 * wait for it.
 */
export const canonical = (value: unknown): string => {
  if (isInOrder(value)) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isRecord(value))
    return typeof value === 'object' && value !== null && isExact(value) ? value[exact] : 'null';
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  return `{${keys
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`)
    .join(',')}}`;
};

/** Do two values have the same canonical text? Said without writing it: most that differ differ at first sight. */
export const sameValue = (a: unknown, b: unknown): boolean => {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return (a ?? null) === (b ?? null);
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((one, index) => sameValue(one, b[index]))
    );
  if (!isRecord(a) || !isRecord(b)) return canonical(a) === canonical(b);
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]))
  );
};
