import { isDeepStrictEqual } from 'node:util';

/**
 * The indexes that make a mirror one for the network as well: `index.json` has `versions`, `VERSION.json` has `archives`.
 * https://developer.hashicorp.com/terraform/internals/provider-network-mirror-protocol
 */
export type IndexKind = 'versions' | 'archives';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const entriesOf = (text: string, kind: IndexKind): Readonly<Record<string, unknown>> | null => {
  try {
    const value: unknown = JSON.parse(text);
    const entries = isRecord(value) ? value[kind] : null;
    return isRecord(entries) ? entries : null;
  } catch {
    return null;
  }
};

/** What is there with what is new added to it; null where one of them is no index, or the new one says otherwise of what is there. */
export const mergedIndex = (there: string | null, added: string, kind: IndexKind): string | null => {
  const known = there === null ? {} : entriesOf(there, kind);
  const more = entriesOf(added, kind);
  if (known === null || more === null) return null;
  for (const [name, entry] of Object.entries(more))
    if (Object.hasOwn(known, name) && !isDeepStrictEqual(known[name], entry)) return null;
  return `${JSON.stringify({ [kind]: { ...known, ...more } }, null, 2)}\n`;
};
