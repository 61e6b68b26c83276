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

/**
 * JSON text with the keys of every object in one order: equal values, equal text. Written with plain loops: a large plan
 * has a hundred thousand objects, and people wait for it.
 */
export const canonical = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) {
    let list = '';
    for (const one of value) list += list === '' ? canonical(one) : `,${canonical(one)}`;
    return `[${list}]`;
  }
  if (isExact(value)) return value[exact];
  let fields = '';
  for (const [key, field] of Object.entries(value).sort(byKey)) {
    if (field === undefined) continue;
    fields += `${fields === '' ? '' : ','}${JSON.stringify(key)}:${canonical(field)}`;
  }
  return `{${fields}}`;
};

/** By UTF-16 code unit, as `Array.prototype.sort` does; no two keys of an object are equal. */
const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
