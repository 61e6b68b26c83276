import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Asked } from './asked.ts';
import type { Item } from './manifests/difference.ts';
import { isList, isObject, type Json, type JsonObject, pointerOf, type Step } from './manifests/json.ts';
import { wrong } from './stopped.ts';

/*
 * Outputs of other projects, as values behind all files. A name is a place in the values, `ingress.host`. They come as a file and
 * go on as one: never as an argument.
 */

const json: z.ZodType<Json> = z.json();
const feedsFile = z.record(
  z.string().regex(/^[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*$/),
  z.union([
    z.strictObject({ value: json, sensitive: z.boolean() }),
    z.strictObject({ unknown: z.literal(true) }),
  ]),
);

export interface Fed {
  readonly values: JsonObject;
  /** Texts of what is sensitive. */
  readonly secrets: readonly string[];
  /** What stands for values that are not known yet. */
  readonly unknown: readonly string[];
}

const nothing: Fed = { values: {}, secrets: [], unknown: [] };

/** A label of a DNS name, so that a cluster takes it wherever it stands, and nobody for a value. */
const standIn = (name: string): string =>
  `tidegate-unknown-${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;

const leaves = (value: Json): readonly string[] => {
  if (isList(value)) return value.flatMap(leaves);
  if (isObject(value)) return Object.values(value).flatMap(leaves);
  return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
};

/** Helm reads numbers as doubles: one that does not fit would be another one in the cluster. */
const isExact = (value: Json): boolean => {
  if (isList(value)) return value.every(isExact);
  if (isObject(value)) return Object.values(value).every(isExact);
  return typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value);
};

const nested = (values: ReadonlyMap<string, Json>): JsonObject => {
  const heads = Map.groupBy(values, ([name]) => name.split('.', 1)[0] ?? '');
  return Object.fromEntries(
    [...heads].map(([head, inner]): [string, Json] => {
      const own = inner.find(([name]) => name === head);
      if (own !== undefined) return own;
      return [head, nested(new Map(inner.map(([name, value]) => [name.slice(head.length + 1), value])))];
    }),
  );
};

/** What this project is fed. Throws Stopped; what it says has no value in it. */
export const readFed = async ({ feeds }: Pick<Asked, 'feeds'>): Promise<Fed> => {
  if (feeds === '') return nothing;
  let content: unknown;
  try {
    content = JSON.parse(await readFile(feeds, 'utf8'));
  } catch {
    throw wrong('The file of outputs of other projects (TIDEGATE_FEEDS) cannot be read.');
  }
  const read = feedsFile.safeParse(content);
  if (!read.success) throw wrong('The file of outputs of other projects (TIDEGATE_FEEDS) has another form.');
  const values = new Map<string, Json>();
  const secrets: string[] = [];
  const unknown: string[] = [];
  for (const [name, one] of Object.entries(read.data)) {
    if ('unknown' in one) {
      unknown.push(standIn(name));
      values.set(name, standIn(name));
      continue;
    }
    if (!isExact(one.value))
      throw wrong(`${name} holds a number that Helm cannot keep exactly: put it out as a text.`);
    values.set(name, one.value);
    if (one.sensitive) secrets.push(...leaves(one.value).filter((text) => text !== ''));
  }
  return { values: nested(values), secrets, unknown };
};

/** Files of values, the last of them what it is fed. */
export const valuesWith = async (asked: Asked, fed: Fed, folder: string): Promise<readonly string[]> => {
  if (Object.keys(fed.values).length === 0) return asked.values;
  const file = join(folder, 'fed-values.json');
  await writeFile(file, JSON.stringify(fed.values), { mode: 0o600 });
  return [...asked.values, file];
};

/** Short ones stand in many a text by chance: only as all of it. */
const shortest = 4;

const placesOf = (
  value: Json | undefined,
  isMeant: (text: string) => boolean,
  path: readonly Step[] = [],
): readonly string[] => {
  if (value === undefined) return [];
  if (isList(value)) return value.flatMap((one, index) => placesOf(one, isMeant, [...path, index]));
  if (isObject(value))
    return Object.entries(value).flatMap(([key, one]) => placesOf(one, isMeant, [...path, key]));
  return isMeant(String(value)) ? [pointerOf(path)] : [];
};

/** Items with the places where something stands that nobody may see, or that is not known yet. */
export const markedFed = (items: readonly Item[], { secrets, unknown }: Fed): readonly Item[] => {
  if (secrets.length === 0 && unknown.length === 0) return items;
  const isSecret = (text: string): boolean =>
    secrets.some((secret) => text === secret || (secret.length >= shortest && text.includes(secret)));
  const isUnknown = (text: string): boolean => unknown.some((one) => text.includes(one));
  return items.map((one) => {
    const sides = [one.before ?? undefined, one.after ?? undefined];
    const hidden = sides.flatMap((side) => placesOf(side, isSecret));
    const open = placesOf(one.after ?? undefined, isUnknown);
    return {
      ...one,
      ...(hidden.length > 0 && { sensitive: [...new Set([...(one.sensitive ?? []), ...hidden])].sort() }),
      ...(open.length > 0 && {
        unknown: [...new Set([...(one.unknown ?? []), ...open])].sort(),
        reasons: [...(one.reasons ?? []), 'Made of what another project has not put out yet.'],
      }),
    };
  });
};
