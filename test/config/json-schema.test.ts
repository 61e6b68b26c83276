import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { jsonSchemas } from '../../src/config/json-schema.ts';
import { parseYaml } from '../../src/config/yaml.ts';

const folder = new URL('../../src/config/schema/', import.meta.url);
const committed = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

/** Every property of a schema, with its path. */
const properties = (schema: unknown, path = ''): readonly (readonly [string, unknown])[] => {
  if (!(schema instanceof Object)) return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    key === 'properties' && value instanceof Object
      ? Object.entries(value).flatMap(([name, inner]) => [
          [`${path}.${name}`, inner] as const,
          ...properties(inner, `${path}.${name}`),
        ])
      : properties(value, path),
  );
};

describe('the JSON Schemas', () => {
  it.each(Object.entries(jsonSchemas()))(
    '%s is what the code checks (write the text of `jsonSchemas()` to it)',
    (name, text) => {
      expect(committed(name)).toEqual(JSON.parse(text));
    },
  );

  it('are all there is in the folder', () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(jsonSchemas()).sort());
  });

  it('describe every key, for the reference', () => {
    for (const text of Object.values(jsonSchemas())) {
      for (const [path, property] of properties(JSON.parse(text))) {
        expect(property, path).toHaveProperty('description');
      }
    }
  });

  it('say the same as the code about files', () => {
    const ajv = new Ajv({ strict: false });
    const repository = ajv.compile(JSON.parse(jsonSchemas()['tidegate.schema.json'] ?? ''));
    expect(
      repository(parseYaml('version: 1\nprojects: [{dir: a, when_modified: ["*.tf"]}]\nrules: [{match: a}]')),
    ).toBe(true);
    expect(repository(parseYaml('version: 1\nprojects: [{dri: a}]'))).toBe(false);
    expect(repository(parseYaml('version: 2'))).toBe(false);
    const operator = ajv.compile(JSON.parse(jsonSchemas()['operator.schema.json'] ?? ''));
    expect(operator(parseYaml('allow: [acme/*]'))).toBe(true);
    expect(operator(parseYaml('parallel_runs: 2'))).toBe(false);
  });
});
