import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type AtlantisKey,
  discoveryKeys,
  repositoryKeys,
  serverKeys,
  stepKeys,
} from '../../../src/config/atlantis/keys.ts';
import { atlantisSchema } from '../../../src/config/atlantis/repository-schema.ts';
import { atlantisServerSchema } from '../../../src/config/atlantis/server-schema.ts';
import { fixture } from './read.ts';

const listed = z.record(z.string(), z.array(z.string())).parse(JSON.parse(fixture('keys.json')));
const tables: Readonly<Record<string, readonly AtlantisKey[]>> = {
  discovery: discoveryKeys,
  repository: repositoryKeys,
  server: serverKeys,
  steps: stepKeys,
};

/** `projects[].name` and the like: keys of a JSON Schema down to those that a table tells as one. */
const keysIn = (schema: z.ZodType, lists: readonly string[]): readonly string[] => {
  const shape = z.object({ properties: z.record(z.string(), z.unknown()) });
  const inner = z.object({ items: shape });
  const { properties } = shape.parse(z.toJSONSchema(schema, { io: 'input' }));
  return Object.entries(properties).flatMap(([key, value]) =>
    lists.includes(key)
      ? Object.keys(inner.parse(value).items.properties).map((below) => `${key}[].${below}`)
      : [key],
  );
};

describe('what becomes of the keys of Atlantis', () => {
  it.each(Object.keys(tables))('is told of every one, once: %s', (name) => {
    const told = tables[name]?.map(({ key }) => key) ?? [];
    expect([...told].sort()).toEqual([...(listed[name] ?? [])].sort());
    expect(tables[name]?.filter(({ words }) => words === '')).toEqual([]);
  });

  it.each([
    ['atlantis.yaml', repositoryKeys, atlantisSchema, ['projects']],
    ['the server-side repo config', serverKeys, atlantisServerSchema, ['repos']],
  ] as const)('is told of every key that is read: %s', (_, table, schema, lists) => {
    const untold = keysIn(schema, lists).filter(
      (key) => !table.some((told) => told.key === key || told.key.startsWith(`${key}.`)),
    );
    expect(untold).toEqual([]);
  });
});
