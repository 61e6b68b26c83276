import type { z } from 'zod';
import type { AttributeRule, DangerCatalogue, LossRule } from '../domain/danger/catalogue.ts';
import { parseRulePath, type RulePath } from '../domain/danger/rule-path.ts';
import aws from './danger/aws.json' with { type: 'json' };
import azurerm from './danger/azurerm.json' with { type: 'json' };
import general from './danger/general.json' with { type: 'json' };
import google from './danger/google.json' with { type: 'json' };
import kubernetes from './danger/kubernetes.json' with { type: 'json' };
import { dangerFileSchema, type dangerSchema } from './danger-schema.ts';
import { compileGlob } from './globs.ts';

type Raw = z.infer<typeof dangerSchema>;
type RawRule = Raw['rules'][number];

const shipped = [aws, google, azurerm, kubernetes, general].map((file) => dangerFileSchema.parse(file));

/** What is shipped, as it is written. */
export const dangerFiles = (): typeof shipped => shipped;

const pathOf = (text: string): RulePath => {
  const path = parseRulePath(text);
  // The schema lets no other text in.
  if (path === null) throw new TypeError(`not a path of attributes: ${text}`);
  return path;
};

/** Names that paths begin with. */
const attributesOf = (paths: readonly string[]): readonly string[] => {
  const names = paths.flatMap((path) => {
    const [first] = pathOf(path);
    return typeof first === 'object' ? [first.key] : [];
  });
  return [...new Set(names)];
};

const compileRule = ({
  kind,
  says,
  block = '',
  path,
  is = [],
  when,
  about,
  new_resources: ofNew = true,
}: RawRule): AttributeRule => ({
  kind,
  says,
  // Of a new resource no protection goes.
  ofNew: ofNew && kind === 'opening',
  block: pathOf(block),
  path: path === undefined ? null : pathOf(path),
  is,
  when: when.map((one) => ({
    path: pathOf(one.path),
    values: one.is ?? one.not ?? [],
    among: one.is !== undefined,
  })),
  about: about.map(pathOf),
  attributes: attributesOf(block === '' ? [path ?? '', ...when.map((one) => one.path), ...about] : [block]),
});

/** By exact name at once, and then by pattern: a plan asks for each of its types. In the order that is given. */
const byType = <T>(entries: readonly { readonly type: string; readonly value: T }[]) => {
  const placed = entries.map(({ type, value }, index) => ({ type, value, index }));
  const exact = Map.groupBy(placed, ({ type }) => type);
  const patterns = placed
    .filter(({ type }) => type.includes('*'))
    .map((one) => ({ ...one, matches: compileGlob(one.type) }));
  return (type: string): readonly T[] =>
    [...(exact.get(type) ?? []), ...patterns.filter(({ matches }) => matches(type))]
      .sort((one, other) => one.index - other.index)
      .map(({ value }) => value);
};

const marked = (types: readonly string[]) => {
  const listed = byType(types.map((type) => ({ type, value: true })));
  return (type: string): boolean => listed(type).length > 0;
};

/** What is shipped, and what the operator adds and takes out. */
export const compileDanger = ({ data_types, no_data_types, rules, irreversible }: Raw): DangerCatalogue => {
  const holds = marked([...shipped.flatMap((file) => file.data_types), ...data_types]);
  const holdsNone = marked(no_data_types);
  const all = [...shipped.flatMap((file) => file.rules), ...rules];
  const lossy = [...shipped.flatMap((file) => file.irreversible), ...irreversible];
  return {
    lossesOf: byType(
      lossy.flatMap(({ types, ...rule }) =>
        types.map((type): { type: string; value: LossRule } => ({ type, value: rule })),
      ),
    ),
    holdsData: (type) => holds(type) && !holdsNone(type),
    rulesOf: byType(
      all.flatMap((rule) => {
        const value = compileRule(rule);
        return rule.types.map((type) => ({ type, value }));
      }),
    ),
  };
};
