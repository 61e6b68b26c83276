/*
 * Policies of AWS as JSON: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */

type Fields = Readonly<Record<string, unknown>>;

/** A statement that gives too much, with what tells people how much it is. */
export interface Given {
  readonly value: string;
  readonly about: readonly { readonly path: string; readonly value: string }[];
}

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Names of elements are read in either case. */
const element = (statement: Fields, name: string): unknown =>
  Object.entries(statement).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];

const texts = (value: unknown): readonly string[] =>
  listOf(value).filter((one): one is string => typeof one === 'string');

const parsed = (policy: unknown): unknown => {
  if (typeof policy !== 'string') return policy;
  try {
    return JSON.parse(policy);
  } catch {
    return null;
  }
};

const allowing = (policy: unknown): readonly Fields[] => {
  const content = parsed(policy);
  return isRecord(content)
    ? listOf(element(content, 'Statement')).filter(
        (one): one is Fields => isRecord(one) && String(element(one, 'Effect')).toLowerCase() === 'allow',
      )
    : [];
};

const isAll = (text: string): boolean => /^[*:]*\*[*:]*$/.test(text);

/** `*`, or `{"AWS": "*"}` and the like, alone or among others. */
const isAnybody = (principal: unknown): boolean =>
  (isRecord(principal) ? Object.values(principal) : [principal]).some((one) => texts(one).some(isAll));

const named = (statement: Fields, ...names: readonly string[]) =>
  names.flatMap((name) => {
    const found = texts(element(statement, name));
    return found.length === 0 ? [] : [{ path: name, value: found.join(', ') }];
  });

/** A condition may make little of it: people have to see that there is one, and look. */
const condition = (statement: Fields) => {
  const found = element(statement, 'Condition');
  if (!isRecord(found)) return [];
  const keys = Object.values(found).flatMap((one) => (isRecord(one) ? Object.keys(one) : []));
  return keys.length === 0 ? [] : [{ path: 'Condition', value: keys.join(', ') }];
};

/** Statements of a resource's policy that let everybody in. */
export const forAnybody = (policy: unknown): readonly Given[] =>
  allowing(policy).flatMap((statement) => {
    const others = element(statement, 'NotPrincipal');
    if (others === undefined && !isAnybody(element(statement, 'Principal'))) return [];
    const about = [
      ...named(statement, 'Action', 'NotAction', 'Resource', 'NotResource'),
      ...condition(statement),
    ];
    return [{ value: others === undefined ? 'Principal *' : 'NotPrincipal', about }];
  });

/** Statements that allow every action on everything. */
export const forAnything = (policy: unknown): readonly Given[] =>
  allowing(policy).flatMap((statement) => {
    const isWide = (name: string) => texts(element(statement, name)).some(isAll);
    if (!isWide('Action') || !isWide('Resource')) return [];
    return [{ value: 'Action *, Resource *', about: condition(statement) }];
  });
