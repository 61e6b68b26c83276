import { z } from 'zod';
import { jsonSchemas } from './json-schema.ts';

/** The part of JSON Schema that our schemas are turned into. */
interface Schema {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly type?: string | undefined;
  readonly const?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly default?: unknown;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: Schema | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly additionalProperties?: Schema | boolean | undefined;
}

const schemaOf: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    title: z.string().optional(),
    description: z.string().optional(),
    type: z.string().optional(),
    const: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    default: z.unknown().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    properties: z.record(z.string(), schemaOf).optional(),
    required: z.array(z.string()).optional(),
    items: schemaOf.optional(),
    anyOf: z.array(schemaOf).optional(),
    additionalProperties: z.union([z.boolean(), schemaOf]).optional(),
  }),
);

const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  value instanceof Object && !Array.isArray(value) ? Object.entries(value) : [];

/** What stands in one place and is pointed to, put where it is meant. */
const inline = (value: unknown, definitions: ReadonlyMap<string, unknown>): unknown => {
  if (Array.isArray(value)) return value.map((one) => inline(one, definitions));
  if (!(value instanceof Object)) return value;
  const { $ref: ref, allOf: all, ...rest } = Object.fromEntries(entriesOf(value));
  const meant = [
    ...(typeof ref === 'string' ? [definitions.get(ref.replace('#/definitions/', ''))] : []),
    ...(Array.isArray(all) ? all : []),
  ];
  return Object.fromEntries([
    ...meant.flatMap((one) => entriesOf(inline(one, definitions))),
    ...Object.entries(rest).map(([key, one]) => [key, inline(one, definitions)] as const),
  ]);
};

const readSchema = (text: string): Schema => {
  const { definitions, ...schema } = Object.fromEntries(entriesOf(JSON.parse(text)));
  return schemaOf.parse(inline(schema, new Map(entriesOf(definitions))));
};

const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

/** What a value may be, in a few words. */
const kindOf = (schema: Schema): string => {
  const { type, items, anyOf, additionalProperties } = schema;
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  if (anyOf !== undefined) return [...new Set(anyOf.map(kindOf))].join(', or ');
  if (type === 'array') return items === undefined ? 'list' : `list of ${kindOf(items)}`;
  if (schema.properties !== undefined) return 'mapping';
  if (typeof additionalProperties === 'object') return `mapping of names to ${kindOf(additionalProperties)}`;
  if (type === 'string') return 'text';
  if (type === 'boolean') return '`true`, `false`';
  if (type === 'integer' || type === 'number') {
    const { minimum, maximum } = schema;
    const isBounded = minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
    return isBounded ? `number from ${minimum} to ${maximum}` : 'number';
  }
  return 'any';
};

/** The mappings with keys of their own that a value may hold, each with the way to it. */
const mappingsIn = (schema: Schema, way: string): readonly (readonly [string, Schema])[] => {
  const { properties, items, anyOf = [], additionalProperties } = schema;
  return [
    ...(properties === undefined ? [] : [[way, schema] as const]),
    ...(items === undefined ? [] : mappingsIn(items, `${way}[0]`)),
    ...anyOf.flatMap((one) => mappingsIn(one, way)),
    ...(typeof additionalProperties === 'object' ? mappingsIn(additionalProperties, `${way}.NAME`) : []),
  ];
};

/** Several at one place are told together: each of their keys may stand there. */
const byWay = (mappings: ReturnType<typeof mappingsIn>): ReturnType<typeof mappingsIn> => {
  const together = new Map<string, Schema>();
  for (const [way, mapping] of mappings) {
    const known = together.get(way);
    together.set(
      way,
      known === undefined
        ? mapping
        : { properties: { ...known.properties, ...mapping.properties }, required: [] },
    );
  }
  return [...together];
};

const inCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 _-]/g, '')
    .replaceAll(' ', '-');

/** Sections of one file, outermost first. What is the same in two places is told once. */
const sectionsOf = (name: string, root: Schema): readonly string[] => {
  const told = new Map<string, string>();
  const sections: string[] = [];
  const tell = (title: string, schema: Schema): void => {
    const waiting: (readonly [string, Schema])[] = [];
    const rows = Object.entries(schema.properties ?? {}).map(([key, value]) => {
      const inside = byWay(
        mappingsIn(value, title === name ? key : `${title.slice(name.length + 2)}.${key}`),
      );
      const links = inside.map(([way, mapping]) => {
        const keys = JSON.stringify(mapping.properties);
        const known = told.get(keys);
        const target = known ?? `${name}: ${way}`;
        if (known === undefined) {
          told.set(keys, target);
          waiting.push([target, mapping]);
        }
        return `[keys](#${anchorOf(target)})`;
      });
      const words = [
        kindOf(value),
        ...(schema.required?.includes(key) === true && value.default === undefined ? ['required'] : []),
        ...(value.default === undefined || typeof value.default === 'object'
          ? []
          : [`default ${code(value.default)}`]),
        ...new Set(links),
      ];
      return `| \`${key}\` | ${inCell(words.join('; '))} | ${inCell(value.description ?? '')} |`;
    });
    sections.push(
      `## ${title}\n\n${title === name ? `${schema.description ?? ''}\n\n` : ''}| Key | Value | |\n|:--|:--|:--|\n${rows.join('\n')}`,
    );
    for (const [target, mapping] of waiting) tell(target, mapping);
  };
  tell(name, root);
  return sections;
};

/** Text of `reference.md`: every key of both files, from the schemas that they are checked by. */
export const configurationReference = (): string => {
  const schemas = Object.values(jsonSchemas()).map(readSchema);
  const titles = schemas.map(({ title = '' }) => title);
  return `${[
    '# Configuration, key by key',
    `Made from the schemas by \`npm run generate\`; do not edit. ${titles.map((title) => `[${title}](#${anchorOf(title)})`).join(', ')}. What the keys are for is told in [README](../../README.md#for-operators), and \`tidegate validate\` says what is wrong with a file.`,
    ...schemas.flatMap((schema) => sectionsOf(schema.title ?? '', schema)),
  ].join('\n\n')}\n`;
};
