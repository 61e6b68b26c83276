/**
 * Makes `test/fixtures/openapi/schema.json`: names and types of the 2xx answers of every route the
 * hub has, taken from GitHub's own OpenAPI description. To make it anew, in an empty folder:
 *
 *   npm pack @octokit/openapi && tar xzf octokit-openapi-*.tgz
 *   node REPOSITORY/test/tools/openapi/trim.ts package/generated/api.github.com.json
 *
 * The package is 385 MB installed, which is why it is not a dependency.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { routes } from '../../../src/hub/api.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value);

/** Ours is split in two where hono needs it; GitHub has one path for both. */
const aliases: Readonly<Record<string, string>> = {
  '/repos/{}/{}/contents': '/repos/{}/{}/contents/{}',
};

const source = process.argv[2];
if (source === undefined) throw new Error('usage: trim.ts api.github.com.json');
const description: unknown = JSON.parse(await readFile(source, 'utf8'));

const wanted = new Map<string, unknown>();
const lift = (ref: string): Json => {
  const name = ref.split('/').at(-1) ?? ref;
  if (!wanted.has(name)) {
    // Set before descending: schemas refer to themselves.
    wanted.set(name, null);
    wanted.set(name, trim(at(description, ...ref.split('/').slice(1))));
  }
  return { $ref: `#/definitions/${name}` };
};

const orNull = (schema: Json, nullable: boolean): Json => {
  if (!nullable) return schema;
  if (typeof schema['type'] === 'string') {
    const enumeration = schema['enum'];
    return {
      ...schema,
      type: [schema['type'], 'null'],
      ...(Array.isArray(enumeration) && !enumeration.includes(null) ? { enum: [...enumeration, null] } : {}),
    };
  }
  return Object.keys(schema).length === 0 ? schema : { anyOf: [schema, { type: 'null' }] };
};

/** Types, names, what is required and what may be null; no words, formats, limits or examples. */
const trim = (schema: unknown): Json => {
  if (!isObject(schema)) return {};
  if (typeof schema['$ref'] === 'string') return lift(schema['$ref']);
  const kept: Record<string, unknown> = {};
  if (typeof schema['type'] === 'string') kept['type'] = schema['type'];
  if (Array.isArray(schema['enum']) && schema['enum'].length <= 30) kept['enum'] = schema['enum'];
  if (Array.isArray(schema['required'])) kept['required'] = schema['required'];
  if (isObject(schema['properties']))
    kept['properties'] = Object.fromEntries(
      Object.entries(schema['properties']).map(([name, value]) => [name, trim(value)]),
    );
  if (isObject(schema['items'])) kept['items'] = trim(schema['items']);
  if (isObject(schema['additionalProperties']))
    kept['additionalProperties'] = trim(schema['additionalProperties']);
  for (const name of ['allOf', 'anyOf', 'oneOf']) {
    const parts = schema[name];
    // `oneOf` wants exactly one, which untrimmed limits would have told apart.
    if (Array.isArray(parts)) kept[name === 'oneOf' ? 'anyOf' : name] = parts.map(trim);
  }
  return orNull(kept, schema['nullable'] === true);
};

const anonymous = (path: string): string => path.replaceAll(/:\w+(\{[^}]*\})?|\{[^}]*\}/g, '{}');

const paths = at(description, 'paths');
const pathOf = new Map(Object.keys(isObject(paths) ? paths : {}).map((path) => [anonymous(path), path]));

const answers: Record<string, Record<string, unknown>> = {};
for (const route of routes) {
  const template = anonymous(route.path);
  const path = pathOf.get(aliases[template] ?? template);
  const responses = at(paths, path ?? '', route.method.toLowerCase(), 'responses');
  if (!isObject(responses)) throw new Error(`GitHub has no ${route.method} ${route.path}`);
  const byStatus: Record<string, unknown> = {};
  for (const [status, response] of Object.entries(responses)) {
    if (!status.startsWith('2')) continue;
    const ref = at(response, '$ref');
    const told = typeof ref === 'string' ? at(description, ...ref.split('/').slice(1)) : response;
    const content = at(told, 'content');
    const media = isObject(content) ? (content['application/json'] ?? Object.values(content)[0]) : undefined;
    byStatus[status] = media === undefined ? null : trim(at(media, 'schema'));
  }
  answers[`${route.method} ${template}`] = byStatus;
}

const target = new URL('../../fixtures/openapi/schema.json', import.meta.url);
const version = at(description, 'info', 'version');
const definitions = Object.fromEntries([...wanted].sort(([one], [other]) => (one < other ? -1 : 1)));
const text = JSON.stringify({
  from: `github/rest-api-description ${String(version)}`,
  routes: answers,
  definitions,
});
await writeFile(target, `${text}\n`);
