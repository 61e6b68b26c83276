import { createHash } from 'node:crypto';

/** JSON text with the keys of every object in one order: equal values, equal text. */
const inOneOrder = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(inOneOrder).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{${entries
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${inOneOrder(inner)}`)
    .join(',')}}`;
};

/** Of a block of code: the same for the same content, in whatever order its arguments stand. */
export const digestOf = (value: unknown): string =>
  createHash('sha256').update(inOneOrder(value)).digest('base64url').slice(0, 22);
