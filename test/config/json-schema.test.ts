import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { jsonSchemas } from '../../src/config/json-schema.ts';
import { configurationReference } from '../../src/config/reference.ts';
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

describe('the reference', () => {
  const text = configurationReference();

  it('is what the schemas say (`npm run generate`)', () => {
    expect(readFileSync(new URL('../reference.md', folder), 'utf8')).toBe(text);
  });

  it('has every key of every file, and leads nowhere else', () => {
    for (const schema of Object.values(jsonSchemas()))
      for (const [path] of properties(JSON.parse(schema)))
        expect(text, path).toContain(`\n| \`${path.slice(path.lastIndexOf('.') + 1)}\` |`);
    const anchors = [...text.matchAll(/^## (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^a-z0-9 _-]/g, '')
        .replaceAll(' ', '-'),
    );
    expect(new Set(anchors).size).toBe(anchors.length);
    for (const [, anchor = ''] of text.matchAll(/\]\(#([^)]*)\)/g)) expect(anchors).toContain(anchor);
  });
});

describe('the JSON Schemas', () => {
  it.each(Object.entries(jsonSchemas()))('%s is what the code checks (`npm run generate`)', (name, text) => {
    expect(committed(name)).toEqual(JSON.parse(text));
  });

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
