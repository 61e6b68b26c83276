import { z } from 'zod';
import { parseRulePath } from '../domain/danger/rule-path.ts';
import { globProblem } from './globs.ts';
import { judged, listOf, section, text } from './schema-parts.ts';

const typePhrase = 'a type of resources, with `*` for any text, for example `acme_*`';

const type = judged(typePhrase, (value) =>
  /^[a-z0-9_*-]{1,200}$/.test(value) && globProblem(value) === null ? null : typePhrase,
);

const types = listOf(type, 'a list of types of resources');

const path = judged('a path of attributes, for example `ingress[*].cidr_blocks[*]`', (value) =>
  parseRulePath(value) === null || value === '' || value.length > 300
    ? 'a path of attributes, for example `ingress[*].cidr_blocks[*]`, or with ` | ` behind an attribute whose text is JSON'
    : null,
);

const values = z
  .array(z.union([z.string().max(300), z.number(), z.boolean(), z.null()]), { error: 'a list of values' })
  .min(1, { error: 'a list of one value or more' })
  .max(100, { error: 'a list of at most 100' });

const tests = ['every-address', 'policy-for-anybody', 'policy-for-anything'] as const;

const condition = section({
  path: path.describe('In the block.'),
  is: values.optional().describe('A value there has to be one of these.'),
  not: values.optional().describe('A value there has to be none of these.'),
}).check((context) => {
  if ((context.value.is === undefined) === (context.value.not === undefined))
    context.issues.push({ code: 'custom', message: 'with either `is` or `not`', input: context.value });
});

const dangerRuleSchema = section({
  kind: z
    .enum(['opening', 'protection-off'], { error: '`opening` or `protection-off`' })
    .describe(
      '`opening`: told where it is there after a change and was not before, in new resources too, unless `new_resources` says otherwise. `protection-off`: of resources that exist only.',
    ),
  types: types.min(1, { error: 'a list of one type or more' }).describe('Types of resources it is for.'),
  block: path
    .optional()
    .describe('The blocks that `path`, `when` and `about` start from. Absent: the resource.'),
  path: path
    .optional()
    .describe('The attribute it is about. Absent, with `is`: it is told when the resource is destroyed.'),
  is: z
    .union([values, z.enum(tests)], {
      error: 'a list of values, `every-address`, `policy-for-anybody` or `policy-for-anything`',
    })
    .optional()
    .describe(
      'Values that are a danger; `null` is no value. Or a test: `every-address` of ranges, `policy-for-anybody` and `policy-for-anything` of policies of AWS.',
    ),
  when: listOf(condition, 'a list of conditions').default([]).describe('What else has to hold in the block.'),
  about: listOf(path, 'a list of paths')
    .default([])
    .describe('What is told beside it, such as ports. Another value there is another opening.'),
  new_resources: z
    .boolean({ error: 'yes or no' })
    .optional()
    .describe(
      'False, of an opening that such resources have unless somebody says otherwise: told only of those that exist, when it comes to them. Absent: true.',
    ),
  says: text('a phrase of at most 200 characters', /^[^\p{Cc}]{1,200}$/u).describe(
    'What it means, a phrase such as `open to every address`.',
  ),
}).check((context) => {
  const { kind, path: at, is, block, when, about, new_resources: ofNew } = context.value;
  const message =
    (at === undefined) !== (is === undefined)
      ? 'with both `path` and `is`, or with neither'
      : at === undefined && (block !== undefined || when.length + about.length > 0)
        ? 'without `block`, `when` and `about`, where `path` is left out'
        : ofNew !== undefined && (kind !== 'opening' || at === undefined)
          ? 'with `new_resources` only for an opening by a `path`'
          : null;
  if (message !== null) context.issues.push({ code: 'custom', message, input: context.value });
});

const thing = judged('a type of resources, or a kind, with `*` for any text', (value) =>
  /^[A-Za-z0-9_.:/*-]{1,200}$/.test(value) && globProblem(value) === null
    ? null
    : 'a type of resources, or a kind, with `*` for any text',
);

const attribute = text('the name of an attribute, for example `engine_version`', /^[A-Za-z0-9_.-]{1,200}$/);

const irreversibleSchema = section({
  types: listOf(thing, 'a list of types of resources')
    .min(1, { error: 'a list of one type or more' })
    .describe('Types of resources it is for; of Helm, kinds.'),
  on: z
    .array(z.enum(['create', 'update', 'replace', 'delete']), {
      error: 'a list of `create`, `update`, `replace` and `delete`',
    })
    .min(1, { error: 'a list of one change or more' })
    .default(['delete', 'replace'])
    .describe('Which changes it is for.'),
  paths: listOf(attribute, 'a list of attributes')
    .default([])
    .describe('Only where one of these attributes changes. Absent: whatever changes.'),
  says: text('a phrase of at most 200 characters', /^[^\p{Cc}]{1,200}$/u).describe(
    'What reverting does not bring back, a phrase such as `its address is given back, and another is given`.',
  ),
});

/** A file of data that is shipped. */
export const dangerFileSchema = section({
  data_types: types,
  rules: listOf(dangerRuleSchema, 'a list of rules'),
  irreversible: listOf(irreversibleSchema, 'a list of what cannot be undone'),
});

/** In the operator file. */
export const dangerSchema = section({
  data_types: types
    .default([])
    .describe('Types of resources that may hold data, besides those that Tidegate knows; `*` for any text.'),
  no_data_types: types.default([]).describe('Types of resources that hold none, whoever says so.'),
  rules: listOf(dangerRuleSchema, 'a list of rules')
    .default([])
    .describe('Openings and protections, besides those that Tidegate knows.'),
  irreversible: listOf(irreversibleSchema, 'a list of what cannot be undone')
    .default([])
    .describe(
      'What `/rollback` does not bring back, besides what Tidegate knows and all that may hold data.',
    ),
});
