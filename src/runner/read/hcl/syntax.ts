/** A file of Terraform's language as JSON: what both syntaxes have in common. */

export type Body = Readonly<Record<string, unknown>>;

export const isBody = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A block, a list of blocks, or lists of lists: JSON syntax allows each where one is meant. */
export const blocks = (value: unknown): readonly Body[] => {
  if (Array.isArray(value)) return value.flatMap(blocks);
  return isBody(value) ? [value] : [];
};

/** `[label, body]` of every block one label below. */
export const labelled = (value: unknown): readonly (readonly [string, Body])[] =>
  blocks(value).flatMap((block) =>
    Object.entries(block).flatMap(([label, inner]) => blocks(inner).map((body) => [label, body] as const)),
  );

/** Every text in a value, keys of objects too. */
export const textsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isBody(value) ? Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)]) : [];
};
